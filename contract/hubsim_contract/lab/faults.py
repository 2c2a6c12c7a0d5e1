"""Faults as data, and what they do to messages on their way to a receiver.

A message fault strikes the next messages of a kind just before their receiver gets them, so that it
works the same on any broker, and on retained messages and wills too: the broker believes that it has
delivered. The other faults (a cut connection, a process that stops) are for the world to carry out.
"""

import heapq
from enum import StrEnum
from typing import Annotated

import msgspec

from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.tags import snake
from hubsim_contract.wire.topics import MessageKind, Topics

REORDER_HOLD_MS = 10_000
"""A message held back for reordering that no other overtakes is let go after this."""

REPEATS_MAX = 20_000
"""A single letter, repeated so often, is past the size limit of a payload."""

DELAY_MAX_MS = 366 * 24 * 60 * 60 * 1000
"""No message is held back for longer than a year: its receiver would wait for nothing else."""

HubName = Annotated[str, msgspec.Meta(extra={"alias": "hub"})]
Ordinal = Annotated[int, msgspec.Meta(ge=1)]


class Process(StrEnum):
    """What can stop and start, beside hubs (which have a power switch)."""

    BROKER = "broker"
    CLOUD = "cloud"
    CARRIER = "carrier"


class Fault(msgspec.Struct, frozen=True, kw_only=True, tag_field="fault", tag=snake):
    """Something that goes wrong on purpose."""


class MessageFault(Fault, frozen=True, kw_only=True):
    """A fault that strikes the next `count` messages of a kind, of one hub or of any."""

    message: MessageKind
    hub: HubName | None = None
    """None: of any hub. Orders and confirmations are those about the hub's first Ajax SIM."""
    count: Ordinal = 1
    """So many messages are struck, the next ones."""


class Drop(MessageFault, frozen=True, kw_only=True):
    """The messages never reach their receiver, though everybody believes they did."""


class Duplicate(MessageFault, frozen=True, kw_only=True):
    """The messages arrive twice."""


class Delay(MessageFault, frozen=True, kw_only=True):
    """The messages arrive later, in world time."""

    by: Annotated[int, msgspec.Meta(ge=0, le=DELAY_MAX_MS, extra={"unit": "ms"})]


class Reorder(MessageFault, frozen=True, kw_only=True):
    """Each message arrives after the one that follows it on its topic (or 10 s later, if none does)."""


class Cut(Fault, frozen=True, kw_only=True):
    """The hub's MQTT connection dies without a goodbye."""

    hub: HubName


class CutProcess(Fault, frozen=True, kw_only=True):
    """The MQTT connection of cloud or carrier dies without a goodbye."""

    process: Process


class StopProcess(Fault, frozen=True, kw_only=True):
    """A process dies without a goodbye, until it is started. The carrier's network and its orders go on."""

    process: Process


class StartProcess(Fault, frozen=True, kw_only=True):
    """A stopped process comes back with what it had made durable."""

    process: Process


class RestartProcess(Fault, frozen=True, kw_only=True):
    """A process dies without a goodbye and comes back at once."""

    process: Process


class Replay(Fault, frozen=True, kw_only=True):
    """An old retained message comes back, as from a broker restored from an old copy."""

    message: MessageKind
    hub: HubName
    back: Ordinal = 1
    """1 is the message before the newest one."""


class Inject(Fault, frozen=True, kw_only=True):
    """Somebody publishes this text on a hub's topic."""

    message: MessageKind
    hub: HubName
    payload: str
    retain: bool = False
    repeat: Annotated[int, msgspec.Meta(ge=1, le=REPEATS_MAX)] = 1
    """The text so many times over: past the size limit without a long line."""


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
    | Replay
    | Inject
)
AnyMessageFault = Drop | Duplicate | Delay | Reorder


class _Armed:
    """A message fault with the strikes it has left."""

    __slots__ = ("fault", "left")

    def __init__(self, fault: AnyMessageFault) -> None:
        self.fault = fault
        self.left = fault.count


class FaultInjector:
    """What armed faults do to messages on their way. Pure: late messages wait for `take`."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._armed: list[_Armed] = []
        self._late: list[tuple[int, int, str, Received]] = []
        self._held: list[tuple[int, str, Received]] = []
        self._serial = 0
        self.quiet = True
        """Whether nothing is armed and nothing waits: then messages need not pass here."""

    def arm(self, fault: AnyMessageFault) -> None:
        """Let the fault strike from the next message on."""
        self._armed.append(_Armed(fault))
        self.quiet = False

    def admit(self, station: str, message: Received, now_ms: int) -> list[Received]:
        """Return what the station gets now in place of the message, in order."""
        arriving = self._through(station, message, now_ms)
        self._look_around()
        return arriving

    def _through(self, station: str, message: Received, now_ms: int) -> list[Received]:
        address = self._topics.read(message.topic)
        if address is None:
            return [message]
        arriving = [message]
        for armed in self._armed:
            fault = armed.fault
            if fault.message is address.kind and fault.hub in (None, address.subject):
                armed.left -= 1
                if not armed.left:
                    self._armed.remove(armed)
                arriving = self._strike(fault, station, message, now_ms)
                break
        return arriving + self._overtaken(station, message.topic) if arriving else []

    def _overtaken(self, station: str, topic: str) -> list[Received]:
        """Let go of what was held back until a later message of its topic arrives; the last one first."""
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
        """Return the late messages whose time has come, with their receivers."""
        arrived = []
        while self._late and self._late[0][0] <= now_ms:
            _, _, station, message = heapq.heappop(self._late)
            arrived.append((station, message))
        released = [held for held in self._held if held[0] <= now_ms]
        self._held = [held for held in self._held if held[0] > now_ms]
        self._look_around()
        return arrived + [(station, message) for _, station, message in released]

    def _look_around(self) -> None:
        self.quiet = not (self._armed or self._late or self._held)

    def _strike(self, fault: AnyMessageFault, station: str, message: Received, now_ms: int) -> list[Received]:
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
