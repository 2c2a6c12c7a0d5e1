"""The page about the HTTP API: every path with its meaning, from the tables of routes."""

from collections.abc import Sequence

from hubsim_cloud.http.problem_pages import problem_page_of
from hubsim_cloud.http.problems import ProblemName
from hubsim_cloud.http.routes import PREFIX, ROUTES, Caller, Route
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.http.system_routes import SystemRoute, system_routes
from hubsim_cloud.lab.lab_route import LabRoute
from hubsim_cloud.lab.routes import LAB_ROUTES
from hubsim_cloud.service.auth import SESSIONS_PER_PERSON
from hubsim_cloud.service.sign_in_limits import (
    ACCOUNT_FAILURES,
    ADDRESS_FAILURES,
    ADDRESS_REFILL_MS,
    DAY_MS,
    KNOWN_MS,
    PAIR_FAILURES,
    PAUSE_MAX_MS,
)
from hubsim_scenarios.hosting.play_host import PLAYS_AT_ONCE, PLAYS_KEPT
from hubsim_scenarios.hosting.play_routes import PLAY_ROUTES, PlayRoute

_HEAD = f"""# The HTTP API

A cloud serves its OpenAPI description at `/openapi.json`, with an example for every request. This page is a
summary. Each further world of the lab has all of these paths under `/worlds/{{name}}`.

- Sign up, sign in (`POST /v1/sessions` names the client: `pro_app` or `pro_desktop`), and send the token as
  `Authorization: Bearer ...`. [permissions.md](permissions.md) lists the permissions of each role.
- A session ends after the setting `session_hours`, by `DELETE /v1/session`, and when its person signs in for
  the {SESSIONS_PER_PERSON + 1}st time: a person has at most {SESSIONS_PER_PERSON} sessions, and one more ends
  the oldest, with its event streams. Sessions survive a restart of the cloud.
- Wrong passwords have limits. An attempt above a limit is refused with `too_many_attempts` (429) and
  `Retry-After`, and its password is not checked:
  - After {PAIR_FAILURES} wrong passwords in a row for an account from one address, attempts wait for 1 s,
    then 2 s, 4 s, up to {PAUSE_MAX_MS // 60_000} minutes.
  - A person is known at an address where they have signed up or in within {KNOWN_MS // DAY_MS} days. From
    other addresses, an account may get {ACCOUNT_FAILURES} wrong passwords, and one more each minute.
  - An address may send {ADDRESS_FAILURES} wrong passwords for accounts that are not known there, and one more
    every {ADDRESS_REFILL_MS // 1_000} s.

  The address is that of the connection: behind a reverse proxy, all clients have the address of the proxy. An
  IPv6 client counts by its first 64 bits. A restart of the cloud forgets the counters.
- The cloud checks a few passwords at a time. While more wait, the turns go round addresses and accounts, and
  people who are known at their address are first. Without a place the response is `too_busy` (503).
- The response to a request that is not granted is a problem document (RFC 9457). Its `name` is one of the
  [refusals](refusals.md) or of the problems below; its `facts` are the reasons.
- Every command accepts an `Idempotency-Key`. A command that is sent again with the same key has one effect,
  and gets the same response.
- Lists are paginated: `limit` is the size of a page, `page` is the `next_page` of the previous response.
- `search` finds the rows that have all of its words, in any order, without regard to case and accents.
- `title` and `detail` of a problem are Polish for a client that prefers it (`Accept-Language: pl`), and
  English for all others. `name` and `facts` are the same in both.
- A server answers under loopback names, the address that the client has reached, and the names of the setting
  `http_names`. The response to any other `Host` is `unexpected_host` (421).
- Views that several people can edit have an `ETag`, and their commands accept `If-Match`. The response is
  `stale` (412) if another person changed the view in the meantime.
- `GET /v1/events` streams changes (server-sent events); with `Last-Event-ID` it resumes after a
  disconnection.
"""

_PLAYS = f"""A part of the lab of `hubsim up`, `hubsim cloud` and `hubsim demo`. At most {PLAYS_AT_ONCE} plays
run or pause at the same time. The server keeps {PLAYS_KEPT} plays; then it removes the oldest one that has
ended.

"""


def api_page() -> str:
    """Return the page in Markdown."""
    service = system_routes(HttpSettings())
    return (
        f"{_HEAD}\n## Actions and views\n\n{_routes(ROUTES)}"
        f"\n## Sessions, events, health\n\n{_system_routes(service)}"
        f"\n## The lab\n\nServed only if the setting `lab` is on, and only on loopback.\n\n"
        f"{_system_routes(LAB_ROUTES)}"
        f"\n## Scenarios and plays\n\n{_PLAYS}{_system_routes(PLAY_ROUTES)}"
        f"\n## Problems other than refusals\n\n{_problems()}"
    )


def _routes(routes: Sequence[Route]) -> str:
    rows = (
        f"| `{route.method} {PREFIX}{route.path}` | `{route.action}` | {_who(route.caller)} "
        f"| {_first_sentence(route.act.__doc__)} |\n"
        for route in routes
    )
    return "| | action or view | caller | |\n|---|---|---|---|\n" + "".join(rows)


def _system_routes(table: Sequence[SystemRoute | LabRoute | PlayRoute]) -> str:
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
