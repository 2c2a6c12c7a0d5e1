"""The largest size of a request's body: one for all requests, and larger ones for routes that take files."""

import re
from collections.abc import Mapping

from starlette.routing import compile_path
from starlette.types import Scope


class BodyLimits:
    """The limits of an API."""

    def __init__(self, default_bytes: int, own: Mapping[tuple[str, str], int]) -> None:
        """`own`: the limits of single routes, by method and path, with variables in braces."""
        self._default_bytes = default_bytes
        self._own: list[tuple[str, re.Pattern[str], int]] = [
            (method, compile_path(path)[0], limit_bytes) for (method, path), limit_bytes in own.items()
        ]

    def of(self, scope: Scope) -> int:
        """Return the limit of a request, in bytes. The `root_path` of its world is in the scope."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for method, pattern, limit_bytes in self._own:
            if scope["method"] == method and pattern.match(path):
                return limit_bytes
        return self._default_bytes
