"""The table of routes outside the domain: sessions, the event stream, health, metrics, explanations."""

from collections.abc import Mapping
from typing import Any

import msgspec

from hubsim_cloud.http import accounts, devices, health, problem_pages
from hubsim_cloud.http.endpoints import Handler
from hubsim_cloud.http.events import events_handler
from hubsim_cloud.http.examples import ApiExample
from hubsim_cloud.http.routes import PREFIX, Caller, Tag
from hubsim_cloud.http.server_sent import MEDIA_TYPE
from hubsim_cloud.http.settings import HttpSettings


class SystemRoute(msgspec.Struct, frozen=True, kw_only=True):
    """One row: the handler of a method on a path, and its description in the OpenAPI document."""

    method: str
    path: str
    handler: Handler
    tag: str
    caller: Caller = Caller.ANYBODY
    status: int = 200
    body: type[msgspec.Struct] | str | None = None
    """A type, or the media type of a file."""
    body_limit_bytes: int | None = None
    """The size of a body; None: that of all requests (`HttpSettings.body_limit_bytes`)."""
    query: type[msgspec.Struct] | None = None
    """The parameters of the query string, without those of pages."""
    paged: bool = False
    """Whether the answer is one page of a list."""
    answer: Any = None
    """A type, or the media type of a response that is not JSON; None: the response is empty."""
    events: Mapping[str, type[msgspec.Struct]] = {}
    """The events of a stream by name, each with the type of its data."""
    problems: tuple[int, ...] = (400, 404, 409, 413, 415, 422, 503)
    """The statuses of the problems that it can raise."""
    may_wait: bool = False
    """Whether 503 is a regular response, of the same type."""
    may_be_empty: bool = False
    """Whether 204 without a body is a regular response, too."""
    shown: bool = True
    """Whether the OpenAPI document has it. Files for browsers are not part of the API."""
    example: ApiExample | None = None
    """None: the entry with the handler's name in `EXAMPLES`, if any."""


SERVICE = "Service"
EVENTS = "Events"


_SESSIONS = (
    SystemRoute(
        method="POST",
        path=f"{PREFIX}/sessions",
        handler=accounts.sign_in,
        tag="Account",
        status=201,
        body=accounts.Credentials,
        answer=accounts.NewSession,
        problems=(400, 401, 413, 415, 422, 429, 503),
    ),
    SystemRoute(
        method="GET",
        path=f"{PREFIX}/session",
        handler=accounts.show_session,
        tag="Account",
        caller=Caller.PERSON,
        answer=accounts.SessionView,
        problems=(401, 403, 413, 422),
    ),
    SystemRoute(
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
    SystemRoute(
        method="GET",
        path="/health/live",
        handler=health.show_life,
        tag=SERVICE,
        answer=health.Alive,
        problems=(413,),
    ),
    SystemRoute(
        method="GET",
        path="/health/ready",
        handler=health.show_readiness,
        tag=SERVICE,
        answer=health.ReadinessView,
        problems=(413,),
        may_wait=True,
    ),
    SystemRoute(
        method="GET",
        path="/metrics",
        handler=health.show_metrics,
        tag=SERVICE,
        answer="text/plain",
        problems=(413,),
    ),
    SystemRoute(
        method="GET",
        path="/problems/{name}",
        handler=problem_pages.show_problem,
        tag=SERVICE,
        answer=problem_pages.ProblemPage,
        problems=(404, 413),
    ),
)


def system_routes(settings: HttpSettings) -> tuple[SystemRoute, ...]:
    """Return the table."""
    events = SystemRoute(
        method="GET",
        path=f"{PREFIX}/events",
        handler=events_handler(settings),
        tag=EVENTS,
        caller=Caller.PERSON,
        answer=MEDIA_TYPE,
        problems=(400, 401, 403, 413, 422, 503),
    )
    device = SystemRoute(
        method="GET",
        path=f"{PREFIX}/operator/hubs/{{hub}}/device",
        handler=devices.show_device,
        tag=Tag.OPERATOR,
        caller=Caller.OPERATOR,
        answer=devices.DeviceView,
        problems=(401, 403, 404, 413, 422),
    )
    messages = SystemRoute(
        method="GET",
        path=f"{PREFIX}/operator/hubs/{{hub}}/device/messages",
        handler=devices.device_messages_handler(settings),
        tag=Tag.OPERATOR,
        caller=Caller.OPERATOR,
        answer=MEDIA_TYPE,
        problems=(400, 401, 403, 413, 422, 503),
    )
    return (*_SESSIONS, events, device, messages, *_SERVICE)
