"""The events of a tap as JSON objects and as lines for a terminal. Pure.

Texts of peers are shown without control characters in lines, so that no client can change the terminal.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from hubsim_contract.mqtt.codec.packets import (
    SUBSCRIPTION_FAILED,
    ConnackPacket,
    ConnectPacket,
    Packet,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)
from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.printable import printable
from hubsim_contract.wire.topics import TopicAddress
from hubsim_simulator.tap.tap_events import (
    BytesSeen,
    ConnectionCut,
    ConnectionOpened,
    PacketReleased,
    PacketSeen,
    SideEnded,
    TapEvent,
)

PAYLOAD_CHARS_MAX = 200
"""The characters of a payload in a line. JSON has the whole payload."""
HEX_BYTES_MAX = 24
"""The bytes of undecoded data in a line. JSON has all of them."""
_SIDES = {Sender.CLIENT: "to_broker", Sender.SERVER: "to_client"}
_ARROWS = {Sender.CLIENT: "->", Sender.SERVER: "<-"}
_US = 1_000_000
_LEFT_OUT = frozenset({"hub", "contract"})
"""Fields of messages that repeat what the line shows already."""


def as_json(event: TapEvent) -> dict[str, Any]:
    """Return an event as a flat mapping of JSON values; absent facts have no key. Never a password."""
    base: dict[str, Any] = {
        "event": _EVENT_NAMES[type(event)],
        "mono_us": event.at.mono_us,
        "wall_us": event.at.wall_us,
        "connection": event.connection,
    }
    if isinstance(event, ConnectionOpened):
        return base | {"client_host": event.client_address.host, "client_port": event.client_address.port}
    base |= {} if event.client_id is None else {"client": event.client_id}
    match event:
        case ConnectionCut(reason=reason):
            return base | {"reason": reason}
        case SideEnded(sender=sender, reset=reset):
            return base | {"by": sender.name.lower(), "reset": reset}
        case PacketReleased(sender=sender, size_bytes=size_bytes):
            return base | {"direction": _SIDES[sender], "bytes": size_bytes}
        case BytesSeen(sender=sender, data=data, reason=reason, begins=begins):
            facts = {"direction": _SIDES[sender], "bytes": len(data), "data_hex": data.hex()}
            return base | facts | {"reason": reason, "begins": begins}
        case PacketSeen():
            return base | _packet_facts(event)


def _packet_facts(event: PacketSeen) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "direction": _SIDES[event.sender],
        "kind": "RESERVED" if event.kind is None else event.kind.name,
        "bytes": len(event.frame),
    }
    if event.packet is not None:
        facts |= _fields(event.packet)
    else:
        facts["data_hex"] = event.frame.hex()
    if event.topics and not isinstance(event.packet, PublishPacket | ConnectPacket | SubscribePacket):
        facts["about"] = list(event.topics)
    if event.address is not None:
        facts |= {"message": event.address.kind.value, "subject": event.address.subject}
        violation = _violation(event)
        facts |= {} if violation is None else {"violation": violation}
    if event.malformed is not None:
        facts |= {"malformed": event.malformed.detail, "rule": event.malformed.rule}
    if event.fault is not None:
        facts |= {"fault": str(event.fault), "action": event.fault.action.value}
    return facts


def _fields(packet: Packet) -> dict[str, Any]:
    """Return the fields of a packet as JSON values."""
    match packet:
        case ConnectPacket(will=will, password=password):
            facts: dict[str, Any] = {
                "clean": packet.clean,
                "keepalive_s": packet.keepalive_s,
                "password": password is not None,
            }
            facts |= {} if packet.username is None else {"username": packet.username}
            if will is not None:
                shown = {"topic": will.topic, "qos": will.qos, "retain": will.retain}
                facts["will"] = shown | _payload(will.payload)
            return facts
        case PublishPacket(topic=topic, payload=payload):
            facts = {"topic": topic, "qos": packet.qos, "retain": packet.retain, "dup": packet.dup}
            facts |= {"packet_id": packet.packet_id} if packet.qos else {}
            return facts | _payload(payload)
        case ConnackPacket(session_present=session_present, code=code):
            return {"session_present": session_present, "code": int(code), "result": code.name.lower()}
    return {name: msgspec.to_builtins(getattr(packet, name)) for name in packet.__struct_fields__}


def _payload(payload: bytes) -> dict[str, Any]:
    try:
        return {"payload": payload.decode()}
    except UnicodeDecodeError:
        return {"payload_hex": payload.hex()}


def _violation(event: PacketSeen) -> str | None:
    """Return how the payload breaks the contract, if it does. An empty one deletes a retained message."""
    if not isinstance(event.packet, PublishPacket) or event.address is None or not event.packet.payload:
        return None
    try:
        decode(event.address.kind, event.packet.payload)
    except ContractError as error:
        return f"{error.rule}: {error}"
    return None


_EVENT_NAMES: dict[type[TapEvent], str] = {
    ConnectionOpened: "opened",
    PacketSeen: "packet",
    BytesSeen: "undecoded",
    PacketReleased: "released",
    SideEnded: "ended",
    ConnectionCut: "cut",
}

# ------------------------------------------------------------------ lines


class TapLine(msgspec.Struct, frozen=True):
    """One line for a terminal, in parts."""

    time: str
    """The wall time in UTC, with microseconds."""
    client: str
    """The number of the connection, and the name of the client."""
    arrow: str
    """`->` to the broker, `<-` to the client, `--` for the connection."""
    what: str
    """The kind of packet or event."""
    essentials: str
    trouble: str = ""
    """A fault, a violation, or the reason why something is undecoded."""

    def __str__(self) -> str:
        parts = (self.time, f"{self.client:<16}", self.arrow, f"{self.what:<11}", self.essentials)
        return "  ".join((*parts, self.trouble)).rstrip()


def as_line(event: TapEvent, names: dict[str, str]) -> TapLine:
    """Return the line of an event. `names` gives names to hub ids."""
    time = datetime.fromtimestamp(event.at.wall_us / _US, UTC).strftime("%H:%M:%S.%f")
    if isinstance(event, ConnectionOpened):
        host, port = event.client_address
        return TapLine(time, f"#{event.connection}", "--", "opened", f"from {host} port {port}")
    client = f"#{event.connection} {printable(event.client_id or '')}".rstrip()
    match event:
        case ConnectionCut(reason=reason):
            return TapLine(time, client, "--", "cut", "", printable(reason))
        case SideEnded(sender=sender, reset=reset):
            side = "the client" if sender is Sender.CLIENT else "the broker"
            text = f"{side} {'reset the connection' if reset else 'ended its stream'}"
            return TapLine(time, client, "--", "ended", text)
        case PacketReleased(sender=sender, size_bytes=size_bytes):
            return TapLine(time, client, _ARROWS[sender], "released", f"{size_bytes} bytes")
        case BytesSeen(sender=sender, data=data, reason=reason):
            return TapLine(time, client, _ARROWS[sender], "undecoded", _hex(data), printable(reason))
        case PacketSeen(sender=sender, kind=kind):
            what = "RESERVED" if kind is None else kind.name
            return TapLine(time, client, _ARROWS[sender], what, _essentials(event, names), _trouble(event))


def _essentials(event: PacketSeen, names: dict[str, str]) -> str:
    about = _subject(event.address, names) or printable(" ".join(event.topics))
    match event.packet:
        case None:
            return _hex(event.frame)
        case PublishPacket(topic=topic, payload=payload):
            flags = [f"q{event.packet.qos}"]
            flags += [f"id {event.packet.packet_id}"] if event.packet.qos else []
            flags += ["retain"] if event.packet.retain else []
            flags += ["dup"] if event.packet.dup else []
            where = about if event.address is not None else printable(topic)
            return f"{where}  {' '.join(flags)}  {_shown_payload(event.address, payload)}".rstrip()
        case ConnectPacket():
            return _connect_line(event.packet)
        case ConnackPacket(session_present=present, code=code):
            return f"{code.name.lower()}{', session present' if present else ''}"
        case SubscribePacket(packet_id=packet_id, filters=filters):
            wanted = " ".join(f"{printable(each)} q{qos}" for each, qos in filters)
            return f"id {packet_id}  {wanted}"
        case SubackPacket(packet_id=packet_id, codes=codes):
            granted = " ".join("refused" if code == SUBSCRIPTION_FAILED else f"q{code}" for code in codes)
            return f"id {packet_id}  {granted}  {about}".rstrip()
    numbered = getattr(event.packet, "packet_id", None)
    return "" if numbered is None else f"id {numbered}  {about}".rstrip()


def _connect_line(packet: ConnectPacket) -> str:
    parts = ["clean" if packet.clean else "kept session", f"keepalive {packet.keepalive_s} s"]
    if packet.username is not None:
        with_password = " with a password" if packet.password is not None else ""
        parts.append(f"user {printable(packet.username)}{with_password}")
    if packet.will is not None:
        retain = " retain" if packet.will.retain else ""
        parts.append(f"will {printable(packet.will.topic)} q{packet.will.qos}{retain}")
    return ", ".join(parts)


def _trouble(event: PacketSeen) -> str:
    parts = []
    if event.malformed is not None:
        parts.append(f"malformed: {event.malformed}")
    violation = _violation(event)
    if violation is not None:
        parts.append(f"violates {violation}")
    if event.fault is not None:
        parts.append(f"fault: {event.fault}")
    return printable("; ".join(parts))


def _subject(address: TopicAddress | None, names: dict[str, str]) -> str:
    if address is None:
        return ""
    if not address.subject:
        return address.kind.value
    return f"{address.kind.value} of {names.get(address.subject, address.subject)}"


def _shown_payload(address: TopicAddress | None, payload: bytes) -> str:
    """Return a payload of the contract as `name=value`, another one as text or hex; long ones are cut."""
    if not payload:
        return "(empty)"
    text = None
    if address is not None:
        try:
            message = msgspec.to_builtins(decode(address.kind, payload))
        except ContractError:
            pass
        else:
            fields = ((name, value) for name, value in message.items() if name not in _LEFT_OUT)
            text = " ".join(f"{name}={_scalar(value)}" for name, value in fields)
    if text is None:
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            return _hex(payload)
    cut = text if len(text) <= PAYLOAD_CHARS_MAX else f"{text[:PAYLOAD_CHARS_MAX]}... ({len(payload)} bytes)"
    return printable(cut)


def _scalar(value: object) -> str:
    return value if isinstance(value, str) and " " not in value else msgspec.json.encode(value).decode()


def _hex(data: bytes) -> str:
    more = f"... ({len(data)} bytes)" if len(data) > HEX_BYTES_MAX else ""
    return data[:HEX_BYTES_MAX].hex(" ") + more
