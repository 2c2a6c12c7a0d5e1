"""The carrier of a fleet in shards: hubs of other shards reach it over the broker."""

from collections import deque

import pytest

from hubsim_contract.core import Now, Start, Wake
from hubsim_contract.lab.bench_actions import CardKind
from hubsim_contract.lab.protocol import LabTopics
from hubsim_contract.lab.shards import Shard
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Order, Profile
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.carrier_choice import AnyCarrier, carrier_of
from hubsim_simulator.carrier.memory import BadMemory
from hubsim_simulator.carrier.ports import (
    AttachAnswer,
    AttachAttempt,
    CancelLocation,
    CarrierEvent,
    ServiceBegun,
    SimReleased,
)
from hubsim_simulator.carrier.radio_link import BATCH_MAX, decode_up
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.cards import make_card
from hubsim_simulator.hardware.radio import AttachAccepted, AttachRejected

SETTINGS = CarrierSettings(activation_delay_ms=5_000)
LAB, TOPICS = LabTopics(), Topics()
CARD, OTHER = (make_card(CardKind.AJAX, number).iccid for number in (1, 2))
ORDINARY = make_card(CardKind.ORDINARY, 1).iccid
OWN, REMOTE = "00000010", "00000011"
"""A hub of shard 1/2, and one of shard 2/2."""
Answer = AttachAnswer | CancelLocation | ServiceBegun


class Process:
    """A carrier core at a broker in memory. `answers` has what it sends to the hubs of its shard."""

    def __init__(self, broker: "Broker", shard: str, memory: bytes | None = None) -> None:
        self.core: AnyCarrier = carrier_of(
            SETTINGS, Shard.parse(shard), f"run-{len(broker.processes)}", memory
        )
        self.answers: list[Answer] = []
        self.filters: tuple[str, ...] = ()
        self._broker = broker
        broker.processes.append(self)
        self.handle(Start())

    def handle(self, event: CarrierEvent) -> None:
        for effect in self.core.handle(event, self._broker.now):
            match effect:
                case Connect():
                    self._broker.in_flight.append((self, Connected()))
                case Subscribe():
                    self.filters = effect.filters
                    self._broker.in_flight.append((self, Subscribed()))
                case Publish() if self.filters:
                    self._broker.publish(effect)
                    self._broker.in_flight.append((self, Published(effect.token)))
                case AttachAnswer() | CancelLocation() | ServiceBegun():
                    self.answers.append(effect)

    def attach(self, hub: str, card: str = CARD) -> str:
        """Ask to attach, and return the answer to the hub."""
        self.answers.clear()
        self.handle(AttachAttempt(hub, card, f"imei-{hub}", "4G"))
        self._broker.carry()
        return self.answered()

    def answered(self) -> str:
        """Return the last answer to a hub, and forget all."""
        answer = self.answers[-1] if self.answers else None
        self.answers.clear()
        match answer:
            case AttachAnswer(answer=AttachAccepted()):
                return "accepted"
            case AttachAnswer(answer=AttachRejected()):
                return "rejected"
            case CancelLocation():
                return "cancelled"
            case ServiceBegun():
                return "service"
        return "nothing"


class Broker:
    """A broker in memory without retained messages."""

    def __init__(self) -> None:
        self.now = Now(0, 0)
        self.processes: list[Process] = []
        self.in_flight: deque[tuple[Process, PortEvent]] = deque()
        self.sent: list[Publish] = []

    def publish(self, message: Publish) -> None:
        self.sent.append(message)
        for process in self.processes:
            if message.topic in process.filters or (
                message.topic.startswith("hubsim/v1/carrier/orders/")
                and "hubsim/v1/carrier/orders/+" in process.filters
            ):
                self.in_flight.append((process, Received(message.topic, message.payload)))

    def carry(self) -> None:
        while self.in_flight:
            process, event = self.in_flight.popleft()
            process.handle(event)

    def cut(self, process: Process) -> None:
        """Lose the connection of a process, and all that is on the way to it."""
        process.filters = ()
        self.in_flight = deque(each for each in self.in_flight if each[0] is not process)

    def reconnect(self, process: Process) -> None:
        """Report the loss to the process, which connects again."""
        process.handle(ConnectionLost())
        self.wait(0)

    def order(self, sequence: int, profile: Profile, card: str = CARD) -> None:
        order = Order(iccid=card, sequence=sequence, profile=profile)
        self.publish(Publish(TOPICS.of(MessageKind.ORDER, card), encode(order)))
        self.carry()
        self.wait(SETTINGS.activation_delay_ms)

    def wait(self, ms: int) -> None:
        self.now = Now(self.now.mono_ms + ms, self.now.world_ms + ms)
        for process in self.processes:
            if process.core.due() is not None:
                process.handle(Wake())
        self.carry()


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def carrier(broker: Broker) -> Process:
    process = Process(broker, "1/2")
    broker.carry()
    return process


@pytest.fixture
def relay(broker: Broker, carrier: Process) -> Process:
    process = Process(broker, "2/2")
    broker.carry()
    assert carrier.filters
    return process


@pytest.mark.parametrize("hub", [OWN, REMOTE])
def test_a_hub_of_any_shard_is_served_and_cut(
    broker: Broker, carrier: Process, relay: Process, hub: str
) -> None:
    process = relay if hub == REMOTE else carrier

    before = process.attach(hub)
    broker.order(1, Profile.ACTIVE)
    activated = process.answered()
    after = process.attach(hub)
    broker.order(2, Profile.INACTIVE)

    assert (before, activated, after, process.answered()) == ("rejected", "service", "accepted", "cancelled")


def test_a_card_that_moves_to_a_hub_of_another_shard_ends_its_session(
    broker: Broker, carrier: Process, relay: Process
) -> None:
    broker.order(1, Profile.ACTIVE)
    assert carrier.attach(OWN) == "accepted"

    moved = relay.attach(REMOTE)

    assert (moved, carrier.answered()) == ("accepted", "cancelled")
    assert carrier.core.holding(CARD).attached_hub == REMOTE


def test_only_the_carrier_of_shard_1_takes_and_confirms_orders(
    broker: Broker, carrier: Process, relay: Process
) -> None:
    broker.order(1, Profile.ACTIVE)

    confirmations = [each for each in broker.sent if "/carrier/confirmations/" in each.topic]
    assert len(confirmations) == 2, "accepted, and executed"
    assert relay.filters == (LAB.radio_down,)
    assert set(carrier.filters) == {TOPICS.of(MessageKind.ORDER, "+"), LAB.radio_up}


def test_a_cut_that_a_shard_missed_ends_the_session_when_it_is_back(
    broker: Broker, carrier: Process, relay: Process
) -> None:
    broker.order(1, Profile.ACTIVE)
    relay.attach(REMOTE)

    broker.cut(relay)
    broker.order(2, Profile.INACTIVE)
    missed = relay.answered()
    broker.reconnect(relay)

    assert (missed, relay.answered()) == ("nothing", "cancelled")
    assert carrier.core.holding(CARD).attached_hub is None


def test_a_service_that_a_shard_missed_ends_the_refusal_when_it_is_back(
    broker: Broker, carrier: Process, relay: Process
) -> None:
    assert relay.attach(REMOTE) == "rejected"

    broker.cut(relay)
    broker.order(1, Profile.ACTIVE)
    broker.reconnect(relay)

    assert relay.answered() == "service"
    assert relay.attach(REMOTE) == "accepted"
    assert carrier.core.holding(CARD).attached_hub == REMOTE


def test_a_release_that_the_carrier_missed_ends_the_session_when_it_is_back(
    broker: Broker, carrier: Process, relay: Process
) -> None:
    broker.order(1, Profile.ACTIVE)
    relay.attach(REMOTE)

    broker.cut(carrier)
    relay.handle(SimReleased(REMOTE, CARD))
    broker.carry()
    broker.reconnect(carrier)

    assert carrier.core.holding(CARD).attached_hub is None


def test_an_attempt_that_the_carrier_missed_is_answered_when_it_is_back(
    broker: Broker, carrier: Process, relay: Process
) -> None:
    broker.cut(carrier)
    unanswered = relay.attach(REMOTE)
    broker.reconnect(carrier)

    assert (unanswered, relay.answered()) == ("nothing", "rejected")


def test_a_restarted_carrier_knows_its_sessions_and_ends_standing_refusals(
    broker: Broker, carrier: Process, relay: Process
) -> None:
    broker.order(1, Profile.ACTIVE)
    relay.attach(REMOTE)
    refused = relay.attach("00000013", OTHER)

    broker.cut(carrier)
    broker.processes.remove(carrier)
    again = Process(broker, "1/2", carrier.core.memory())
    broker.carry()

    assert (refused, relay.answered()) == ("rejected", "service")
    assert again.core.holding(CARD).attached_hub == REMOTE


def test_many_attempts_go_together(broker: Broker, carrier: Process, relay: Process) -> None:
    count = 2 * BATCH_MAX
    broker.sent.clear()
    for number in range(count):
        relay.handle(
            AttachAttempt(f"{2 * number + 1:08X}", make_card(CardKind.AJAX, number + 9).iccid, "", "4G")
        )
    broker.carry()

    up = [decode_up(each.payload) for each in broker.sent if each.topic == LAB.radio_up]
    assert sum(len(each.requests) for each in up) == count
    assert len(up) == 3, "the first alone, then what has gathered"
    assert len(relay.answers) == count
    assert carrier.answers == []


def test_a_card_of_another_issuer_needs_no_carrier(broker: Broker) -> None:
    alone = Process(broker, "2/2")

    assert alone.attach(REMOTE, ORDINARY) == "accepted"
    assert b"".join(each.payload for each in broker.sent) == b'{"shard":"2/2"}'


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"{}", b'{"shard":"9/2"}', b'{"session":"x","replies":[{}]}']
)
def test_a_message_that_cannot_be_read_is_counted(
    broker: Broker, carrier: Process, relay: Process, payload: bytes
) -> None:
    for topic in (LAB.radio_up, LAB.radio_down):
        broker.publish(Publish(topic, payload))
    broker.carry()

    assert (carrier.core.refused_messages, relay.core.refused_messages) == (1, 1)


def test_a_reply_to_a_hub_that_has_not_asked_is_ignored(
    broker: Broker, carrier: Process, relay: Process
) -> None:
    payload = b'{"session":"run-0.1","replies":[{"type":"cancel_location","hub":"00000011","iccid":"1"}]}'
    broker.publish(Publish(LAB.radio_down, payload))
    broker.carry()

    assert (relay.answers, relay.core.refused_messages) == ([], 0)
    assert carrier.filters


def test_a_shard_with_lines_of_the_carrier_is_refused() -> None:
    carrier = Carrier(SETTINGS)
    carrier.handle(Start(), Now(0, 0))
    order = Order(iccid=CARD, sequence=1, profile=Profile.ACTIVE)
    carrier.handle(Received(TOPICS.of(MessageKind.ORDER, CARD), encode(order)), Now(0, 0))

    with pytest.raises(BadMemory, match="which only shard 1 serves"):
        carrier_of(SETTINGS, Shard(2, 2), "run", carrier.memory())
