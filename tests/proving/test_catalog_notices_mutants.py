"""The catalog as a whole notices every mutant, and probes do not change an honest world."""

from typing import NamedTuple

import msgspec
import pytest

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import collecting_rarely, play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import CATALOG, find, read
from hubsim_scenarios.proving.business_mutants import MAILS
from hubsim_scenarios.proving.mutants import BY_NAME
from hubsim_scenarios.proving.proof import Outcome, Prover


class Honest(NamedTuple):
    scenario: Scenario
    prover: Prover
    lines: bytes
    verdict: Verdict
    occasions: set[str]


@pytest.fixture(scope="module")
def plays() -> list[Honest]:
    """Play the whole catalog once without a mutant; the plays with the fewest events come first."""
    found = []
    with collecting_rarely():
        for scenario in read(find([CATALOG])):
            prover = Prover(scenario)
            played, occasions = prover.honest()
            found.append(Honest(scenario, prover, played.trace.lines(), played.result.verdict, occasions))
    return sorted(found, key=lambda play: len(play.lines))


def test_watching_for_mutants_changes_no_event_of_any_play(plays: list[Honest]) -> None:
    for play in plays:
        plain = play_virtual(play.scenario)

        assert play.lines == plain.trace.lines(), play.scenario.file
        assert play.verdict is plain.result.verdict is Verdict.PASS


def test_every_mutant_is_noticed_by_a_step_of_the_catalog(plays: list[Honest]) -> None:
    unnoticed = []
    for name, mutant in BY_NAME.items():
        with_occasion = (play.prover for play in plays if name in play.occasions)
        if not any(prover.judge(mutant).outcome is Outcome.NOTICED for prover in with_occasion):
            unnoticed.append(name)

    assert unnoticed == []


def test_a_mutant_without_an_occasion_changes_nothing(plays: list[Honest]) -> None:
    """The probes of an honest play find all occasions: without one, a play with the mutant is the same."""
    for number, play in enumerate(plays):
        absent = sorted(BY_NAME.keys() - play.occasions)
        name = absent[number % len(absent)]

        assert play.prover.judge(BY_NAME[name]).outcome is Outcome.NO_OCCASION, (play.scenario.file, name)


def test_every_kind_of_mail_that_the_catalog_sends_has_a_mutant(plays: list[Honest]) -> None:
    events = (msgspec.json.decode(line) for play in plays for line in play.lines.splitlines())

    assert {event["kind"] for event in events if event.get("fact") == "mail_sent"} == set(MAILS)
