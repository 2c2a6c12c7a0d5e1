"""The messages of a watched world, from both sides of the broker, as events in causal order.

The cloud's side is seen in this process, as it happens. Simulators report theirs over their own connection,
which may be later or earlier than the messages. What a device outside, a third party or the broker (a last
will) publishes is not reported: such a message is shown as published when the cloud receives it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from hubsim_cloud.lab.causal_order import CausalOrder, Report
from hubsim_cloud.lab.control_plane import CARRIER
from hubsim_cloud.lab.watch_events import BROKER, THIRD_PARTY, MessageEvent
from hubsim_cloud.world.observer import STATION
from hubsim_contract.lab.faults import Drop, Hit
from hubsim_contract.lab.watching import MessageStage, StationMessage, arriving_message, sent_message
from hubsim_contract.mqtt.port import Publish, Received
from hubsim_contract.wire.topics import (
    CARRIER_KINDS,
    HUB_KINDS,
    RECEIVED_BY_CLOUD,
    MessageKind,
    TopicAddress,
    Topics,
)

CLOUD_SOURCE = ""
"""The source of everything that this process sees itself."""
_WITH_RECEIPT = RECEIVED_BY_CLOUD | {MessageKind.CLOUD_PRESENCE}
_decode = msgspec.json.Decoder().decode


class Emitted(NamedTuple):
    """An event, with the hubs that it is about; None: it is for every reader."""

    name: str
    data: Any
    hubs: frozenset[str] | None


class WatchedMessages:
    """The messages of one world. Times of the world in ms; `now_ms` of methods is real time."""

    def __init__(
        self,
        topics: Topics,
        world_ms: Callable[[], int],
        real_ms: Callable[[], int],
        hub_of_card: Callable[[str], str | None],
        emit: Callable[[Emitted], None],
        waits: Callable[[], None],
    ) -> None:
        """Take the parts; `waits` is called when an event waits, so that `due` may be earlier."""
        self.running: set[str] = set()
        """The stations whose messages a simulator reports."""
        self._topics = topics
        self._world_ms = world_ms
        self._real_ms = real_ms
        self._hub_of_card = hub_of_card
        self._order = CausalOrder(emit)
        self._waits = waits

    def due(self) -> int | None:
        """Return when `wake` must be called, in real ms, or None."""
        return self._order.due()

    def wake(self) -> None:
        """Pass on what has waited long enough."""
        self._order.wake(self._real_ms())

    # ------------------------------------------------------------------ the cloud's side

    def put(self, event: Emitted) -> None:
        """Add an event that is not a message, after everything that this process has seen so far."""
        self._place(CLOUD_SOURCE, Report(event))

    def published(self, message: Publish, sender: str = STATION) -> None:
        """Add a message that the cloud publishes, or a third party."""
        self._put(CLOUD_SOURCE, sent_message(self._world_ms(), sender, message))

    def received(self, message: Received) -> None:
        """Wait until the sender's side of a message is shown, before any fault is applied."""
        if message.retained:
            return
        arrived = arriving_message(self._world_ms(), STATION, message)
        address = self._topics.read(message.topic)
        sender = _sender(address)
        published = msgspec.structs.replace(
            arrived, station=_publisher(sender, address, arrived.text), stage=MessageStage.PUBLISHED
        )
        report = Report(
            needs=_key(arrived),
            expected=sender in self.running and not message.dup,
            once=True,
            cause=None if message.dup else self._event(published),
        )
        self._place(CLOUD_SOURCE, report)

    def delivered(self, message: Received, hit: Hit | None) -> None:
        """Add that the cloud gets a message."""
        fault = None if hit is None else hit.id
        self.put(self._event(arriving_message(self._world_ms(), STATION, message, fault=fault)))

    def stopped(self, message: Received, hit: Hit) -> None:
        """Add that a fault drops a message to the cloud, or holds it back."""
        self.put(
            self._event(arriving_message(self._world_ms(), STATION, message, stopped_stage(hit), hit.id))
        )

    # ------------------------------------------------------------------ the side of the simulators

    def reported(self, source: str, message: StationMessage) -> None:
        """Add what a simulator has seen."""
        self._put(source, message)

    def from_bench(self, source: str, event: Emitted) -> None:
        """Add an event of a simulator that is not a message."""
        self._place(source, Report(event))

    # ------------------------------------------------------------------ inside

    def _put(self, source: str, message: StationMessage) -> None:
        key, event = _key(message), self._event(message)
        if message.stage is MessageStage.PUBLISHED:
            kind = event.data.kind
            report = Report(event, gives=key, has_receipt=kind is None or kind in _WITH_RECEIPT)
        elif message.stage is MessageStage.RETAINED:
            report = Report(event)
        else:
            report = Report(event, needs=key)
        self._place(source, report)

    def _place(self, source: str, report: Report) -> None:
        self._order.put(source, report, self._real_ms())
        if self._order.due() is not None:
            self._waits()

    def _event(self, message: StationMessage) -> Emitted:
        address = self._topics.read(message.topic)
        is_sent = message.stage is MessageStage.PUBLISHED
        payload, is_json = _payload(message)
        hub = self._hub(address, message.station)
        data = MessageEvent(
            at_ms=message.at_ms,
            topic=message.topic,
            kind=None if address is None else address.kind,
            subject="" if address is None else address.subject,
            hub=hub,
            sender=message.station if is_sent else BROKER,
            receiver=BROKER if is_sent else message.station,
            stage=message.stage,
            payload=payload,
            text=None if is_json else message.text,
            size=message.size,
            qos=message.qos,
            retain=message.retain or message.stage is MessageStage.RETAINED,
            fault=message.fault,
        )
        is_for_all = address is None or not (address.subject or hub)
        hubs = frozenset(() if hub is None else (hub,))
        return Emitted("message", data, None if is_for_all else hubs)

    def _hub(self, address: TopicAddress | None, station: str) -> str | None:
        if address is None:
            return None
        if address.kind in HUB_KINDS:
            return address.subject
        if address.kind in CARRIER_KINDS:
            return self._hub_of_card(address.subject)
        return None if station in {STATION, CARRIER, BROKER, THIRD_PARTY} else station


def stopped_stage(hit: Hit) -> MessageStage:
    """Return the stage of a message that a fault keeps from its receiver."""
    return MessageStage.DROPPED if isinstance(hit.fault, Drop) else MessageStage.DELAYED


def _key(message: StationMessage) -> tuple[str, str]:
    return message.topic, message.text


def _sender(address: TopicAddress | None) -> str:
    """Return the station that sends to the cloud on this topic."""
    if address is None:
        return THIRD_PARTY
    if address.kind in CARRIER_KINDS:
        return CARRIER
    return address.subject if address.kind in HUB_KINDS else STATION


def _publisher(sender: str, address: TopicAddress | None, text: str) -> str:
    """Return who published a message that no sender has reported."""
    if (
        address is not None
        and address.kind is MessageKind.PRESENCE
        and '"online":false' in text.replace(" ", "")
    ):
        return BROKER  # a last will
    return THIRD_PARTY if sender == STATION else sender


def _payload(message: StationMessage) -> tuple[Any, bool]:
    """Return the decoded payload, and whether it is JSON."""
    if message.size:
        return None, False
    try:
        return _decode(message.text), True
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None, False
