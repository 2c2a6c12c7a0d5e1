"""The reference of the HTTP API: every path with what it stands for, from the tables that serve it."""

from collections.abc import Sequence

from hubsim_cloud.http.problem_pages import problem_page_of
from hubsim_cloud.http.problems import ProblemName
from hubsim_cloud.http.routes import PREFIX, ROUTES, Caller, Route
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.http.system_routes import SystemRoute, doors
from hubsim_cloud.lab.routes import LAB_ROUTES, LabRoute

_HEAD = """# The HTTP API

A cloud serves its own description at `/openapi.json`: OpenAPI, with an example for every request. This page
is the short form. Behind `/worlds/{name}` everything stands once more for each further world of the lab.

- Sign up, sign in (`POST /v1/sessions` names the client: `pro_app` or `pro_desktop`), and send the token as
  `Authorization: Bearer ...`. Who may do what is in [permissions.md](permissions.md).
- What cannot be granted is answered with a problem document (RFC 9457): its `name` is one of the
  [refusals](refusals.md), or of the problems below; its `facts` say what it rests on.
- Every command takes an `Idempotency-Key`: sent again with the same key, it has one effect, and the same
  answer.
- Lists come in pages: `limit`, and `page` with the `next_page` of the page before.
- Where two people can edit, the view has an `ETag`, and the command takes `If-Match`: `stale` (412) when
  somebody was faster.
- `GET /v1/events` streams what changed (server-sent events); with `Last-Event-ID` it goes on after a break.
"""


def api_page() -> str:
    """Return the page in Markdown."""
    service = doors(HttpSettings())
    return (
        f"{_HEAD}\n## What people do and see\n\n{_routes(ROUTES)}"
        f"\n## Sessions, events, health\n\n{_doors(service)}"
        f"\n## The lab\n\nServed with `lab` switched on, on loopback only.\n\n{_doors(LAB_ROUTES)}"
        f"\n## Problems beside the refusals\n\n{_problems()}"
    )


def _routes(routes: Sequence[Route]) -> str:
    rows = (
        f"| `{route.method} {PREFIX}{route.path}` | `{route.action}` | {_who(route.caller)} "
        f"| {_first_sentence(route.act.__doc__)} |\n"
        for route in routes
    )
    return "| | stands for | by | |\n|---|---|---|---|\n" + "".join(rows)


def _doors(table: Sequence[SystemRoute | LabRoute]) -> str:
    rows = (f"| `{door.method} {door.path}` | {_first_sentence(door.handler.__doc__)} |\n" for door in table)
    return "| | |\n|---|---|\n" + "".join(rows)


def _problems() -> str:
    known = (problem_page_of(name) for name in ProblemName)
    rows = (f"| `{each.name}` | {each.status} | {each.text} |\n" for each in known)
    return "| name | status | |\n|---|---|---|\n" + "".join(rows)


def _who(caller: Caller) -> str:
    return {Caller.PERSON: "people", Caller.OPERATOR: "operator", Caller.ANYBODY: "anybody"}[caller]


def _first_sentence(docstring: str | None) -> str:
    text = " ".join((docstring or "").split())
    return text.partition(". ")[0].rstrip(".") + "."
