"""The middleware of every request: it checks the host name, finds the world, limits the body, and counts."""

import asyncio
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubsim_cloud.http.body_limits import BodyLimits
from hubsim_cloud.http.endpoints import WORLD, Endpoint
from hubsim_cloud.http.host_names import HostNames
from hubsim_cloud.http.ports import ServedWorld, ServedWorlds
from hubsim_cloud.http.problem_response import ProblemResponse
from hubsim_cloud.http.problems import Problem, ProblemName
from hubsim_cloud.http.server_sent import MEDIA_TYPE
from hubsim_cloud.http.settings import HttpSettings

_WORLD = re.compile(r"/worlds/([^/]+)(?=/|$)")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER = "other"
"""The label for unknown paths and methods, so that clients cannot create new series."""
_EVENT_STREAM = MEDIA_TYPE.encode()


class Middleware:
    """An ASGI middleware. A path may begin with `/worlds/{name}`; the rest is the same in every world."""

    def __init__(
        self, app: ASGIApp, worlds: ServedWorlds, settings: HttpSettings, limits: BodyLimits
    ) -> None:
        self._app = app
        self._worlds = worlds
        self._host_names = HostNames(settings.host_names)
        self._limits = limits
        self._body_limit_s = settings.body_limit_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its world in the scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._host_names.check(scope)
        except Problem as unexpected:
            exchange = _Exchange(scope, self._worlds.get(""), send)
            await ProblemResponse(unexpected)(scope, receive, exchange.send)
            exchange.count()
            return
        try:
            world = self._enter(scope)
        except KeyError:
            problem = Problem(ProblemName.WORLD_NOT_FOUND, "There is no world of this name.")
            await ProblemResponse(problem)(scope, receive, send)
            return
        exchange = _Exchange(scope, world, send)
        try:
            limit_bytes = self._limits.of(scope)
            if self._declared_bytes(scope) > limit_bytes:
                await ProblemResponse(self._too_large(limit_bytes))(scope, receive, exchange.send)
            else:
                await self._app(scope, self._bounded(receive, limit_bytes), exchange.send)
        finally:
            exchange.count()

    def _enter(self, scope: Scope) -> ServedWorld:
        """Find the world and put it into the scope. Raises `KeyError`."""
        found = _WORLD.match(scope["path"])
        world = self._worlds.get(found[1] if found is not None else "")
        if found is not None:
            scope["root_path"] = scope.get("root_path", "") + found[0]
        scope[WORLD] = world
        return world

    def _declared_bytes(self, scope: Scope) -> int:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                return int(value)
        return 0

    def _bounded(self, receive: Receive, limit_bytes: int) -> Receive:
        """Return a `receive` that ends the request when its body is too large, or not complete in time."""
        taken_bytes, is_whole = 0, False
        until_s = asyncio.get_running_loop().time() + self._body_limit_s

        async def bounded() -> Message:
            nonlocal taken_bytes, is_whole
            try:
                async with asyncio.timeout_at(None if is_whole else until_s):
                    message = await receive()
            except TimeoutError:
                raise self._too_late() from None
            is_whole = not message.get("more_body", False)
            if message["type"] == "http.request":
                taken_bytes += len(message.get("body", b""))
                if taken_bytes > limit_bytes:
                    raise self._too_large(limit_bytes)
            return message

        return bounded

    def _too_late(self) -> Problem:
        return Problem(
            ProblemName.REQUEST_TIMEOUT, f"The body was not complete after {self._body_limit_s:g} seconds."
        )

    def _too_large(self, limit_bytes: int) -> Problem:
        return Problem(ProblemName.PAYLOAD_TOO_LARGE, f"The body may have at most {limit_bytes} bytes.")


class _Exchange:
    """One request, from its first byte to the end of its response."""

    def __init__(self, scope: Scope, world: ServedWorld, send: Send) -> None:
        self._scope = scope
        self._world = world
        self._send = send
        self._begin_s = time.perf_counter()
        self._status = 500
        self._timed = True

    async def send(self, message: Message) -> None:
        """Pass a message on, and store the status of the response."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._timed = not any(value.startswith(_EVENT_STREAM) for _, value in message["headers"])
        await self._send(message)

    def count(self) -> None:
        """Count the request under its route; a response that never began counts as status 500."""
        method = self._scope["method"]
        seconds = time.perf_counter() - self._begin_s if self._timed else None
        self._world.meters.requested(
            self._route(), method if method in _METHODS else _OTHER, self._status, seconds
        )

    def _route(self) -> str:
        endpoint = self._scope.get("endpoint")
        if isinstance(endpoint, Endpoint):
            return endpoint.path
        return _OTHER
