"""One row of the table of the lab's routes."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.requests import read_body, read_json
from hubsim_cloud.lab.world_control import WorldControl

T = TypeVar("T", bound=msgspec.Struct)
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
    body: type[msgspec.Struct] | str | None
    """A type, or the media type of a file."""
    answer: type[msgspec.Struct] | str | None
    """A type, or the media type of a stream."""
    query: type[msgspec.Struct] | None = None
    """The parameters of the query string, without those of pages."""
    paged: bool = False
    may_be_empty: bool = False
    """Whether it can also succeed with 204, without a body."""
    events: Mapping[str, type[msgspec.Struct]] = {}
    """The events of a stream by name, each with the type of its data."""
    body_limit_bytes: int | None = None
    """None: that of all requests."""


async def read_sent(request: Request, kind: type[T]) -> T:
    """Return the body of a request as this type. Problems: those of `read_body` and `read_json`."""
    decoder = msgspec.json.Decoder(kind)
    return read_json(decoder, await read_body(request), kind.__struct_fields__)


def in_path(request: Request, name: str) -> str:
    """Return a variable of the path."""
    return str(request.scope["path_params"][name])


def in_world(handler: WorldHandler) -> RowHandler:
    """Return the handler of a row for a function that needs the control of the request's world."""

    @wraps(handler)
    async def handle(at: WorldAccess, request: Request, world: ServedWorld) -> Response:
        return await handler(at.control(world), request, world)

    return handle
