"""The page about the HTTP API: every path with its meaning, from the tables of routes."""

from collections.abc import Sequence

from hubsim_cloud.http.problem_pages import problem_page_of
from hubsim_cloud.http.problems import ProblemName
from hubsim_cloud.http.routes import PREFIX, ROUTES, Caller, Route
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.http.system_routes import SystemRoute, system_routes
from hubsim_cloud.lab.routes import LAB_ROUTES, LabRoute

_HEAD = """# The HTTP API

A cloud serves its OpenAPI description at `/openapi.json`, with an example for every request. This page is a
summary. Each further world of the lab has all of these paths under `/worlds/{name}`.

- Sign up, sign in (`POST /v1/sessions` names the client: `pro_app` or `pro_desktop`), and send the token as
  `Authorization: Bearer ...`. [permissions.md](permissions.md) lists the permissions of each role.
- The response to a request that is not granted is a problem document (RFC 9457). Its `name` is one of the
  [refusals](refusals.md) or of the problems below; its `facts` are the reasons.
- Every command accepts an `Idempotency-Key`. A command that is sent again with the same key has one effect,
  and gets the same response.
- Lists are paginated: `limit` is the size of a page, `page` is the `next_page` of the previous response.
- Views that several people can edit have an `ETag`, and their commands accept `If-Match`. The response is
  `stale` (412) if another person changed the view in the meantime.
- `GET /v1/events` streams changes (server-sent events); with `Last-Event-ID` it resumes after a
  disconnection.
"""


def api_page() -> str:
    """Return the page in Markdown."""
    service = system_routes(HttpSettings())
    return (
        f"{_HEAD}\n## Actions and views\n\n{_routes(ROUTES)}"
        f"\n## Sessions, events, health\n\n{_system_routes(service)}"
        f"\n## The lab\n\nServed only if the setting `lab` is on, and only on loopback.\n\n"
        f"{_system_routes(LAB_ROUTES)}"
        f"\n## Problems other than refusals\n\n{_problems()}"
    )


def _routes(routes: Sequence[Route]) -> str:
    rows = (
        f"| `{route.method} {PREFIX}{route.path}` | `{route.action}` | {_who(route.caller)} "
        f"| {_first_sentence(route.act.__doc__)} |\n"
        for route in routes
    )
    return "| | action or view | caller | |\n|---|---|---|---|\n" + "".join(rows)


def _system_routes(table: Sequence[SystemRoute | LabRoute]) -> str:
    rows = (
        f"| `{route.method} {route.path}` | {_first_sentence(route.handler.__doc__)} |\n" for route in table
    )
    return "| | |\n|---|---|\n" + "".join(rows)


def _problems() -> str:
    known = (problem_page_of(name) for name in ProblemName)
    rows = (f"| `{each.name}` | {each.status} | {each.text} |\n" for each in known)
    return "| name | status | |\n|---|---|---|\n" + "".join(rows)


def _who(caller: Caller) -> str:
    return {Caller.PERSON: "user", Caller.OPERATOR: "operator", Caller.ANYBODY: "anyone"}[caller]


def _first_sentence(docstring: str | None) -> str:
    text = " ".join((docstring or "").split())
    return text.partition(". ")[0].rstrip(".") + "."
