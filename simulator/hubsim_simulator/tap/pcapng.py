"""A capture of a tap in the format pcapng, which Wireshark and tshark open (draft-ietf-opsawg-pcapng).

The capture shows the side of the clients: what each client sent, and what it received. So it has no packet
that a fault dropped on the way to a client. A comment marks the packets that a fault applied to.

The tap sees streams of decrypted bytes. The headers of Ethernet, IP and TCP around them are synthesized: one
or more segments for each MQTT packet, between the address of the client and port 1883 of loopback, so that
Wireshark decodes MQTT for any port of the tap. Passwords are masked as in the events.
"""

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import BinaryIO

from hubsim_contract.mqtt.codec.packets import Sender
from hubsim_simulator.tap.packet_faults import PacketAction
from hubsim_simulator.tap.tap_events import (
    BytesSeen,
    ConnectionOpened,
    Forward,
    ForwardEnd,
    PacketSeen,
    Reset,
    SideEnded,
    TapEffect,
    TapTime,
    TcpAddress,
)

MQTT_PORT = 1883
"""The port of the broker in a capture."""
SEGMENT_BYTES_MAX = 16_384
"""The bytes in one segment, far below the 64 KiB of an IP packet."""
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_MAGIC, _ETHERNET, _UNKNOWN_LENGTH = 0x1A2B3C4D, 1, -1
_COMMENT, _NAME, _APPLICATION = 1, 2, 4
_FIN, _SYN, _RST, _PSH, _ACK = 0x01, 0x02, 0x04, 0x08, 0x10
_WINDOW, _TTL, _TCP = 65_535, 64, 6
_SEQUENCES = 2**32
_IPV4_BYTES = 4
_CHANGES = frozenset({PacketAction.DOUBLE, PacketAction.CORRUPT})
"""Actions whose result the receiver gets at once."""


class _Flow:
    """One TCP connection of a capture, with the next sequence number of each side."""

    def __init__(self, client: TcpAddress) -> None:
        try:
            host = ip_address(client.host.partition("%")[0])
        except ValueError:
            host = IPv4Address("127.0.0.1")
        loopback = IPv4Address("127.0.0.1") if isinstance(host, IPv4Address) else IPv6Address("::1")
        self._ends = {Sender.CLIENT: (host, client.port), Sender.SERVER: (loopback, MQTT_PORT)}
        self._next = dict.fromkeys(Sender, 0)
        self.open_sides = set(Sender)
        """The sides that have not ended their stream."""

    def segment(self, sender: Sender, flags: int, data: bytes = b"") -> bytes:
        """Return the Ethernet frame with the next segment of a side."""
        receiver = sender.other
        (source, from_port), (target, to_port) = self._ends[sender], self._ends[receiver]
        acknowledged = self._next[receiver] if flags & _ACK else 0
        head = struct.pack(
            "!HHIIBBH", from_port, to_port, self._next[sender], acknowledged, 5 << 4, flags, _WINDOW
        )
        occupied = len(data) + bool(flags & (_SYN | _FIN))
        self._next[sender] = (self._next[sender] + occupied) % _SEQUENCES
        length = len(head) + 4 + len(data)
        pseudo = source.packed + target.packed + struct.pack("!II", length, _TCP)
        checksum = struct.pack("!HH", _checksum(pseudo + head + bytes(4) + data), 0)
        return _ip(source.packed, target.packed, head + checksum + data)


class PcapngWriter:
    """Writes the effects of a tap to a binary stream. Each packet is complete in the stream at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._flows: dict[int, _Flow] = {}
        self._comments: dict[int, str] = {}
        """A comment for the next bytes to a client."""
        section = struct.pack("=IHHq", _MAGIC, 1, 0, _UNKNOWN_LENGTH)
        self._write(_SECTION, section + _options((_APPLICATION, "hubsim tap")))
        name = (_NAME, "clients of the tap")
        self._write(_INTERFACE, struct.pack("=HHI", _ETHERNET, 0, 0) + _options(name))
        self._stream.flush()

    def observe(self, effect: TapEffect, at: TapTime) -> None:
        """Write what the effect means for the connection of a client. Raises `OSError` of the stream."""
        if isinstance(effect, ConnectionOpened):
            self._flows[effect.connection] = _Flow(effect.client_address)
        flow = self._flows.get(effect.connection)
        if flow is None:
            return
        for frame, comment in self._frames(flow, effect):
            high, low = divmod(at.wall_us, 2**32)
            head = struct.pack("=IIIII", 0, high, low, len(frame), len(frame))
            self._write(_PACKET, head + _padded(frame) + _options((_COMMENT, comment)))
        self._stream.flush()

    def _frames(self, flow: _Flow, effect: TapEffect) -> Iterator[tuple[bytes, str]]:
        match effect:
            case ConnectionOpened():
                yield flow.segment(Sender.CLIENT, _SYN), ""
                yield flow.segment(Sender.SERVER, _SYN | _ACK), ""
                yield flow.segment(Sender.CLIENT, _ACK), ""
            case PacketSeen(sender=Sender.CLIENT, frame=frame):
                yield from _data(flow, Sender.CLIENT, frame, _comment(effect))
            case BytesSeen(sender=Sender.CLIENT, data=data, reason=reason):
                yield from _data(flow, Sender.CLIENT, data, f"undecoded: {reason}")
            case PacketSeen(connection=connection, fault=fault) if fault is not None:
                if fault.action in _CHANGES:
                    self._comments[connection] = _comment(effect)
            case Forward(connection=connection, receiver=Sender.CLIENT, data=data):
                yield from _data(flow, Sender.SERVER, data, self._comments.pop(connection, ""))
            case SideEnded(connection=connection, sender=Sender.CLIENT, reset=reset):
                yield flow.segment(Sender.CLIENT, (_RST if reset else _FIN) | _ACK), ""
                self._side_ended(connection, flow, Sender.CLIENT, reset=reset)
            case ForwardEnd(connection=connection, receiver=Sender.CLIENT):
                yield flow.segment(Sender.SERVER, _FIN | _ACK), ""
                self._side_ended(connection, flow, Sender.SERVER, reset=False)
            case Reset(connection=connection):
                yield flow.segment(Sender.SERVER, _RST | _ACK), ""
                self._side_ended(connection, flow, Sender.SERVER, reset=True)
            case _:
                pass

    def _side_ended(self, connection: int, flow: _Flow, sender: Sender, *, reset: bool) -> None:
        flow.open_sides.discard(sender)
        if reset or not flow.open_sides:
            del self._flows[connection]
            self._comments.pop(connection, None)

    def _write(self, kind: int, body: bytes) -> None:
        length = struct.pack("=I", len(body) + 12)
        self._stream.write(struct.pack("=I", kind) + length + body + length)


def _comment(event: PacketSeen) -> str:
    parts = [f"fault: {event.fault}"] if event.fault is not None else []
    parts += [f"malformed: {event.malformed}"] if event.malformed is not None else []
    return "; ".join(parts)


def _data(flow: _Flow, sender: Sender, data: bytes, comment: str) -> Iterator[tuple[bytes, str]]:
    for begin in range(0, len(data), SEGMENT_BYTES_MAX):
        yield flow.segment(sender, _PSH | _ACK, data[begin : begin + SEGMENT_BYTES_MAX]), comment


def _ip(source: bytes, target: bytes, segment: bytes) -> bytes:
    """Return the Ethernet frame with a TCP segment. The Ethernet addresses are 0, as on loopback."""
    if len(source) == _IPV4_BYTES:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, _TTL, _TCP, 0)
        head += source + target
        head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
        return bytes(12) + b"\x08\x00" + head + segment
    head = struct.pack("!IHBB", 6 << 28, len(segment), _TCP, _TTL)
    return bytes(12) + b"\x86\xdd" + head + source + target + segment


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _options(*options: tuple[int, str]) -> bytes:
    """Return the options of a block; those without a text are left out."""
    encoded = b""
    for code, text in options:
        raw = text.encode("utf-8", "replace")[:SEGMENT_BYTES_MAX]
        if raw:
            encoded += struct.pack("=HH", code, len(raw)) + _padded(raw)
    return encoded + bytes(4) if encoded else b""
