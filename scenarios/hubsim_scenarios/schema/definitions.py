"""Shared parts of the schema: a piece that occurs several times is defined once, under a name.

Owns the names. The same vocabulary gives the same names in the same order.
"""

import re
from typing import Any

import msgspec

Schema = dict[str, Any]
"""A piece of JSON Schema, draft 7."""

SHARED_FROM_CHARS = 120
"""Shorter pieces are not shared: a reference would not make the schema smaller."""

_NO_NAME = re.compile(r"[^a-z0-9]+")


class Definitions:
    """Pieces of schema by name, without duplicates."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}
        self._names: dict[bytes, str] = {}

    def share(self, hint: str, schema: Schema) -> Schema:
        """Return a reference to the piece, or the piece itself if it is short. `hint` becomes its name."""
        content = msgspec.json.encode(schema)
        if len(content) < SHARED_FROM_CHARS:
            return schema
        name = self._names.get(content)
        if name is None:
            name = self._names[content] = self._free(_NO_NAME.sub("_", hint.lower()).strip("_"))
            self.named[name] = schema
        return {"$ref": f"#/definitions/{name}"}

    def _free(self, hint: str) -> str:
        name, number = hint, 1
        while name in self.named:
            number += 1
            name = f"{hint}_{number}"
        return name
