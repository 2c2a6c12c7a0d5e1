"""One row of the table of the lab's routes."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.lab.world_control import WorldControl

RowHandler = Callable[[Any, Request, ServedWorld], Awaitable[Response]]
WorldHandler = Callable[[WorldControl, Request, ServedWorld], Awaitable[Response]]


class WorldAccess(Protocol):
    """The owner of the worlds."""

    def control(self, world: ServedWorld) -> WorldControl:
        """Return the control of a world. Raises `NotThere`."""
        ...


class LabRoute(NamedTuple):
    """One row of the table of the lab's routes."""

    method: str
    path: str
    handler: RowHandler
    """Gets the owner of the worlds first."""
    status: int
    body: type[msgspec.Struct] | None
    answer: type[msgspec.Struct] | str | None
    """A type, or the media type of a stream."""
    query: type[msgspec.Struct] | None = None
    """The parameters of the query string, without those of pages."""
    paged: bool = False
    may_be_empty: bool = False
    """Whether it can also succeed with 204, without a body."""
    events: Mapping[str, type[msgspec.Struct]] = {}
    """The events of a stream by name, each with the type of its data."""


def in_world(handler: WorldHandler) -> RowHandler:
    """Return the handler of a row for a function that needs the control of the request's world."""

    @wraps(handler)
    async def handle(at: WorldAccess, request: Request, world: ServedWorld) -> Response:
        return await handler(at.control(world), request, world)

    return handle
