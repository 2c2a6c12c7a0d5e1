"""A carrier under test, with a clock, a broker that accepts all messages, and modems that attach."""

from typing import Any

import msgspec

from hubsim_contract.core import Now, Start, Wake
from hubsim_contract.lab.bench_actions import CardKind
from hubsim_contract.mqtt.port import Connected, ConnectionLost, Publish, Published, Received, Subscribed
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.messages import Confirmation, Order, OrderStage, Profile
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.ports import (
    AttachAnswer,
    AttachAttempt,
    CancelLocation,
    CarrierEffect,
    CarrierEvent,
    SimReleased,
    SimSilent,
)
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.hardware.radio import AttachAccepted, AttachRejected, NoOtherNetwork

TOPICS = Topics()
CARD, OTHER_CARD = make_card(CardKind.AJAX, 1).iccid, make_card(CardKind.AJAX, 2).iccid
ORDINARY = make_card(CardKind.ORDINARY, 1).iccid
HUB, OTHER_HUB = "0000AA01", "0000AA02"
IMEI, OTHER_IMEI = make_imei(1), make_imei(2)
ACTIVE, INACTIVE = Profile.ACTIVE, Profile.INACTIVE
ACCEPTED, EXECUTED, SUPERSEDED = OrderStage.ACCEPTED, OrderStage.EXECUTED, OrderStage.SUPERSEDED
ACTIVATION_MS = 60_000

SentConfirmation = tuple[int, Profile, OrderStage]


def order_message(sequence: int, profile: Profile, card: str = CARD) -> Received:
    payload = encode(Order(iccid=card, sequence=sequence, profile=profile))
    return Received(TOPICS.of(MessageKind.ORDER, card), payload)


class CarrierBench:
    """A carrier, online by default. The broker acknowledges messages while `acknowledge` is set."""

    def __init__(self, *, online: bool = True, memory: bytes | None = None, **settings: Any) -> None:
        self.settings = msgspec.convert(settings, CarrierSettings)
        self.carrier = Carrier(self.settings, memory)
        self.now_ms = 0
        self.acknowledge = True
        self.effects: list[CarrierEffect] = []
        if online:
            self.go_online()

    def go_online(self) -> list[CarrierEffect]:
        start = len(self.effects)
        for event in (Start(), Connected(), Subscribed()):
            self.send(event)
        return self.effects[start:]

    def reconnect(self) -> list[CarrierEffect]:
        """Lose the connection and reconnect. Return the effects of the reconnection."""
        self.send(ConnectionLost())
        self.run_to(self.carrier.due() or self.now_ms)
        self.send(Connected())
        return self.send(Subscribed())

    def restarted(self) -> "CarrierBench":
        """Return a bench with a carrier that starts from this one's memory at the same time."""
        other = CarrierBench(online=False, memory=self.carrier.memory())
        other.settings = self.settings
        other.carrier = Carrier(self.settings, self.carrier.memory())
        other.now_ms = self.now_ms
        return other

    def send(self, event: CarrierEvent) -> list[CarrierEffect]:
        effects = self.carrier.handle(event, Now(0, self.now_ms))
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Publish) and effect.token and self.acknowledge:
                self.send(Published(effect.token))
        return effects

    def run_to(self, world_ms: int) -> list[CarrierEffect]:
        start = len(self.effects)
        due_ms = self.carrier.due()
        while due_ms is not None and due_ms <= world_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self.send(Wake())
            due_ms = self.carrier.due()
            assert due_ms != self.now_ms, "a timer that is due again at once causes an endless loop"
        self.now_ms = world_ms
        return self.effects[start:]

    def order(self, sequence: int, profile: Profile, card: str = CARD) -> list[SentConfirmation]:
        """Deliver an order, and return the confirmations that are sent at once."""
        return confirmations(self.send(order_message(sequence, profile, card)))

    def activate(self, sequence: int = 1) -> None:
        """Order the activation of the card, and move the clock over the delay."""
        self.order(sequence, ACTIVE)
        self.run_to(self.now_ms + self.settings.activation_delay_ms)

    def attach(
        self, card: str = CARD, hub: str = HUB, imei: str = IMEI, network: int = 0, apn: str = ""
    ) -> AttachAccepted | AttachRejected | NoOtherNetwork:
        effects = self.send(AttachAttempt(hub, card, imei, "4G", network, apn))
        (answer,) = [effect for effect in effects if isinstance(effect, AttachAnswer)]
        assert answer.hub == hub
        return answer.answer

    def served(self, card: str = CARD, hub: str = HUB, imei: str = IMEI) -> bool:
        return isinstance(self.attach(card, hub, imei), AttachAccepted)

    def release(self, card: str = CARD, hub: str = HUB) -> None:
        self.send(SimReleased(hub, card))

    def lose_contact(self, card: str = CARD, hub: str = HUB) -> None:
        self.send(SimSilent(hub, card))

    @property
    def profile(self) -> Profile:
        return self.carrier.holding(CARD).profile


def confirmations(effects: list[CarrierEffect]) -> list[SentConfirmation]:
    """Return the confirmations among the effects."""
    found = []
    for effect in effects:
        if isinstance(effect, Publish):
            message = decode(MessageKind.CONFIRMATION, effect.payload)
            assert isinstance(message, Confirmation)
            assert effect.topic == TOPICS.of(MessageKind.CONFIRMATION, message.iccid)
            assert not effect.retain
            found.append((message.sequence, message.profile, message.stage))
    return found


def cancelled(effects: list[CarrierEffect]) -> list[tuple[str, str]]:
    """Return (hub, ICCID) of the sessions that were cancelled."""
    return [(effect.hub, effect.iccid) for effect in effects if isinstance(effect, CancelLocation)]
