"""Bytes to packets (MQTT 3.1.1 sections 2 and 3), for streams in any division.

`PacketReader` yields packets, `FrameReader` the raw bytes of each packet, and `decode` reads one of these.
Every function is total: any bytes give packets, or `MalformedPacket`.

A chunk that contains whole packets is not copied except for the fields. An incomplete packet is kept until
the rest of it arrives, at most `limit_bytes` and its fixed header.
"""

from collections.abc import Callable, Iterator

from hubsim_contract.mqtt.codec.packets import (
    MAX_REMAINING_BYTES,
    PROTOCOL_LEVEL,
    SUBSCRIPTION_FAILED,
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    DisconnectPacket,
    MalformedPacket,
    Packet,
    PacketKind,
    PacketTooLarge,
    PacketWill,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PubcompPacket,
    PublishPacket,
    PubrecPacket,
    PubrelPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
    UnsubackPacket,
    UnsubscribePacket,
    UnsupportedProtocol,
)

_MORE, _SEVEN_BITS = 0x80, 0x7F
_MAX_LENGTH_BYTES = 4
_RESERVED_QOS = 3
_PROTOCOL_NAMES = {b"MQTT", b"MQIsdp"}  # the second is MQTT 3.1, whose level is refused with an answer
_FIRST_CODE_BEYOND = 6

Span = tuple[bytes, int, int, int]
"""A packet in a buffer: the buffer, and the places of its first byte, of its body, and of its end."""


class FrameReader:
    """Divides a stream into packets without reading them: for a proxy that forwards bytes.

    `limit_bytes` bounds the remaining length of a packet (2.2.3). After an error the reader cannot be used.
    """

    __slots__ = ("_kept", "_needed", "limit_bytes")

    def __init__(self, limit_bytes: int = MAX_REMAINING_BYTES) -> None:
        self.limit_bytes = limit_bytes
        """May change between two chunks, for example when a client has authenticated."""
        self._kept = bytearray()
        self._needed = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the bytes of each packet that the chunk completes.

        Iterate to the end before the next chunk. Raises `MalformedPacket`, also `PacketTooLarge`, after the
        packets before the fault.
        """
        for data, begin, _, end in self.spans(chunk):
            yield data[begin:end]

    def spans(self, chunk: bytes) -> Iterator[Span]:
        """Yield the place of each packet, as `feed` does."""
        kept = self._kept
        if kept:
            kept += chunk
            if len(kept) < self._needed:
                return
            chunk = bytes(kept)
            kept.clear()
        begin, size = 0, len(chunk)
        while begin < size:
            start = begin + 2
            if start > size:
                self._needed = 2
                break
            length = chunk[begin + 1]
            if length & _MORE:
                found = self._long(chunk, begin)
                if found is None:
                    self._needed = size - begin + 1
                    break
                start, length = found
            if length > self.limit_bytes:
                raise PacketTooLarge(length, self.limit_bytes)
            end = start + length
            if end > size:
                self._needed = end - begin
                break
            yield chunk, begin, start, end
            begin = end
        if begin < size:
            kept += chunk[begin:] if begin else chunk

    @property
    def incomplete(self) -> bool:
        """Whether a packet has begun and not ended."""
        return bool(self._kept)

    @staticmethod
    def _long(chunk: bytes, begin: int) -> tuple[int, int] | None:
        """Return the place of the body and the remaining length, or None if the length is incomplete."""
        length = 0
        for place, byte in enumerate(chunk[begin + 1 : begin + 1 + _MAX_LENGTH_BYTES]):
            length |= (byte & _SEVEN_BITS) << 7 * place
            if not byte & _MORE:
                return begin + 2 + place, length
        if len(chunk) - begin > _MAX_LENGTH_BYTES:
            raise MalformedPacket("section 2.2.3", "the remaining length has more than four bytes")
        return None


class PacketReader:
    """Reads the packets of one side of a connection. A packet that this side may not send is malformed."""

    __slots__ = ("_decoders", "_frames")

    def __init__(self, sender: Sender, limit_bytes: int = MAX_REMAINING_BYTES) -> None:
        self._frames = FrameReader(limit_bytes)
        self._decoders = _DECODERS[sender]

    @property
    def limit_bytes(self) -> int:
        """The limit of a packet, as in `FrameReader`."""
        return self._frames.limit_bytes

    @limit_bytes.setter
    def limit_bytes(self, limit_bytes: int) -> None:
        self._frames.limit_bytes = limit_bytes

    @property
    def incomplete(self) -> bool:
        """Whether a packet has begun and not ended."""
        return self._frames.incomplete

    def feed(self, chunk: bytes) -> Iterator[Packet]:
        """Yield the packets that the chunk completes, as `FrameReader.feed` does."""
        decoders = self._decoders
        for data, begin, start, end in self._frames.spans(chunk):
            first = data[begin]
            yield decoders[first](first, data, start, end)


def decode(frame: bytes, sender: Sender) -> Packet:
    """Return the packet that these bytes, from a `FrameReader`, are. Raises `MalformedPacket`."""
    for data, begin, start, end in FrameReader().spans(frame):
        if begin == 0 and end == len(frame):
            return _DECODERS[sender][data[begin]](data[begin], data, start, end)
    raise MalformedPacket("section 2.2", "these bytes are not exactly one packet")


# ------------------------------------------------------------------ fields (1.5, 2.3)


def _short(data: bytes, place: int, end: int, what: str) -> int:
    if place + 2 > end:
        raise MalformedPacket("section 2.2.3", f"the packet ends before {what}")
    return data[place] << 8 | data[place + 1]


def _binary(data: bytes, place: int, end: int, what: str) -> tuple[bytes, int]:
    stop = place + 2 + _short(data, place, end, what)
    if stop > end:
        raise MalformedPacket("section 1.5.3", f"the length of {what} exceeds the packet")
    return data[place + 2 : stop], stop


def _text(data: bytes, place: int, end: int, what: str) -> tuple[str, int]:
    raw, stop = _binary(data, place, end, what)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise MalformedPacket("MQTT-1.5.3-1", f"{what} is not UTF-8") from None
    if "\0" in text:
        raise MalformedPacket("MQTT-1.5.3-2", f"{what} contains the character U+0000")
    return text, stop


def _packet_id(data: bytes, place: int, end: int) -> int:
    packet_id = _short(data, place, end, "the packet id")
    if not packet_id:
        raise MalformedPacket("MQTT-2.3.1-1", "the packet id is 0")
    return packet_id


def _exactly(kind: PacketKind, length: int, start: int, end: int) -> None:
    if end - start != length:
        raise MalformedPacket("section 2.2.3", f"{kind.name} has {length} bytes after its fixed header")


# ------------------------------------------------------------------ packets (3)


def _connect(_: int, data: bytes, start: int, end: int) -> Packet:
    name, place = _binary(data, start, end, "the protocol name")
    if name not in _PROTOCOL_NAMES:
        raise MalformedPacket("MQTT-3.1.2-1", "the protocol name is not MQTT")
    if place + 4 > end:
        raise MalformedPacket("section 3.1.2", "the packet ends before the keepalive")
    level, flags = data[place], data[place + 1]
    if level != PROTOCOL_LEVEL or name != b"MQTT":
        raise UnsupportedProtocol(level)
    keepalive_s = data[place + 2] << 8 | data[place + 3]
    _check_flags(flags)
    client_id, place = _text(data, place + 4, end, "the client id")
    will, username, password = None, None, None
    if flags & 0x04:
        topic, place = _text(data, place, end, "the will topic")
        payload, place = _binary(data, place, end, "the will message")
        will = PacketWill(topic, payload, flags >> 3 & 3, bool(flags & 0x20))
    if flags & 0x80:
        username, place = _text(data, place, end, "the user name")
    if flags & 0x40:
        password, place = _binary(data, place, end, "the password")
    if place != end:
        raise MalformedPacket("MQTT-3.1.3-1", "CONNECT has bytes after its last field")
    return ConnectPacket(client_id, bool(flags & 0x02), keepalive_s, will, username, password)


def _check_flags(flags: int) -> None:
    """Check the flags of a CONNECT (3.1.2.3)."""
    if flags & 0x01:
        raise MalformedPacket("MQTT-3.1.2-3", "the reserved flag of CONNECT is not 0")
    if not flags & 0x04 and flags & 0x38:
        raise MalformedPacket("MQTT-3.1.2-11", "CONNECT has a QoS or RETAIN of a will, and no will")
    if flags >> 3 & 3 == _RESERVED_QOS:
        raise MalformedPacket("MQTT-3.1.2-14", "the QoS of the will is 3")
    if flags & 0xC0 == 0x40:  # noqa: PLR2004 (the two bits for user name and password)
        raise MalformedPacket("MQTT-3.1.2-22", "CONNECT has a password, and no user name")


def _connack(_: int, data: bytes, start: int, end: int) -> Packet:
    _exactly(PacketKind.CONNACK, 2, start, end)
    flags, code = data[start], data[start + 1]
    if flags > 1:
        raise MalformedPacket("section 3.2.2.1", "the reserved flags of CONNACK are not 0")
    if code >= _FIRST_CODE_BEYOND:
        raise MalformedPacket("section 3.2.2.3", f"the return code {code} is reserved")
    if flags and code:
        raise MalformedPacket("MQTT-3.2.2-4", "CONNACK refuses the connection and has a session")
    return ConnackPacket(bool(flags), ConnectCode(code))


def _publish(first: int, data: bytes, start: int, end: int) -> Packet:
    qos = first >> 1 & 3
    if qos == _RESERVED_QOS:
        raise MalformedPacket("MQTT-3.3.1-4", "the QoS is 3")
    topic, place = _text(data, start, end, "the topic")
    if not qos:
        if first & 0x08:
            raise MalformedPacket("MQTT-3.3.1-2", "the flag DUP is set at QoS 0")
        return PublishPacket(topic, data[place:end], 0, bool(first & 1))
    packet_id = _packet_id(data, place, end)
    return PublishPacket(topic, data[place + 2 : end], qos, bool(first & 1), bool(first & 0x08), packet_id)


def _subscribe(_: int, data: bytes, start: int, end: int) -> Packet:
    packet_id, place = _packet_id(data, start, end), start + 2
    filters = []
    while place < end:
        wanted, place = _text(data, place, end, "a topic filter")
        if place == end:
            raise MalformedPacket("section 3.8.3", "a topic filter has no QoS")
        qos = data[place]
        if qos >= _RESERVED_QOS:
            raise MalformedPacket("MQTT-3-8.3-4", "the QoS of a subscription is not 0, 1 or 2")
        filters.append((wanted, qos))
        place += 1
    if not filters:
        raise MalformedPacket("MQTT-3.8.3-3", "SUBSCRIBE has no topic filter")
    return SubscribePacket(packet_id, tuple(filters))


def _suback(_: int, data: bytes, start: int, end: int) -> Packet:
    packet_id, codes = _packet_id(data, start, end), tuple(data[start + 2 : end])
    if not codes or any(code >= _RESERVED_QOS and code != SUBSCRIPTION_FAILED for code in codes):
        raise MalformedPacket("MQTT-3.9.3-2", "SUBACK has no return code, or a reserved one")
    return SubackPacket(packet_id, codes)


def _unsubscribe(_: int, data: bytes, start: int, end: int) -> Packet:
    packet_id, place = _packet_id(data, start, end), start + 2
    filters = []
    while place < end:
        unwanted, place = _text(data, place, end, "a topic filter")
        filters.append(unwanted)
    if not filters:
        raise MalformedPacket("MQTT-3.10.3-2", "UNSUBSCRIBE has no topic filter")
    return UnsubscribePacket(packet_id, tuple(filters))


_Decode = Callable[[int, bytes, int, int], Packet]


def _numbered(kind: PacketKind, build: Callable[[int], Packet]) -> _Decode:
    """Return the decoder of a packet that has only a packet id."""

    def decode_numbered(_: int, data: bytes, start: int, end: int) -> Packet:
        packet_id = data[start] << 8 | data[start + 1] if end - start == 2 else 0  # noqa: PLR2004 (16 bits)
        if not packet_id:
            _exactly(kind, 2, start, end)
            raise MalformedPacket("MQTT-2.3.1-1", "the packet id is 0")
        return build(packet_id)

    return decode_numbered


def _empty(kind: PacketKind, packet: Packet) -> _Decode:
    """Return the decoder of a packet that has only a fixed header."""

    def decode_empty(_: int, data: bytes, start: int, end: int) -> Packet:  # noqa: ARG001 (as the others)
        _exactly(kind, 0, start, end)
        return packet

    return decode_empty


def _illegal(first: int, data: bytes, start: int, end: int) -> Packet:  # noqa: ARG001 (as the others)
    """Raise the error for a first byte that this side may not send (2.2.1, 2.2.2)."""
    kind = first >> 4
    if kind not in _BY_KIND:
        raise MalformedPacket("section 2.2.1", f"the packet type {kind} is reserved")
    if first & 0x0F != _BY_KIND[kind][0] and kind != PacketKind.PUBLISH:
        raise MalformedPacket("MQTT-2.2.2-2", f"the reserved flags of {PacketKind(kind).name} are wrong")
    raise MalformedPacket("section 2.2.1", f"{PacketKind(kind).name} is not sent by this side")


_BOTH = frozenset(Sender)
_FROM_CLIENT, _FROM_SERVER = frozenset({Sender.CLIENT}), frozenset({Sender.SERVER})
_BY_KIND: dict[int, tuple[int, frozenset[Sender], _Decode]] = {
    # the reserved flags, the sides that send it, and its decoder
    PacketKind.CONNECT: (0, _FROM_CLIENT, _connect),
    PacketKind.CONNACK: (0, _FROM_SERVER, _connack),
    PacketKind.PUBLISH: (0, _BOTH, _publish),
    PacketKind.PUBACK: (0, _BOTH, _numbered(PacketKind.PUBACK, PubackPacket)),
    PacketKind.PUBREC: (0, _BOTH, _numbered(PacketKind.PUBREC, PubrecPacket)),
    PacketKind.PUBREL: (2, _BOTH, _numbered(PacketKind.PUBREL, PubrelPacket)),
    PacketKind.PUBCOMP: (0, _BOTH, _numbered(PacketKind.PUBCOMP, PubcompPacket)),
    PacketKind.SUBSCRIBE: (2, _FROM_CLIENT, _subscribe),
    PacketKind.SUBACK: (0, _FROM_SERVER, _suback),
    PacketKind.UNSUBSCRIBE: (2, _FROM_CLIENT, _unsubscribe),
    PacketKind.UNSUBACK: (0, _FROM_SERVER, _numbered(PacketKind.UNSUBACK, UnsubackPacket)),
    PacketKind.PINGREQ: (0, _FROM_CLIENT, _empty(PacketKind.PINGREQ, PingreqPacket())),
    PacketKind.PINGRESP: (0, _FROM_SERVER, _empty(PacketKind.PINGRESP, PingrespPacket())),
    PacketKind.DISCONNECT: (0, _FROM_CLIENT, _empty(PacketKind.DISCONNECT, DisconnectPacket())),
}


def _decoder(first: int, sender: Sender) -> _Decode:
    flags, senders, decoder = _BY_KIND.get(first >> 4, (0, frozenset[Sender](), _illegal))
    legal = first >> 4 == PacketKind.PUBLISH or first & 0x0F == flags
    return decoder if legal and sender in senders else _illegal


_DECODERS = {sender: tuple(_decoder(first, sender) for first in range(256)) for sender in Sender}
"""For each side, the decoder for each value of the first byte."""
