"""The base class of all views."""

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a query. Names are stable; fields that end in `_ms` are instants of world time."""
