"""The parts that all cores share: time, common events, and the interface of a core.

A core (the agent, the cloud engine, the carrier) never reads a clock, a socket, a file or a random source.
It receives an event and the time, and returns effects as values. Two kinds of shell perform the effects:
the virtual world (discrete events) and the live one (asyncio).
"""

from typing import NamedTuple, Protocol, TypeVar

import msgspec


class Now(NamedTuple):
    """The two clocks, in integer milliseconds.

    `mono_ms` is for I/O (retries, keepalive) and has no epoch. `world_ms` is the business clock, in
    milliseconds since 1970-01-01T00:00Z; it only moves forward, and may jump.
    """

    mono_ms: int
    world_ms: int


class Start(msgspec.Struct, frozen=True):
    """Connect to the broker. The first event of a core; the carrier also receives it after each `Stop`."""


class Stop(msgspec.Struct, frozen=True):
    """Disconnect from the broker and stop. Nothing is lost, with or without it."""


class Wake(msgspec.Struct, frozen=True):
    """The instant returned by `Core.due` has come. It may come late, never early."""


EventT_contra = TypeVar("EventT_contra", contravariant=True)
EffectT = TypeVar("EffectT")


class Core(Protocol[EventT_contra, EffectT]):
    """Events and the time in, effects out. Each core documents which axis of `Now` its timer uses."""

    def handle(self, event: EventT_contra, now: Now) -> list[EffectT]:
        """Handle one event; return the effects in the order in which they must be performed."""
        ...

    def due(self) -> int | None:
        """Return the instant of the next `Wake`, or None if none is needed."""
        ...
