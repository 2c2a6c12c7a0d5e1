"""The JSON Schema (2020-12) of each message, for its sender: with forms and ranges, open for new fields.

A receiver is more tolerant: it takes a message with a value of a wrong form (`wire.value_forms`). A schema
cannot express the check digit of an ICCID, nor conditions between fields.
"""

from enum import StrEnum
from typing import Any

import msgspec

from hubsim_contract.docstrings import documented_texts
from hubsim_contract.wire import messages
from hubsim_contract.wire.codec import SHAPES
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.limits import BATTERY_FULL_PERCENT, BATTERY_STEP_PERCENT, DETAIL_CHARS_MAX
from hubsim_contract.wire.topics import MessageKind
from hubsim_contract.wire.value_forms import KIND

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ICCID = "89[0-9]{17,18}"
_FORMS: dict[str, Schema] = {
    "contract": {"minimum": messages.OLDEST_ACCEPTED, "maximum": messages.NEWEST_ACCEPTED},
    "hub": {"pattern": f"^{HUB_ID.pattern}$"},
    "iccid": {"pattern": f"^{_ICCID}$"},
    "slot": {"minimum": 1},
    "channels": {"uniqueItems": True},
    "sims": {"uniqueItems": True},
    "battery_percent": {
        "minimum": 0,
        "maximum": BATTERY_FULL_PERCENT,
        "multipleOf": BATTERY_STEP_PERCENT,
    },
    "kind": {"pattern": f"^{KIND.pattern}$"},
    "detail": {"maxLength": DETAIL_CHARS_MAX},
}
"""What the types of the fields do not express, by the name of the field; a name means the same everywhere."""


def message_schema(kind: MessageKind) -> Schema:
    """Return the schema of one kind of message, complete in itself."""
    shape = SHAPES[kind]
    components = schema_components((shape,), "#/$defs/{name}")
    root = components.pop(shape.__name__)
    return {"$schema": DIALECT, **root, "$defs": components} if components else {"$schema": DIALECT, **root}


def schema_components(shapes: tuple[type[msgspec.Struct], ...], ref_template: str) -> dict[str, Schema]:
    """Return the schemas of messages and of their parts by name."""
    _, components = msgspec.json.schema_components(shapes, ref_template=ref_template)
    for name, schema in components.items():
        definition = getattr(messages, name)
        if issubclass(definition, StrEnum):
            schema["enum"] = [word.value for word in definition]
            continue
        texts, fields = documented_texts(definition), schema["properties"]
        for field, found in fields.items():
            fields[field] = _field(found, field, texts.get(field, ""))
    return dict(components)


def _field(schema: Schema, name: str, text: str) -> Schema:
    """Return the schema of a field with its description and form; a reference is in a list, as in draft 7."""
    ref = schema.pop("$ref", None)
    described = {"description": text} if text else {}
    referred = {} if ref is None else {"allOf": [{"$ref": ref}]}
    return {**described, **referred, **schema, **_FORMS.get(name, {})}
