"""A cloud engine to play with: a connection that answers as told, and a memory that keeps what is durable."""

from collections.abc import Sequence

import msgspec

from hubsim_cloud.domain.commands import (
    Activate,
    AddHub,
    AppointReseller,
    ApproveRequest,
    ArmHub,
    BaseCommand,
    CreateCompany,
    CreateObject,
    EnrollAsDealer,
    SendRequest,
    SignUp,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Device
from hubsim_cloud.domain.types import OPERATOR, Actor, App
from hubsim_cloud.engine import (
    Answer,
    CloudEffect,
    CloudEngine,
    CloudEvent,
    CommandReceived,
    Complain,
    Keep,
    RecordFacts,
)
from hubsim_contract.core import Now, Start, Wake
from hubsim_contract.mqtt.port import Connected, ConnectionLost, Publish, Received, Subscribed
from hubsim_contract.wire.codec import AnyMessage, decode, encode
from hubsim_contract.wire.messages import (
    Channel,
    Confirmation,
    Desired,
    Hardware,
    HubEvent,
    Order,
    OrderStage,
    Presence,
    Profile,
    Reported,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.topics import MessageKind, Topics

HUB, HUB_2 = "0000AA01", "0000AA02"
AJAX = "8988300000000000013"
NINE_MS = 1_768_464_000_000
"""2026-01-15 09:00 in Warsaw."""
MONTH_END_MS = 1_769_900_400_000
"""2026-02-01 00:00 in Warsaw."""
TOPICS = Topics()
SETTINGS = CloudSettings()


class CloudBench:
    """An engine with its clock; everything it answers is kept in `effects`."""

    def __init__(self, facts: Sequence[Fact] = (), devices: dict[str, Device] | None = None) -> None:
        self.engine = CloudEngine(SETTINGS, TOPICS)
        self.engine.restore(facts, devices or {})
        self.now_ms = NINE_MS
        self.effects: list[CloudEffect] = []
        self.facts: list[Fact] = list(facts)
        self.devices: dict[str, bytes] = {}
        self._asked = 0
        self._sequence = 0

    # ------------------------------------------------------------------ what happens

    def tell(self, *events: CloudEvent) -> list[CloudEffect]:
        """Give the engine events, and return what it answers."""
        begin = len(self.effects)
        for event in events:
            for effect in self.engine.handle(event, Now(self.now_ms, self.now_ms)):
                self.effects.append(effect)
                if isinstance(effect, RecordFacts):
                    assert effect.first_position == len(self.facts) + 1
                    self.facts += effect.facts
                elif isinstance(effect, Keep):
                    self.devices[effect.hub] = msgspec.json.encode(effect.device)
        return self.effects[begin:]

    def goes_online(self) -> list[CloudEffect]:
        return self.tell(Start(), Connected(), Subscribed())

    def goes_online_again(self) -> list[CloudEffect]:
        """Let the broker answer an attempt that is under way; return what is said on the new connection."""
        self.tell(Connected())
        return self.tell(Subscribed())

    def is_cut_off_and_back(self) -> list[CloudEffect]:
        """Lose the connection and make it again, and return what is said on the new one."""
        self.tell(ConnectionLost())
        self.tell(Wake())
        return self.goes_online_again()

    def passes(self, ms: int) -> list[CloudEffect]:
        """Let time pass, from deadline to deadline."""
        end_ms, begin = self.now_ms + ms, len(self.effects)
        while (due_ms := self.engine.due()) is not None and due_ms <= end_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self.tell(Wake())
            later_ms = self.engine.due()
            assert later_ms is None or later_ms > self.now_ms, "a wake leaves nothing that is due"
        self.now_ms = end_ms
        return self.effects[begin:]

    def attempt(self, actor: Actor, command: BaseCommand) -> Accepted | Refusal:
        self._asked += 1
        effects = self.tell(CommandReceived(self._asked, actor, command))  # type: ignore[arg-type]
        (answer,) = [effect for effect in effects if isinstance(effect, Answer)]
        assert answer.number == self._asked
        assert isinstance(answer.outcome, Accepted | Refusal)
        return answer.outcome

    def does(self, actor: Actor, command: BaseCommand) -> dict[str, str]:
        outcome = self.attempt(actor, command)
        assert isinstance(outcome, Accepted), outcome
        return outcome.result

    # ------------------------------------------------------------------ hubs and carrier speak

    def hears(self, kind: MessageKind, message: AnyMessage) -> list[CloudEffect]:
        subject = message.iccid if isinstance(message, Order | Confirmation) else message.hub
        return self.tell(Received(TOPICS.of(kind, subject), encode(message)))

    def hub_connects(self, hub: str = HUB, boot: int = 1, connection: int = 1) -> list[CloudEffect]:
        said = Presence(hub=hub, online=True, boot=boot, connection=connection)
        return self.hears(MessageKind.PRESENCE, said)

    def hub_is_lost(self, hub: str = HUB, boot: int = 1, connection: int = 1) -> list[CloudEffect]:
        said = Presence(hub=hub, online=False, boot=boot, connection=connection)
        return self.hears(MessageKind.PRESENCE, said)

    def hub_reports(self, hub: str = HUB, applied: int = 0) -> list[CloudEffect]:
        """Let the hub report an Ajax SIM, Ethernet, and what it has applied."""
        self._sequence += 1
        said = Reported(
            hub=hub,
            boot=1,
            sequence=self._sequence,
            applied_version=applied,
            hardware=Hardware(
                model="hub-2-plus",
                firmware="2.20.0",
                channels=(Channel.ETHERNET,),
                sims=(SimSlot(1, SimCard.OK, AJAX),),
            ),
        )
        return self.hears(MessageKind.REPORTED, said)

    def hub_tells(self, number: int, hub: str = HUB) -> list[CloudEffect]:
        said = HubEvent(hub=hub, boot=1, number=number, kind="lid_opened", at_ms=self.now_ms)
        return self.hears(MessageKind.EVENTS, said)

    def carrier_confirms(self, stage: OrderStage, sequence: int = 1) -> list[CloudEffect]:
        said = Confirmation(iccid=AJAX, sequence=sequence, profile=Profile.ACTIVE, stage=stage)
        return self.hears(MessageKind.CONFIRMATION, said)

    # ------------------------------------------------------------------ whole situations

    def version(self, hub: str = HUB) -> int:
        return self.engine.state.hubs[hub].version

    def dealer(self) -> Actor:
        """Return the owner of a Dealer with an approved Reseller."""
        owner, rita = self._company("olga"), self._company("rita")
        self.does(owner, EnrollAsDealer(registration_number="5260001246"))
        assert rita.account is not None
        assert owner.account is not None
        self.does(OPERATOR, AppointReseller(company=rita.account, email="desk@example.test"))
        self.does(owner, SendRequest(reseller=rita.account))
        self.does(rita, ApproveRequest(dealer=owner.account))
        return owner

    def dealer_with_hub(self) -> Actor:
        """Return a Dealer whose hub is online with an Ajax SIM, and has applied what is desired of it."""
        dealer = self.dealer()
        place = self.does(dealer, CreateObject(name="Villa"))["object"]
        self.does(dealer, AddHub(object=place, hub=HUB, model="hub-2-plus"))
        self.hub_connects()
        self.hub_reports()
        self.hub_reports(applied=self.version())
        return dealer

    def armed(self) -> int:
        """Arm the hub of a new Dealer; return the version of the document that says so."""
        self.does(self.dealer_with_hub(), ArmHub(hub=HUB))
        return self.version()

    def activated(self) -> Actor:
        """Return a Dealer whose hub has running services, ordered and not yet confirmed."""
        dealer = self.dealer_with_hub()
        self.does(dealer, Activate(hub=HUB))
        return dealer

    def _company(self, name: str) -> Actor:
        person = self.does(Actor(None), SignUp(email=f"{name}@example.test", name=name))["person"]
        company = self.does(Actor(person), CreateCompany(name=name, country="PL"))["company"]
        return Actor(person, App.PRO_DESKTOP, company)


def desired_in(effects: Sequence[CloudEffect]) -> list[Desired]:
    """Return the desired documents among the effects; all of them retained."""
    found = _said(effects, MessageKind.DESIRED)
    assert all(publish.retain for publish, _ in found)
    return [message for _, message in found if isinstance(message, Desired)]


def orders_in(effects: Sequence[CloudEffect]) -> list[Order]:
    """Return the carrier orders among the effects; none of them retained."""
    found = _said(effects, MessageKind.ORDER)
    assert not any(publish.retain for publish, _ in found)
    return [message for _, message in found if isinstance(message, Order)]


def complaints_in(effects: Sequence[CloudEffect]) -> list[Complain]:
    return [effect for effect in effects if isinstance(effect, Complain)]


def facts_in(effects: Sequence[CloudEffect]) -> list[Fact]:
    return [fact for effect in effects if isinstance(effect, RecordFacts) for fact in effect.facts]


def _said(effects: Sequence[CloudEffect], kind: MessageKind) -> list[tuple[Publish, AnyMessage]]:
    said = []
    for effect in effects:
        if isinstance(effect, Publish):
            address = TOPICS.read(effect.topic)
            assert address is not None
            if address.kind is kind:
                said.append((effect, decode(kind, effect.payload)))
    return said
