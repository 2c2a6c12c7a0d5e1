"""A test bench for the cloud engine: it sends events, and stores the effects and the durable data."""

from collections.abc import Sequence
from typing import Any

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
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.ports import Answer, CloudEffect, CloudEvent, CommandReceived, Complain, Keep, RecordFacts
from hubsim_contract.core import Now, Start, Wake
from hubsim_contract.mqtt.port import Connected, ConnectionLost, Publish, Received, Subscribed
from hubsim_contract.wire.codec import AnyMessage, decode, encode
from hubsim_contract.wire.messages import (
    Channel,
    CloudPresence,
    Confirmation,
    Desired,
    Hardware,
    Heard,
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
CLOUD_TOPIC = TOPICS.of(MessageKind.CLOUD_PRESENCE)
SETTINGS = CloudSettings()


class CloudBench:
    """An engine with its clock. All its effects are in `effects`."""

    def __init__(self, facts: Sequence[Fact] = (), devices: dict[str, Device] | None = None) -> None:
        self.engine = CloudEngine(SETTINGS, TOPICS)
        self.engine.restore(facts, devices or {})
        self.now_ms = NINE_MS
        self.effects: list[CloudEffect] = []
        self.facts: list[Fact] = list(facts)
        self.devices: dict[str, bytes] = {}
        self.is_deaf = False
        """Whether the broker delivers nothing to the cloud, not even its own presence."""
        self._number = 0
        self._sequence = 0

    # ------------------------------------------------------------------ events

    def handle(self, *events: CloudEvent) -> list[CloudEffect]:
        """Send events to the engine, and return its effects."""
        begin = len(self.effects)
        for event in events:
            for effect in self.engine.handle(event, Now(self.now_ms, self.now_ms)):
                self.effects.append(effect)
                if isinstance(effect, RecordFacts):
                    assert effect.first_position == len(self.facts) + 1
                    self.facts += effect.facts
                elif isinstance(effect, Keep):
                    self.devices[effect.hub] = msgspec.json.encode(effect.device)
        effects = self.effects[begin:]
        for effect in effects:
            if isinstance(effect, Publish) and effect.topic == CLOUD_TOPIC and not self.is_deaf:
                self.handle(Received(effect.topic, effect.payload))
        return effects

    def goes_online(self) -> list[CloudEffect]:
        return self.handle(Start(), Connected(), Subscribed())

    def goes_online_again(self) -> list[CloudEffect]:
        """Answer a pending connection attempt; return the effects on the new connection."""
        self.handle(Connected())
        return self.handle(Subscribed())

    def reconnects(self) -> list[CloudEffect]:
        """Lose the connection and open a new one; return the effects on the new one."""
        self.handle(ConnectionLost())
        self.handle(Wake())
        return self.goes_online_again()

    def passes(self, ms: int) -> list[CloudEffect]:
        """Pass time from deadline to deadline."""
        end_ms, begin = self.now_ms + ms, len(self.effects)
        while (due_ms := self.engine.due()) is not None and due_ms <= end_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self.handle(Wake())
            later_ms = self.engine.due()
            assert later_ms is None or later_ms > self.now_ms, "after a wake nothing is due"
        self.now_ms = end_ms
        return self.effects[begin:]

    def attempt(self, actor: Actor, command: BaseCommand) -> Accepted | Refusal:
        self._number += 1
        effects = self.handle(CommandReceived(self._number, actor, command))  # type: ignore[arg-type]
        (answer,) = [effect for effect in effects if isinstance(effect, Answer)]
        assert answer.number == self._number
        assert isinstance(answer.outcome, Accepted | Refusal)
        return answer.outcome

    def does(self, actor: Actor, command: BaseCommand) -> dict[str, str]:
        outcome = self.attempt(actor, command)
        assert isinstance(outcome, Accepted), outcome
        return outcome.result

    # ------------------------------------------------------------------ messages of hubs and carrier

    def receives(self, kind: MessageKind, message: AnyMessage) -> list[CloudEffect]:
        subject = message.iccid if isinstance(message, Order | Confirmation) else message.hub
        return self.handle(Received(TOPICS.of(kind, subject), encode(message)))

    def hub_connects(self, hub: str = HUB, boot: int = 1, connection: int = 1) -> list[CloudEffect]:
        message = Presence(hub=hub, online=True, boot=boot, connection=connection)
        return self.receives(MessageKind.PRESENCE, message)

    def hub_is_lost(self, hub: str = HUB, boot: int = 1, connection: int = 1) -> list[CloudEffect]:
        message = Presence(hub=hub, online=False, boot=boot, connection=connection)
        return self.receives(MessageKind.PRESENCE, message)

    def hub_reports(
        self,
        hub: str = HUB,
        applied: int = 0,
        channels: tuple[Channel, ...] = (Channel.ETHERNET,),
        iccid: str = AJAX,
    ) -> list[CloudEffect]:
        """Receive a report of the hub with an Ajax SIM, Ethernet, and its applied version."""
        self._sequence += 1
        message = Reported(
            hub=hub,
            boot=1,
            sequence=self._sequence,
            applied_version=applied,
            hardware=Hardware(
                model="hub-2-plus",
                firmware="2.20.0",
                channels=channels,
                sims=(SimSlot(1, SimCard.OK, iccid),),
            ),
        )
        return self.receives(MessageKind.REPORTED, message)

    def hub_sends_event(self, number: int, hub: str = HUB) -> list[CloudEffect]:
        message = HubEvent(hub=hub, boot=1, number=number, kind="lid_opened", at_ms=self.now_ms)
        return self.receives(MessageKind.EVENTS, message)

    def carrier_confirms(self, stage: OrderStage, sequence: int = 1, **fields: Any) -> list[CloudEffect]:
        message = Confirmation(iccid=AJAX, sequence=sequence, profile=Profile.ACTIVE, stage=stage, **fields)
        return self.receives(MessageKind.CONFIRMATION, message)

    # ------------------------------------------------------------------ setup in one call

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
        """Return a Dealer whose hub is online with an Ajax SIM and has applied its desired state."""
        dealer = self.dealer()
        place = self.does(dealer, CreateObject(name="Villa"))["object"]
        self.does(dealer, AddHub(object=place, hub=HUB, model="hub-2-plus"))
        self.hub_connects()
        self.hub_reports()
        self.hub_reports(applied=self.version())
        return dealer

    def armed(self) -> int:
        """Arm the hub of a new Dealer; return the version of the new document."""
        self.does(self.dealer_with_hub(), ArmHub(hub=HUB))
        return self.version()

    def activated(self) -> Actor:
        """Return a Dealer whose hub has running services with an unconfirmed order."""
        dealer = self.dealer_with_hub()
        self.does(dealer, Activate(hub=HUB))
        return dealer

    def _company(self, name: str) -> Actor:
        person = self.does(Actor(None), SignUp(email=f"{name}@example.test", name=name))["person"]
        company = self.does(Actor(person), CreateCompany(name=name, country="PL"))["company"]
        return Actor(person, App.PRO_DESKTOP, company)


def desired_in(effects: Sequence[CloudEffect]) -> list[Desired]:
    """Return the desired documents among the effects; all of them retained."""
    found = _published(effects, MessageKind.DESIRED)
    assert all(publish.retain for publish, _ in found)
    return [message for _, message in found if isinstance(message, Desired)]


def orders_in(effects: Sequence[CloudEffect]) -> list[Order]:
    """Return the carrier orders among the effects; none of them retained."""
    found = _published(effects, MessageKind.ORDER)
    assert not any(publish.retain for publish, _ in found)
    return [message for _, message in found if isinstance(message, Order)]


def cloud_presence_in(effects: Sequence[CloudEffect]) -> list[CloudPresence]:
    """Return the presences of the cloud among the effects; all of them retained."""
    found = _published(effects, MessageKind.CLOUD_PRESENCE)
    assert all(publish.retain for publish, _ in found)
    return [message for _, message in found if isinstance(message, CloudPresence)]


def answers_in(effects: Sequence[CloudEffect]) -> list[Heard]:
    """Return the answers to reports among the effects; none of them retained."""
    found = _published(effects, MessageKind.HEARD)
    assert not any(publish.retain for publish, _ in found)
    return [message for _, message in found if isinstance(message, Heard)]


def complaints_in(effects: Sequence[CloudEffect]) -> list[Complain]:
    return [effect for effect in effects if isinstance(effect, Complain)]


def facts_in(effects: Sequence[CloudEffect]) -> list[Fact]:
    return [fact for effect in effects if isinstance(effect, RecordFacts) for fact in effect.facts]


def _published(effects: Sequence[CloudEffect], kind: MessageKind) -> list[tuple[Publish, AnyMessage]]:
    published = []
    for effect in effects:
        if isinstance(effect, Publish):
            address = TOPICS.read(effect.topic)
            assert address is not None
            if address.kind is kind:
                published.append((effect, decode(kind, effect.payload)))
    return published
