"""The steps of a recording played in the virtual world, to see what is to be expected behind each of them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from hubsim_cloud.domain.facts import InvoiceIssued, MailSent
from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.lab.trace import Trace
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.layout.step_line import flow, hub_expectation
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.play import PlayResult, Watched
from hubsim_scenarios.play.verdict import Verdict

Looks = dict[str, dict[str, Snapshot]]
"""Hub alias to its looks."""


class BillingAndMail(msgspec.Struct, frozen=True):
    """What has come of everything beside the hubs."""

    mails: dict[str, list[str]]
    """The kinds of the mails by address, oldest first."""
    invoices: int


class Verification(msgspec.Struct, frozen=True):
    """What was seen."""

    result: PlayResult
    opening: Looks
    books: BillingAndMail

    @property
    def whole(self) -> bool:
        """Whether every step went as it did on the record."""
        return self.result.verdict is Verdict.PASS

    @property
    def closing(self) -> Looks:
        """How the hubs looked in the end."""
        return self.result.steps[-1].looks if self.result.steps else self.opening


def verify(scenario: Scenario) -> Verification:
    """Play the scenario and see what is to be seen. Leaves nothing open."""
    opening: Looks = {}
    watched = Watched(opening=lambda _at_ms, looks: opening.update(looks))
    played = play_virtual(scenario, record=True, watched=watched)
    return Verification(played.result, opening, _books(played.trace))


def expectations(verification: Verification) -> list[list[str]]:
    """Return what to expect behind each step that was played; and of a whole rehearsal, at the end."""
    behind: list[list[str]] = []
    before = verification.opening
    for done in verification.result.steps:
        behind.append(list(_changes(done.looks, before)))
        before = done.looks
    if verification.whole:
        if behind:
            behind[-1].clear()  # all of it is expected right behind
        behind.append(list(_end(verification)))
    return behind


def _changes(looks: Looks, before: Looks) -> Iterator[str]:
    for alias, look in looks.items():
        told = hub_expectation(alias, look, before.get(alias))
        if told is not None:
            yield told


def _end(verification: Verification) -> Iterator[str]:
    for alias, look in verification.closing.items():
        told = hub_expectation(alias, look)
        if told is not None:
            yield told
    books = verification.books
    for address, kinds in books.mails.items():
        yield flow({"expect": "mailbox", "of": address, "mails": [{"kind": kind} for kind in kinds]})
    if books.invoices:
        yield flow({"expect": "billing", "invoices": {"count": books.invoices}})


def _books(trace: Trace) -> BillingAndMail:
    mails: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for fact in _facts(trace):
        counts[fact["fact"]] += 1
        if fact["fact"] == MailSent.__struct_config__.tag:
            mails.setdefault(fact["to"].lower(), []).append(fact["kind"])
    return BillingAndMail(mails, counts[str(InvoiceIssued.__struct_config__.tag)])


def _facts(trace: Trace) -> Iterable[dict[str, Any]]:
    return (event.facts for event in trace.events if event.event == "fact")
