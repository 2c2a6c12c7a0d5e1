"""The record of granted commands: for each one, the fact that must exist exactly once after all restarts.

Names and fields of the facts are those of the histories.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
from storm_line import Caller, Json, Request

FIELDS: dict[str, tuple[str, ...]] = {
    "person_signed_up": ("person", "email"),
    "company_created": ("company", "name"),
    "dealer_enrolled": ("company",),
    "employee_added": ("company", "person", "role"),
    "connection_requested": ("dealer", "reseller"),
    "connection_approved": ("dealer", "reseller", "number"),
    "connection_suspended": ("dealer", "reseller"),
    "connection_restored": ("dealer", "reseller"),
    "object_created": ("object", "company", "name"),
    "hub_added": ("hub", "object"),
    "hub_configured": ("hub", "ping_s", "offline_delay_s"),
    "service_activated": ("hub", "subscription", "company"),
    "deactivation_scheduled": ("hub",),
    "service_resumed": ("hub",),
    "service_stopped": ("hub",),
}
"""The facts of a storm, with the fields that distinguish two facts of a kind."""
EXPECTED = frozenset({httpx.codes.CONFLICT, httpx.codes.PRECONDITION_FAILED, httpx.codes.FORBIDDEN})
"""The acceptable refusals of random commands. Any other one is a bug of the cloud or of this test."""

ComparableFact = tuple[str, str, tuple[Any, ...]]
"""A fact in comparable form: its name, the user who caused it, and its `FIELDS`."""


def comparable(fact: str, by: str, details: Mapping[str, Any]) -> ComparableFact:
    """Return a fact in comparable form."""
    return fact, by, tuple(details[name] for name in FIELDS[fact])


class Granted(NamedTuple):
    """A command that was answered with success."""

    request: Request
    answer: httpx.Response
    fact: ComparableFact
    companies: frozenset[str]
    """The companies whose histories contain it."""


class GrantedCommands:
    """All granted commands."""

    def __init__(self) -> None:
        self.granted: list[Granted] = []
        self.refused: Counter[str] = Counter()
        self.emails: dict[str, str] = {}
        """The owner's address by company."""

    def facts(self, company: str | None = None) -> Counter[ComparableFact]:
        """Return the facts that must exist: all, or those in the history of one company."""
        return Counter(each.fact for each in self.granted if company is None or company in each.companies)


class Member(Caller):
    """A user whose granted commands are recorded."""

    def __init__(self, caller: Caller, record: GrantedCommands) -> None:
        super().__init__(caller.line, caller.token, caller.person)
        self.company = caller.company
        self.record = record

    async def command(
        self, fact: str, method: str, path: str, body: Json | None = None, *about: str, **details: Any
    ) -> Json | None:
        """Send a command that results in this fact; return the answer, or None after a refusal.

        `about`: other companies that are concerned.
        """
        headers = {"If-Match": details.pop("if_match")} if "if_match" in details else {}
        request = self.request(method, path, body, **headers)
        answer = await request.send(self.line)
        if not answer.is_success:
            assert answer.status_code in EXPECTED, f"{method} {path} {body}: {answer.text}"
            self.record.refused[answer.json()["name"]] += 1
            return None
        result: Json = answer.json() if answer.content else {}
        seen = {"company": self.company, **(body or {}), **details, **result}
        companies = {self.company, *about, seen["company"]} - {""}
        self.record.granted.append(
            Granted(request, answer, comparable(fact, self.person, seen), frozenset(companies))
        )
        return result
