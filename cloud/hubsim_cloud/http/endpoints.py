"""One path with its methods."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Problem, ProblemName

Handler = Callable[[Request, ServedWorld], Awaitable[Response]]

WORLD = "hubsim.world"
"""The key of the request's world in its ASGI scope."""


class Endpoint:
    """An ASGI app for one path. The response to any other method is the problem `method_not_allowed`."""

    def __init__(self, path: str, handlers: Mapping[str, Handler]) -> None:
        self.path = path
        self._handlers = dict(handlers)
        if "GET" in handlers:
            # The server omits the body of the response (RFC 9110 section 9.3.2).
            self._handlers["HEAD"] = handlers["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; its world is in the scope."""
        handler = self._handlers.get(scope["method"])
        if handler is None:
            allow = ", ".join(sorted(self._handlers))
            raise Problem(
                ProblemName.METHOD_NOT_ALLOWED,
                f"The methods of this path are {allow}.",
                headers={"Allow": allow},
            )
        response = await handler(Request(scope, receive, send), scope[WORLD])
        await response(scope, receive, send)
