"""AsyncAPI documents of the contract: one for a program that is a hub, one for a carrier."""

from typing import Any

import msgspec
import yaml

from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, SHAPES, encode
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.limits import PING_MAX_S, PING_MIN_S
from hubsim_contract.wire.messages import CONTRACT_VERSION, Presence
from hubsim_contract.wire.topics import CARRIER_KINDS, DEFAULT_PREFIX, RETAINED, MessageKind, Topics
from hubsim_scenarios.contract_export.message_examples import EXAMPLE_BOOT, EXAMPLE_HUB, EXAMPLES
from hubsim_scenarios.contract_export.wire_schemas import schema_components

ASYNCAPI_VERSION = "3.1.0"
BINDING_VERSION = "0.2.0"
_QOS = 1
_SENT_BY_HUB = (MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS)
_CARRIER = "carrier"
_PARAMETERS: dict[str, dict[str, Any]] = {
    "{prefix}": {
        "prefix": {
            "description": "The first levels of all topics; in a lab world with the name of the world.",
            "default": DEFAULT_PREFIX,
            "examples": [DEFAULT_PREFIX, f"{DEFAULT_PREFIX}/spring"],
        }
    },
    "{hub}": {"hub": {"description": f"The number of the hub, {HUB_ID.pattern}.", "examples": [EXAMPLE_HUB]}},
    "{iccid}": {"iccid": {"description": "The number of the card (ITU-T E.118), 19 or 20 digits."}},
}


def hub_document() -> str:
    """Return the document for a program that is a hub, in YAML."""
    kinds = tuple(kind for kind in MessageKind if kind not in CARRIER_KINDS)
    will = EXAMPLES[MessageKind.PRESENCE]
    assert isinstance(will, Presence)
    offline = msgspec.structs.replace(will, online=False, boot=EXAMPLE_BOOT)
    binding = {
        "clientId": f"hub-{EXAMPLE_HUB}",
        "cleanSession": True,
        "lastWill": {
            "topic": Topics().of(MessageKind.PRESENCE, EXAMPLE_HUB),
            "qos": _QOS,
            "message": encode(offline).decode(),
            "retain": True,
        },
        "keepAlive": 60,
        "bindingVersion": BINDING_VERSION,
    }
    about = (
        "What a hub sends and receives. Client id, will and topics below are those of one hub. The keepalive "
        f"is `ping_s` of the applied document, {PING_MIN_S} to {PING_MAX_S} s."
    )
    return _document("hub", about, binding, kinds, _SENT_BY_HUB)


def carrier_document() -> str:
    """Return the document for a program that is a carrier, in YAML."""
    binding = {
        "clientId": _CARRIER,
        "cleanSession": True,
        "keepAlive": 60,
        "bindingVersion": BINDING_VERSION,
    }
    about = "What a carrier sends and receives: it executes orders of the cloud, and confirms them."
    kinds = tuple(kind for kind in MessageKind if kind in CARRIER_KINDS)
    return _document("carrier", about, binding, kinds, (MessageKind.CONFIRMATION,))


def _document(
    party: str,
    about: str,
    binding: dict[str, Any],
    kinds: tuple[MessageKind, ...],
    sent: tuple[MessageKind, ...],
) -> str:
    shapes = tuple(SHAPES[kind] for kind in kinds)
    document = {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": f"hubsim contract over MQTT, for a {party}",
            "version": f"{CONTRACT_VERSION}.0.0",
            "description": f"{about} Rules, bounds and texts are in docs/contract.md.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "localhost:1883",
                "protocol": "mqtt",
                "protocolVersion": "3.1.1",
                "description": "The broker of `hubsim up`. With TLS the protocol is mqtts.",
                "security": [{"$ref": "#/components/securitySchemes/login"}],
                "bindings": {"mqtt": binding},
            }
        },
        "channels": {kind.value: _channel(kind) for kind in kinds},
        "operations": {
            f"{'send' if kind in sent else 'receive'}_{kind.value}": _operation(kind, send=kind in sent)
            for kind in kinds
        },
        "components": {
            "securitySchemes": {
                "login": {
                    "type": "userPassword",
                    "description": "With a keyring. The user of a hub is its number.",
                }
            },
            "messages": {kind.value: _message(kind) for kind in kinds},
            "schemas": schema_components(shapes, "#/components/schemas/{name}"),
        },
    }
    return str(yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100))


class _Plain(yaml.SafeDumper):
    """Writes no anchors: equal parts are written twice."""

    def ignore_aliases(self, data: object) -> bool:
        """Return True for all data."""
        del data
        return True


def _channel(kind: MessageKind) -> dict[str, Any]:
    subject = "{iccid}" if kind in CARRIER_KINDS else "{hub}"
    address = "{prefix}/" + Topics().of(kind, subject).removeprefix(f"{DEFAULT_PREFIX}/")
    parameters: dict[str, Any] = {}
    for placeholder, parameter in _PARAMETERS.items():
        if placeholder in address:
            parameters |= parameter
    return {
        "address": address,
        "messages": {kind.value: {"$ref": f"#/components/messages/{kind.value}"}},
        "parameters": parameters,
    }


def _operation(kind: MessageKind, *, send: bool) -> dict[str, Any]:
    return {
        "action": "send" if send else "receive",
        "channel": {"$ref": f"#/channels/{kind.value}"},
        "summary": _summary(kind),
        "bindings": {
            "mqtt": {"qos": _QOS, "retain": kind in RETAINED, "bindingVersion": BINDING_VERSION}
            if send
            else {"qos": _QOS, "bindingVersion": BINDING_VERSION}
        },
        "messages": [{"$ref": f"#/channels/{kind.value}/messages/{kind.value}"}],
    }


def _message(kind: MessageKind) -> dict[str, Any]:
    shape = SHAPES[kind]
    kept = "Retained." if kind in RETAINED else "Not retained."
    return {
        "name": shape.__name__,
        "summary": _summary(kind),
        "description": f"At most {MAX_PAYLOAD_BYTES} bytes. {kept}",
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{shape.__name__}"},
        "examples": [{"name": "typical", "payload": msgspec.to_builtins(EXAMPLES[kind])}],
    }


def _summary(kind: MessageKind) -> str:
    return (SHAPES[kind].__doc__ or "").partition("\n\n")[0]
