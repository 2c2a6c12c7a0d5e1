"""Faults as data, and their effect on messages on the way to a receiver.

A message fault applies to the next messages of a kind just before their receiver gets them. So it works
the same on any broker, and also on retained messages and wills: for the broker they are delivered. The
world performs the other faults (a cut connection, a process that stops).
"""

import heapq
from enum import StrEnum
from typing import Annotated, NamedTuple

import msgspec

from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.tags import snake
from hubsim_contract.wire.topics import SENT_BY_CLOUD, MessageKind, Topics

REORDER_HOLD_MS = 10_000
"""A message that is held back for reordering is released after this time if none overtakes it."""

REPEATS_MAX = 20_000
"""A single letter, repeated this many times, exceeds the size limit of a payload."""

DELAY_MAX_MS = 366 * 24 * 60 * 60 * 1000
"""No message is held back for longer than a year."""

CLOUD_STATION = "cloud"
"""The station that sends `SENT_BY_CLOUD`; faults do not apply to those that return to it."""

HubName = Annotated[str, msgspec.Meta(extra={"alias": "hub"})]
Ordinal = Annotated[int, msgspec.Meta(ge=1)]


class Process(StrEnum):
    """The processes that can stop and start. Hubs have a power switch instead."""

    BROKER = "broker"
    CLOUD = "cloud"
    CARRIER = "carrier"


class Fault(msgspec.Struct, frozen=True, kw_only=True, tag_field="fault", tag=snake):
    """A fault to inject."""


class MessageFault(Fault, frozen=True, kw_only=True):
    """A fault that applies to the next `count` messages of a kind, of one hub or of any hub."""

    message: MessageKind
    hub: HubName | None = None
    """None: of any hub. Orders and confirmations are those about the hub's first Ajax SIM."""
    count: Ordinal = 1
    """The number of messages that the fault applies to."""


class Drop(MessageFault, frozen=True, kw_only=True):
    """The messages never reach their receiver, although sender and broker regard them as delivered."""


class Duplicate(MessageFault, frozen=True, kw_only=True):
    """The messages arrive twice."""


class Delay(MessageFault, frozen=True, kw_only=True):
    """The messages arrive later, in world time."""

    by: Annotated[int, msgspec.Meta(ge=0, le=DELAY_MAX_MS, extra={"unit": "ms"})]


class Reorder(MessageFault, frozen=True, kw_only=True):
    """Each message arrives after the one that follows it on its topic (or 10 s later, if none does)."""


class Cut(Fault, frozen=True, kw_only=True):
    """The hub's MQTT connection ends without a DISCONNECT."""

    hub: HubName


class CutProcess(Fault, frozen=True, kw_only=True):
    """The MQTT connection of cloud or carrier ends without a DISCONNECT."""

    process: Process


class StopProcess(Fault, frozen=True, kw_only=True):
    """A process is killed, until it is started again. The carrier's network and its orders continue."""

    process: Process


class StartProcess(Fault, frozen=True, kw_only=True):
    """A stopped process starts again with its durable data."""

    process: Process


class RestartProcess(Fault, frozen=True, kw_only=True):
    """A process is killed and starts again at once."""

    process: Process


class CarrierReason(StrEnum):
    """The reasons of a simulated carrier."""

    NOT_ALLOWED = "not_allowed"
    """The contract of the customer does not allow it."""
    CARD_UNKNOWN = "card_unknown"
    """The carrier does not know the card."""
    PLATFORM_ERROR = "platform_error"
    """The carrier's own systems have failed."""
    UNPAID = "unpaid"
    """An invoice was not paid."""
    ABUSE = "abuse"
    """The use of the card was unusual, such as much data from a new place."""


class CarrierFault(Fault, frozen=True, kw_only=True):
    """The carrier does not do what the cloud wants, with the first Ajax SIM of a hub."""

    hub: HubName


class RefuseOrders(CarrierFault, frozen=True, kw_only=True):
    """The carrier refuses the next orders for the card."""

    reason: CarrierReason = CarrierReason.NOT_ALLOWED
    count: Ordinal = 1
    """The number of orders."""


class FailOrders(CarrierFault, frozen=True, kw_only=True):
    """The carrier accepts the next orders for the card, and fails when it should execute them."""

    reason: CarrierReason = CarrierReason.PLATFORM_ERROR
    count: Ordinal = 1
    """The number of orders."""


class SuspendSim(CarrierFault, frozen=True, kw_only=True):
    """The carrier suspends the card by itself and informs the cloud. A suspended card stays suspended."""

    reason: CarrierReason = CarrierReason.UNPAID


class ReactivateSim(CarrierFault, frozen=True, kw_only=True):
    """The carrier ends the suspension of the card and informs the cloud. Without one, nothing happens."""


class Replay(Fault, frozen=True, kw_only=True):
    """An old retained message is published again, as by a broker that was restored from an old backup."""

    message: MessageKind
    hub: HubName
    back: Ordinal = 1
    """1 is the message before the newest one."""


class Inject(Fault, frozen=True, kw_only=True):
    """A third party publishes this text on a hub's topic."""

    message: MessageKind
    hub: HubName
    payload: str
    retain: bool = False
    repeat: Annotated[int, msgspec.Meta(ge=1, le=REPEATS_MAX)] = 1
    """How often the text is repeated: exceeds the size limit without a long line in the scenario."""


AnyFault = (
    Drop
    | Duplicate
    | Delay
    | Reorder
    | Cut
    | CutProcess
    | StopProcess
    | StartProcess
    | RestartProcess
    | RefuseOrders
    | FailOrders
    | SuspendSim
    | ReactivateSim
    | Replay
    | Inject
)
AnyCarrierFault = RefuseOrders | FailOrders | SuspendSim | ReactivateSim
AnyMessageFault = Drop | Duplicate | Delay | Reorder
AnyArmedFault = AnyMessageFault | RefuseOrders | FailOrders
"""The faults that wait for messages or orders; the others happen at once."""


class FaultStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that waits for messages or orders, and what is left of it."""

    id: str
    fault: AnyArmedFault
    """The `hub` of a fault about orders or confirmations is the ICCID of the card."""
    armed_ms: int
    """World time."""
    left: int
    """The number of messages or orders that it still applies to."""


class MessageFaultStatus(FaultStatus, frozen=True, kw_only=True):
    """A fault that waits for messages; with it, the fault can be armed again as it was."""

    fault: AnyMessageFault
    left: Ordinal


class Hit(NamedTuple):
    """An armed fault that was applied to a message."""

    id: str
    fault: AnyMessageFault
    left: int


class Admission(NamedTuple):
    """What a station gets now in place of a message, in order, and the fault that was applied to it."""

    messages: list[Received]
    hit: Hit | None = None


class _Armed:
    """A message fault and the number of messages that it still applies to."""

    __slots__ = ("armed_ms", "fault", "id", "left")

    def __init__(self, status: MessageFaultStatus) -> None:
        self.fault = status.fault
        self.id = status.id
        self.armed_ms = status.armed_ms
        self.left = status.left


class FaultInjector:
    """Applies armed faults to messages on their way. Pure: late messages wait for `take`."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._armed: list[_Armed] = []
        self._late: list[tuple[int, int, str, Received]] = []
        self._held: list[tuple[int, str, Received]] = []
        self._serial = 0
        self.quiet = True
        """Whether no fault is armed and no message is held back: then messages can bypass the injector."""

    def arm(self, fault: AnyMessageFault, name: str = "", now_ms: int = 0) -> None:
        """Apply the fault from the next message on; `name`: its id, by which it can be disarmed."""
        self.rearm(MessageFaultStatus(id=name, fault=fault, armed_ms=now_ms, left=fault.count))

    def rearm(self, status: MessageFaultStatus) -> None:
        """Arm a fault as it was: with its id, its time, and what is left of it."""
        self._armed.append(_Armed(status))
        self.quiet = False

    def armed(self) -> list[MessageFaultStatus]:
        """Return the armed faults, the one that was armed first at the beginning."""
        return [
            MessageFaultStatus(id=each.id, fault=each.fault, armed_ms=each.armed_ms, left=each.left)
            for each in self._armed
        ]

    def disarm(self, name: str) -> bool:
        """Disarm a fault; return whether it was armed. Messages that it holds back still wait."""
        left = [each for each in self._armed if each.id != name]
        found, self._armed = len(left) < len(self._armed), left
        self._update_quiet()
        return found

    def admit(self, station: str, message: Received, now_ms: int) -> Admission:
        """Return what the station gets now in place of the message."""
        admission = self._through(station, message, now_ms)
        self._update_quiet()
        return admission

    def _through(self, station: str, message: Received, now_ms: int) -> Admission:
        address = self._topics.read(message.topic)
        if address is None or (station == CLOUD_STATION and address.kind in SENT_BY_CLOUD):
            return Admission([message])
        about = address.subject or station
        arriving = [message]
        hit: Hit | None = None
        for armed in self._armed:
            fault = armed.fault
            if fault.message is address.kind and fault.hub in (None, about):
                armed.left -= 1
                if not armed.left:
                    self._armed.remove(armed)
                hit = Hit(armed.id, fault, armed.left)
                arriving = self._apply(fault, station, message, now_ms)
                break
        return Admission(arriving + self._overtaken(station, message.topic) if arriving else [], hit)

    def _overtaken(self, station: str, topic: str) -> list[Received]:
        """Release the messages that were held back for a later message of their topic, the last one first."""
        found = [held for held in self._held if held[1] == station and held[2].topic == topic]
        for held in found:
            self._held.remove(held)
        return [message for _, _, message in reversed(found)]

    def due(self) -> int | None:
        """Return when the next late message arrives, or None."""
        instants = [self._late[0][0]] if self._late else []
        instants += [held[0] for held in self._held]
        return min(instants, default=None)

    def take(self, now_ms: int) -> list[tuple[str, Received]]:
        """Return the late messages that are due, with their receivers."""
        arrived = []
        while self._late and self._late[0][0] <= now_ms:
            _, _, station, message = heapq.heappop(self._late)
            arrived.append((station, message))
        released = [held for held in self._held if held[0] <= now_ms]
        self._held = [held for held in self._held if held[0] > now_ms]
        self._update_quiet()
        return arrived + [(station, message) for _, station, message in released]

    def _update_quiet(self) -> None:
        self.quiet = not (self._armed or self._late or self._held)

    def _apply(self, fault: AnyMessageFault, station: str, message: Received, now_ms: int) -> list[Received]:
        match fault:
            case Drop():
                return []
            case Duplicate():
                return [message, message]
            case Delay():
                self._serial += 1
                heapq.heappush(self._late, (now_ms + fault.by, self._serial, station, message))
                return []
            case Reorder():
                self._held.append((now_ms + REORDER_HOLD_MS, station, message))
                return []
