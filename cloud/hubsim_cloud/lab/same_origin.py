"""The lab serves this machine only, and no web page of another origin.

A browser on this machine sends the requests of any page. It says in `Origin` and `Sec-Fetch-Site` which page
it was. The `Host` header says under which name the page has reached the lab.
"""

from starlette.requests import Request

from hubsim_cloud.http.host_names import is_loopback_name, read_host
from hubsim_cloud.lab.errors import BadRequest

_FOREIGN = frozenset({"cross-site", "same-site"})
"""Values of `Sec-Fetch-Site` for a page of another origin. A page of another port is of the same site."""


def check_from_here(request: Request) -> None:
    """Refuse requests from a page of another origin, or to another name than the loopback's."""
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    is_foreign = request.headers.get("sec-fetch-site") in _FOREIGN
    name = read_host(host)
    is_here = name is not None and is_loopback_name(name)
    if is_here and not is_foreign and origin in {None, f"http://{host}", f"https://{host}"}:
        return
    raise BadRequest(
        "from_elsewhere", "the lab serves this machine only: use http://127.0.0.1 or http://localhost"
    )
