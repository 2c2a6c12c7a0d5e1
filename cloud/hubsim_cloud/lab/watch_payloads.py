"""The answers about the live state of a world: faults, deadlines, cards and orders."""

import msgspec


class ArmedView(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that waits for messages or orders."""

    id: str
    """For `DELETE /lab/faults/{fault}`, and in the events of the watch."""
