"""One path with its methods, as the router calls it."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Problem, ProblemName

Handler = Callable[[Request, ServedWorld], Awaitable[Response]]

WORLD = "hubsim.world"
"""Under this name the world of a request stands in its scope."""


class Endpoint:
    """An ASGI app for one path. Other methods are answered with the problem `method_not_allowed`."""

    def __init__(self, path: str, handlers: Mapping[str, Handler]) -> None:
        self.path = path
        self._handlers = dict(handlers)
        if "GET" in handlers:
            # The server leaves the body of the answer out (RFC 9110 section 9.3.2).
            self._handlers["HEAD"] = handlers["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; its world stands in the scope."""
        handler = self._handlers.get(scope["method"])
        if handler is None:
            allow = ", ".join(sorted(self._handlers))
            raise Problem(
                ProblemName.METHOD_NOT_ALLOWED, f"This path takes {allow}.", headers={"Allow": allow}
            )
        response = await handler(Request(scope, receive, send), scope[WORLD])
        await response(scope, receive, send)
