"""What every core shares: the time it is given, the events every core knows, and its interface.

A core (the agent, the cloud engine, the carrier) never reads a clock, a socket, a file or a random
source. It receives an event and the time, and answers with effects as values. Two kinds of shell
carry the effects out: the virtual world (discrete events) and the live one (asyncio).
"""

from typing import NamedTuple, Protocol, TypeVar

import msgspec


class Now(NamedTuple):
    """The two clocks, in integer milliseconds.

    `mono_ms` is for I/O (retries, keepalive) and has no epoch. `world_ms` is the business clock,
    milliseconds since 1970-01-01T00:00Z; it moves forward only, and may jump.
    """

    mono_ms: int
    world_ms: int


class Start(msgspec.Struct, frozen=True):
    """Begin: connect to the broker. A core receives it first; the carrier again after each `Stop`."""


class Stop(msgspec.Struct, frozen=True):
    """End in order: say goodbye to the broker. Nothing is lost by it, or without it."""


class Wake(msgspec.Struct, frozen=True):
    """The instant named by `Core.due` has come. It may come late, never early."""


EventT_contra = TypeVar("EventT_contra", contravariant=True)
EffectT = TypeVar("EffectT")


class Core(Protocol[EventT_contra, EffectT]):
    """An event and the time in, effects out. Each core says which axis of `Now` its timer uses."""

    def handle(self, event: EventT_contra, now: Now) -> list[EffectT]:
        """Take one event and answer with what has to be done about it, in order."""
        ...

    def due(self) -> int | None:
        """Return the earliest instant at which the core wants a `Wake`, or None for never."""
        ...
