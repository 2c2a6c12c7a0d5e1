"""Faults of single packets: what a rule applies to, and which of the armed rules applies to a packet.

Pure. `hubsim_simulator.tap.tap_core` performs the actions. A packet fault applies to one MQTT packet on one
connection, before a broker or a client receives it. A message fault of a scenario, in
`hubsim_contract.lab.faults`, applies to a message after the broker.
"""

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from hubsim_contract.mqtt.codec.packets import PacketKind, Sender
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.broker.filters import matches, valid_filter, valid_topic

COUNT_MAX = 1_000_000
DURATION_MAX_MS = 24 * 60 * 60 * 1000
"""A packet is held for at most one day; without a duration, until its connection ends."""
BYTE_MAX = 65_535
"""The last byte of a packet that `corrupt` can select."""
FAULTS_MAX = 1_000
"""Armed faults of one tap. Each packet is compared with all of them."""


class BadPacketFault(ValueError):
    """A fault that is impossible or cannot be read. The text gives the reason and the remedy."""


class PacketAction(StrEnum):
    """What a fault does to a packet."""

    DROP = "drop"
    """The receiver never gets the packet. The connection stays open."""
    DOUBLE = "double"
    """The receiver gets the packet twice."""
    HOLD = "hold"
    """The receiver gets the packet later. Later packets overtake it."""
    STALL = "stall"
    """The receiver gets the packet later. Later packets of this direction wait for it."""
    CORRUPT = "corrupt"
    """All bits of one byte of the packet are inverted."""
    CUT = "cut"
    """Both sides lose the connection, by a TCP reset. The receiver does not get the packet."""


ANY, BROKER = "any", "broker"
"""Words of a rule that cannot be client ids in it."""
_PREPOSITION = {Sender.CLIENT: "from", Sender.SERVER: "to", None: "of"}
TIMED = frozenset({PacketAction.HOLD, PacketAction.STALL})


class TappedPacket(NamedTuple):
    """The facts of a packet that rules compare."""

    kind: PacketKind
    sender: Sender
    client_names: tuple[str, ...]
    """The client id and the names of its hub; empty before the CONNECT."""
    topics: tuple[str, ...]
    """The topic of a PUBLISH, also for the packets that acknowledge it; the filters of a subscription."""
    message: MessageKind | None


class PacketFault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault, and the packets that it applies to. Raises `BadPacketFault` for an impossible one."""

    action: PacketAction
    kind: PacketKind | None = None
    """None: packets of every kind."""
    message: MessageKind | None = None
    """Only a PUBLISH with this message of the contract, or a packet that acknowledges one."""
    sender: Sender | None = None
    """The side that sends the packet. None: both."""
    client: str = "*"
    """A client id or the name of a hub, with the wildcards `*`, `?` and `[...]`."""
    topic: str | None = None
    """A topic filter. The rule then applies to packets about such topics only."""
    after: int = 0
    """The number of packets that pass before the fault applies."""
    count: int | None = 1
    """The number of packets that the fault applies to. None: no limit."""
    for_ms: int | None = None
    """How long `hold` and `stall` last, in ms. None: until `PacketTap.release` or the connection
    ends."""
    byte: int | None = None
    """The byte that `corrupt` changes; 0 is the first. None, or after the last: the last byte."""

    def __post_init__(self) -> None:
        """Raise `BadPacketFault` for an impossible combination."""
        if self.for_ms is not None and self.action not in TIMED:
            raise BadPacketFault(f"'{self.action}' has no duration; only 'hold' and 'stall' have one")
        if self.byte is not None and self.action is not PacketAction.CORRUPT:
            raise BadPacketFault(f"'{self.action}' has no byte; only 'corrupt' has one")
        if self.topic is not None and not valid_filter(self.topic):
            raise BadPacketFault(
                f"{self.topic!r} is not a topic filter: '#' is the last level, '+' a whole one"
            )
        if not self.client:
            raise BadPacketFault(
                "the client is missing: write a client id, the name of a hub, or '*' for all"
            )
        bounds = (
            ("number of packets", self.count, 1, COUNT_MAX),
            ("number after 'after'", self.after, 0, COUNT_MAX),
            ("duration in ms", self.for_ms, 1, DURATION_MAX_MS),
            ("number of the byte", self.byte, 0, BYTE_MAX),
        )
        for what, number, low, high in bounds:
            if number is not None and not low <= number <= high:
                raise BadPacketFault(f"the {what} is {number}; it must be from {low} to {high}")

    def applies_to(self, packet: TappedPacket) -> bool:
        """Return whether the packet is one of those that the fault is for."""
        return (
            self.kind in (None, packet.kind)
            and self.sender in (None, packet.sender)
            and self.message in (None, packet.message)
            and (self.client == "*" or any(fnmatchcase(name, self.client) for name in packet.client_names))
            and (self.topic is None or any(_about(self.topic, topic) for topic in packet.topics))
        )

    def __str__(self) -> str:
        parts = [str(self.action)]
        if self.kind is not PacketKind.PUBLISH or self.message is None:
            parts.append(ANY if self.kind is None else self.kind.name)
        if self.message is not None:
            parts.append(self.message.value)
        if self.sender is not None or self.client != "*":
            parts += [_PREPOSITION[self.sender], _client_word(self.client)]
        if self.topic is not None:
            parts += ["on", quoted(self.topic)]
        if self.byte is not None:
            parts += ["byte", str(self.byte)]
        if self.for_ms is not None:
            parts += ["for", str(self.for_ms), "ms"]
        if self.after:
            parts += ["after", str(self.after)]
        if self.count != 1:
            parts += ["always"] if self.count is None else [str(self.count), "times"]
        return " ".join(parts)


def quoted(text: str) -> str:
    """Return a word of a rule, in quotes where it has a space or a quote."""
    if text and not any(char.isspace() or char in "\"'\\" for char in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _client_word(client: str) -> str:
    """Return a client in a rule; the pattern `[b]roker` is the client id of a client called broker."""
    return f"[{client[0]}]{client[1:]}" if client.lower() in (ANY, BROKER) else quoted(client)


def _about(wanted: str, topic: str) -> bool:
    """Return whether a filter matches a topic. A subscription is about the filter that it names literally."""
    return topic == wanted or (valid_topic(topic) and matches(wanted, topic))


class ArmedFault:
    """A fault of a tap, with its counters."""

    def __init__(self, fault: PacketFault) -> None:
        self.fault = fault
        self.passed = 0
        """Packets that fit and passed, because of `after`."""
        self.applied = 0
        """Packets that the fault applied to."""

    @property
    def spent(self) -> bool:
        """Whether the fault no longer applies."""
        return self.fault.count is not None and self.applied >= self.fault.count

    def take(self, packet: TappedPacket) -> bool:
        """Return whether the fault applies to this packet, and count it."""
        if self.spent or not self.fault.applies_to(packet):
            return False
        if self.passed < self.fault.after:
            self.passed += 1
            return False
        self.applied += 1
        return True


class PacketFaults:
    """The faults of a tap, in their order. The first one that fits applies to a packet, and no other."""

    def __init__(self, faults: tuple[PacketFault, ...] = ()) -> None:
        self.armed: list[ArmedFault] = []
        """All faults, also those that no longer apply."""
        for fault in faults:
            self.arm(fault)

    def arm(self, fault: PacketFault) -> ArmedFault:
        """Apply the fault from the next packet on, on all connections. Raises `BadPacketFault`."""
        if len(self.armed) >= FAULTS_MAX:
            self.armed = [armed for armed in self.armed if not armed.spent]
        if len(self.armed) >= FAULTS_MAX:
            raise BadPacketFault(f"a tap has at most {FAULTS_MAX} faults: clear those that are not needed")
        armed = ArmedFault(fault)
        self.armed.append(armed)
        return armed

    def disarm(self, armed: ArmedFault) -> None:
        """Remove a fault. `PacketTap.release` releases the packets that it holds."""
        if armed in self.armed:
            self.armed.remove(armed)

    def clear(self) -> None:
        """Remove all faults. `PacketTap.release` releases the packets that they hold."""
        self.armed.clear()

    def take(self, packet: TappedPacket) -> PacketFault | None:
        """Return the fault that applies to the packet, and count it; None if the packet passes."""
        for armed in self.armed:
            if armed.take(packet):
                return armed.fault
        return None
