"""The ASGI app of the cloud: the tables of routes, the handlers of errors and the OpenAPI document.

It owns nothing at run time: the process that hosts the worlds passes them in.
"""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as Path

from hubsim_cloud.domain.commands import SignUp, SwitchAccount
from hubsim_cloud.http.accounts import sign_up_handler, switch_handler
from hubsim_cloud.http.body_limits import BodyLimits
from hubsim_cloud.http.endpoints import Endpoint, Handler
from hubsim_cloud.http.handlers import command_handler, query_handler
from hubsim_cloud.http.middleware import Middleware
from hubsim_cloud.http.openapi import completed
from hubsim_cloud.http.ports import ServedWorlds
from hubsim_cloud.http.problem_response import ProblemResponse
from hubsim_cloud.http.problems import Problem, ProblemName
from hubsim_cloud.http.responses import SERVICE_ERRORS, service_problem
from hubsim_cloud.http.routes import PREFIX, ROUTES, Route
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.http.system_routes import SystemRoute, system_routes


class CloudApi(FastAPI):
    """The app, with an OpenAPI document that includes the tables."""

    def __init__(self, table: tuple[SystemRoute, ...]) -> None:
        super().__init__(
            title="hubsim cloud",
            version="1",
            openapi_url="/openapi.json",
            # Their pages load scripts from the internet, and the cloud works without a network.
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
        )
        self._table = table
        self._completed = False

    def openapi(self) -> dict[str, object]:
        """Return the document; the first call makes it."""
        if not self._completed:
            self.openapi_schema = completed(
                super().openapi(), ROUTES, [row for row in self._table if row.shown]
            )
            self._completed = True
        assert self.openapi_schema is not None
        return self.openapi_schema


def create_app(worlds: ServedWorlds, settings: HttpSettings, extra: Sequence[SystemRoute] = ()) -> FastAPI:
    """Return the app that serves these worlds; every world has the `extra` routes, too."""
    table = (*system_routes(settings), *extra)
    app = CloudApi(table)
    for path, handlers in _handlers(table).items():
        app.router.routes.append(Path(path, Endpoint(path, handlers)))
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _framework_error)
    app.add_exception_handler(ClientDisconnect, _disconnected)
    app.add_exception_handler(Exception, _bug)
    for kind in SERVICE_ERRORS:
        app.add_exception_handler(kind, _service_error)
    limits = {(row.method, row.path): row.body_limit_bytes for row in table if row.body_limit_bytes}
    app.add_middleware(
        Middleware, worlds=worlds, settings=settings, limits=BodyLimits(settings.body_limit_bytes, limits)
    )
    return app


def _handlers(table: tuple[SystemRoute, ...]) -> dict[str, dict[str, Handler]]:
    """Return the handlers by path and method."""
    found: dict[str, dict[str, Handler]] = {}
    for route in ROUTES:
        found.setdefault(PREFIX + route.path, {})[route.method] = _handler(route)
    for row in table:
        found.setdefault(row.path, {})[row.method] = row.handler
    return found


def _handler(route: Route) -> Handler:
    if route.act is SignUp:
        return sign_up_handler(route)
    if route.act is SwitchAccount:
        return switch_handler(route)
    return command_handler(route) if route.is_command else query_handler(route)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return ProblemResponse(error)


async def _service_error(_request: Request, error: Exception) -> Response:
    return ProblemResponse(service_problem(error))


async def _framework_error(_request: Request, error: Exception) -> Response:
    """Report an unknown path, or a method that a page of the framework does not accept."""
    assert isinstance(error, HTTPException)
    name = ProblemName.METHOD_NOT_ALLOWED if error.status_code == 405 else ProblemName.NOT_FOUND  # noqa: PLR2004 (RFC 9110)
    return ProblemResponse(Problem(name, f"{error.detail}.", headers=error.headers))


async def _disconnected(_request: Request, _error: Exception) -> Response:
    """Return a response for a client that disconnected within its body; only the metrics use it."""
    return ProblemResponse(Problem(ProblemName.MALFORMED_BODY, "The body is incomplete."))


async def _bug(_request: Request, _error: Exception) -> Response:
    return ProblemResponse(
        Problem(ProblemName.INTERNAL_ERROR, "The cloud has a bug. Whether anything was done is unknown.")
    )
