"""The common shape of all answers to queries."""

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. Names are stable, booleans are booleans, instants end in `_ms` and are world time."""
