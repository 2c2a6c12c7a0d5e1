"""The table of what stands beside the domain: sessions, the event stream, health, metrics, explanations."""

from typing import Any

import msgspec

from cloud.http import accounts, explanations, health
from cloud.http.endpoints import Handler
from cloud.http.events import events_handler
from cloud.http.examples import Example
from cloud.http.routes import PREFIX, Caller
from cloud.http.settings import HttpSettings


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """One row: what answers a method on a path, and what the OpenAPI document says about it."""

    method: str
    path: str
    handler: Handler
    tag: str
    caller: Caller = Caller.ANYBODY
    status: int = 200
    body: type[msgspec.Struct] | None = None
    answer: Any = None
    """A type, or the media type of an answer that is no JSON; None: the answer is empty."""
    problems: tuple[int, ...] = (400, 404, 409, 413, 415, 422, 503)
    """The statuses of the problems that it can answer with."""
    may_wait: bool = False
    """Whether 503 is an ordinary answer, of the same type."""
    example: Example | None = None
    """None: the one of the handler's name in `EXAMPLES`, if there is one."""


SERVICE = "Service"
EVENTS = "Events"


_SESSIONS = (
    Door(
        method="POST",
        path=f"{PREFIX}/sessions",
        handler=accounts.sign_in,
        tag="Account",
        status=201,
        body=accounts.Credentials,
        answer=accounts.NewSession,
        problems=(400, 401, 413, 415, 422, 503),
    ),
    Door(
        method="GET",
        path=f"{PREFIX}/session",
        handler=accounts.show_session,
        tag="Account",
        caller=Caller.PERSON,
        answer=accounts.SessionView,
        problems=(401, 403, 413, 422),
    ),
    Door(
        method="DELETE",
        path=f"{PREFIX}/session",
        handler=accounts.sign_out,
        tag="Account",
        caller=Caller.PERSON,
        status=204,
        problems=(401, 403, 413, 422, 503),
    ),
)
_SERVICE = (
    Door(
        method="GET",
        path="/health/live",
        handler=health.show_life,
        tag=SERVICE,
        answer=health.Alive,
        problems=(413,),
    ),
    Door(
        method="GET",
        path="/health/ready",
        handler=health.show_readiness,
        tag=SERVICE,
        answer=health.Readiness,
        problems=(413,),
        may_wait=True,
    ),
    Door(
        method="GET",
        path="/metrics",
        handler=health.show_metrics,
        tag=SERVICE,
        answer="text/plain",
        problems=(413,),
    ),
    Door(
        method="GET",
        path="/problems/{name}",
        handler=explanations.show_problem,
        tag=SERVICE,
        answer=explanations.Explanation,
        problems=(404, 413),
    ),
)


def doors(settings: HttpSettings) -> tuple[Door, ...]:
    """Return the table."""
    events = Door(
        method="GET",
        path=f"{PREFIX}/events",
        handler=events_handler(settings),
        tag=EVENTS,
        caller=Caller.PERSON,
        answer="text/event-stream",
        problems=(400, 401, 403, 413, 422, 503),
    )
    return (*_SESSIONS, events, *_SERVICE)
