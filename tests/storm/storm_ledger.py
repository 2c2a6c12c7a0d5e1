"""What was granted in a storm: for each command the fact that has to be there, once, whatever is killed.

The facts' names and fields are those of the histories.
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
"""What people do in a storm, and what of it tells one deed from another."""
EXPECTED = frozenset({httpx.codes.CONFLICT, httpx.codes.PRECONDITION_FAILED, httpx.codes.FORBIDDEN})
"""How chance may be refused. Everything else is a mistake of the cloud, or of this test."""

RecordingProgress = tuple[str, str, tuple[Any, ...]]
"""A fact as it is compared: its name, who caused it, and its `FIELDS`."""


def told(fact: str, by: str, details: Mapping[str, Any]) -> RecordingProgress:
    """Return a fact as it is compared."""
    return fact, by, tuple(details[name] for name in FIELDS[fact])


class Granted(NamedTuple):
    """A command that was answered with success."""

    request: Request
    answer: httpx.Response
    fact: RecordingProgress
    companies: frozenset[str]
    """In whose histories it stands."""


class MessagesInFlight:
    """What was granted to anybody."""

    def __init__(self) -> None:
        self.granted: list[Granted] = []
        self.refused: Counter[str] = Counter()
        self.emails: dict[str, str] = {}
        """The owner's address by company."""

    def facts(self, company: str | None = None) -> Counter[RecordingProgress]:
        """Return the facts that have to be there: in all, or in the history of a company."""
        return Counter(each.fact for each in self.granted if company is None or company in each.companies)


class Member(Caller):
    """Somebody who acts, and whose deeds are kept in the ledger."""

    def __init__(self, caller: Caller, ledger: MessagesInFlight) -> None:
        super().__init__(caller.line, caller.token, caller.person)
        self.company = caller.company
        self.ledger = ledger

    async def does(
        self, fact: str, method: str, path: str, body: Json | None = None, *about: str, **details: Any
    ) -> Json | None:
        """Wish for something that ends in this fact; return the answer, None when it was refused.

        `about`: the companies that it concerns, beside their own.
        """
        headers = {"If-Match": details.pop("if_match")} if "if_match" in details else {}
        request = self.request(method, path, body, **headers)
        answer = await request.send(self.line)
        if not answer.is_success:
            assert answer.status_code in EXPECTED, f"{method} {path} {body}: {answer.text}"
            self.ledger.refused[answer.json()["name"]] += 1
            return None
        result: Json = answer.json() if answer.content else {}
        seen = {"company": self.company, **(body or {}), **details, **result}
        companies = {self.company, *about, seen["company"]} - {""}
        self.ledger.granted.append(
            Granted(request, answer, told(fact, self.person, seen), frozenset(companies))
        )
        return result
