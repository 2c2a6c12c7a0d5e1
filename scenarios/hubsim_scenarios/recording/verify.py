"""Plays the steps of a recording in the virtual world, to get the expectations after each step."""

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

Snapshots = dict[str, dict[str, Snapshot]]
"""The snapshots of each hub, by its alias."""


class BillingAndMail(msgspec.Struct, frozen=True):
    """The mails and invoices of a world."""

    mails: dict[str, list[str]]
    """The kinds of the mails to each address, oldest first."""
    invoices: int


class Verification(msgspec.Struct, frozen=True):
    """The result of a play, and the state of the world in it."""

    result: PlayResult
    opening: Snapshots
    billing_and_mail: BillingAndMail

    @property
    def whole(self) -> bool:
        """Whether every step had the recorded result."""
        return self.result.verdict is Verdict.PASS

    @property
    def closing(self) -> Snapshots:
        """The snapshots of the hubs at the end."""
        return self.result.steps[-1].snapshots if self.result.steps else self.opening


def verify(scenario: Scenario) -> Verification:
    """Play the scenario in the virtual world, and close that world."""
    opening: Snapshots = {}
    watched = Watched(opening=lambda _at_ms, snapshots: opening.update(snapshots))
    played = play_virtual(scenario, record=True, watched=watched)
    return Verification(played.result, opening, _billing_and_mail(played.trace))


def expectations(verification: Verification) -> list[list[str]]:
    """Return the expectations after each played step and, if all steps passed, those at the end."""
    expected: list[list[str]] = []
    before = verification.opening
    for done in verification.result.steps:
        expected.append(list(_changes(done.snapshots, before)))
        before = done.snapshots
    if verification.whole:
        if expected:
            expected[-1].clear()  # the expectations at the end include these
        expected.append(list(_end(verification)))
    return expected


def _changes(snapshots: Snapshots, before: Snapshots) -> Iterator[str]:
    for alias, look in snapshots.items():
        text = hub_expectation(alias, look, before.get(alias))
        if text is not None:
            yield text


def _end(verification: Verification) -> Iterator[str]:
    for alias, look in verification.closing.items():
        text = hub_expectation(alias, look)
        if text is not None:
            yield text
    found = verification.billing_and_mail
    for address, kinds in found.mails.items():
        yield flow({"expect": "mailbox", "of": address, "mails": [{"kind": kind} for kind in kinds]})
    if found.invoices:
        yield flow({"expect": "billing", "invoices": {"count": found.invoices}})


def _billing_and_mail(trace: Trace) -> BillingAndMail:
    mails: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for fact in _facts(trace):
        counts[fact["fact"]] += 1
        if fact["fact"] == MailSent.__struct_config__.tag:
            mails.setdefault(fact["to"].lower(), []).append(fact["kind"])
    return BillingAndMail(mails, counts[str(InvoiceIssued.__struct_config__.tag)])


def _facts(trace: Trace) -> Iterable[dict[str, Any]]:
    return (event.facts for event in trace.events if event.event == "fact")
