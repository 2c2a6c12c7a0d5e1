"""A message of the contract that the device published, as far as its fields are valid."""

from typing import Any

import msgspec

from hubsim_conform.evidence.payloads import PayloadFault, read_payload
from hubsim_contract.mqtt.codec.packets import PublishPacket
from hubsim_contract.wire.topics import HUB_KINDS, MessageKind, Topics

SENT_BY_HUBS = frozenset({MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS})
assert SENT_BY_HUBS <= HUB_KINDS


class DeviceMessage(msgspec.Struct, frozen=True):
    """A report, a presence or an event of the device."""

    kind: MessageKind
    fields: dict[str, Any]
    """The valid fields, with defaults."""
    faults: tuple[PayloadFault, ...]

    def get(self, *names: str) -> Any:
        """Return a field, or a field of a part; None if it is not valid."""
        found: Any = self.fields
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def pair(self, second: str) -> tuple[int, int] | None:
        """Return (boot, `second`), or None if one of them is not valid."""
        boot, number = self.fields.get("boot"), self.fields.get(second)
        return None if boot is None or number is None else (boot, number)


def read_device_message(hub: str, topics: Topics, packet: PublishPacket) -> DeviceMessage | None:
    """Return the message in a PUBLISH of a device; None on a topic that no hub publishes to."""
    address = topics.read(packet.topic)
    if address is None or address.kind not in SENT_BY_HUBS or address.subject != hub:
        return None
    fields, faults = read_payload(address.kind, hub, packet.payload)
    return DeviceMessage(address.kind, fields, faults)
