"""The names under which a server answers, so that no web page of another site reaches it by its own name.

A page can make its own name point to this machine (DNS rebinding): then the browser regards both as one site.
The `Host` header has the name that the client used. Loopback names, the address that the client has reached
and the configured names are expected; all others are refused, before anything else of the request is read.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.types import Scope

from hubsim_cloud.http.problems import Problem, ProblemName

MAX_PORT = 65_535
_LABEL = "[A-Za-z0-9_][A-Za-z0-9_-]*"
_HOST = re.compile(rf"(?:(\[[0-9A-Fa-f:.]+\])|({_LABEL}(?:\.{_LABEL})*\.?))(?::([0-9]{{1,5}}))?")
_NAME_CHARS_MAX = 255
_OLD_HTTP = "1.0"


def read_host(value: str) -> str | None:
    """Return the name or the address of a `Host` header in its normal form; None for an odd one.

    An IPv6 address has no brackets in the normal form, and a name no dot at the end.
    """
    found = _HOST.fullmatch(value) if len(value) <= _NAME_CHARS_MAX else None
    if found is None or int(found[3] or 0) > MAX_PORT:
        return None
    try:
        return str(ip_address(found[1][1:-1])) if found[1] else found[2].lower().removesuffix(".")
    except ValueError:
        return None


class HostNames:
    """The expected names of one server; `names`: those in addition to loopback and the reached address."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(filter(None, map(read_host, names)))

    def check(self, scope: Scope) -> None:
        """Refuse a request without one expected `Host`. Problems: `malformed_header`, `unexpected_host`."""
        values = [value for name, value in scope["headers"] if name == b"host"]
        if not values and scope.get("http_version") == _OLD_HTTP:
            return  # it has no such header (RFC 9112 section 3.2), and no browser sends it
        name = read_host(values[0].decode("latin-1")) if len(values) == 1 else None
        if name is None:
            what = "is missing" if not values else "is repeated" if len(values) > 1 else "is not a host name"
            raise Problem(
                ProblemName.MALFORMED_HEADER,
                f"The Host header {what}. Send one, with the name and the port of this server.",
                facts={"header": "Host"},
            )
        if not (name in self._names or is_loopback_name(name) or name == _reached(scope)):
            raise Problem(
                ProblemName.UNEXPECTED_HOST,
                "This server does not answer under this name. Use its address, or add the name to the "
                "setting `http_names`.",
                facts={"host": name},
            )


def is_loopback_name(name: str) -> bool:
    """Return whether only this machine has the name or the address, which is in its normal form."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _reached(scope: Scope) -> str | None:
    """Return the address of the server's end of the connection in its normal form, or None."""
    server = scope.get("server")
    if server is None:
        return None
    try:
        address = ip_address(server[0])
    except ValueError:
        return read_host(server[0])
    # A socket for both families has IPv4 clients in the form ::ffff:192.0.2.1.
    return str(getattr(address, "ipv4_mapped", None) or address)
