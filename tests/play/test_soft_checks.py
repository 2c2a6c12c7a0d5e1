"""Soft checks: a failure does not end the play, and the verdict is FAIL at the end."""

from datetime import UTC, datetime

import pytest
from steps_in_play import WORLD, play, read, scenario

from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import explain
from hubsim_scenarios.reports.play_record import play_record, run_facts
from hubsim_scenarios.reports.results import results

RED = "{expect: villa, led: red, soft: yes}"
WHITE = "{expect: villa, led: white, soft: yes}"
GREEN = "{expect: villa, led: green, soft: yes}"
LATER = "{clock: +1 h}"


def test_the_play_continues_and_fails_at_the_end_with_all_failures() -> None:
    result = play(RED, LATER, WHITE, GREEN)

    assert result.verdict is Verdict.FAIL
    assert [done.step.place.line for done, _ in result.soft_failures] == [13, 15]
    assert [failure.reason for _, failure in result.soft_failures] == [
        "villa: shows.led: expected 'red', saw 'green'",
        "villa: shows.led: expected 'white', saw 'green'",
    ]
    assert result.reason == f"2 soft checks failed. The first: {result.soft_failures[0][1].reason}"
    assert (result.held, result.failed_step) == (2, None)


def test_each_failure_has_the_state_at_its_moment() -> None:
    result = play(RED, "{bench: villa, do: unplug, link: ethernet}", GREEN)

    lights = [
        failure.failure_context.snapshots["villa"]["shows"]["led"] for _, failure in result.soft_failures
    ]
    assert lights == ["green", "red"]


def test_a_soft_check_that_passes_changes_nothing() -> None:
    assert play(GREEN).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "step",
    [
        "{never: villa, led: green, for: 1 h, soft: yes}",
        "{order: [{event: act, do: activate}], soft: yes}",
        "{as: olga, sees: hub_information, hub: villa, shows: {star: on}, soft: yes}",
        "{as: olga, sees: hub_information, hub: villa, refused: not_permitted, soft: yes}",
        "{expect: villa, led: red, within: 1 h, soft: yes}",
    ],
)
def test_every_kind_of_check_can_fail_softly(step: str) -> None:
    result = play(step, "{as: ivan, do: activate, hub: villa}")

    assert result.verdict is Verdict.FAIL
    assert (len(result.steps), len(result.soft_failures)) == (2, 1)


def test_a_hard_failure_after_a_soft_one_ends_the_play_and_both_are_explained() -> None:
    result = play(RED, "{expect: villa, led: white}", GREEN)

    lines = "\n".join(explain(result, "again"))
    assert result.reason == "villa: shows.led: expected 'white', saw 'green'"
    assert [lines.count(word) for word in ("expected  'red'", "expected  'white'", "rerun: again")] == [1] * 3


def test_a_play_that_cannot_be_played_to_its_end_after_a_soft_failure_fails() -> None:
    result = play(RED, "{fault: start_process, process: cloud}")

    assert result.verdict is Verdict.FAIL
    assert result.reason.endswith("; then the play ended: the cloud is running already")


def test_a_file_can_make_all_its_checks_soft() -> None:
    whole = read(WORLD.replace("steps:", "soft: yes\nsteps:") + "  - {expect: villa, led: red}\n" * 3)

    assert len(play_virtual(whole).result.soft_failures) == 3


BEGAN = datetime(2026, 1, 15, 9, tzinfo=UTC)


def test_the_results_have_every_failure_with_its_context() -> None:
    facts = run_facts(version="1", seed=1, world="virtual", where="", command="", began_at=BEGAN, took_s=0.0)
    played = play_virtual(scenario(RED, LATER, WHITE), record=True)

    (found,) = results([play_record(played, "again")], facts).plays

    assert [step.failure for step in found.steps] == [
        "villa: shows.led: expected 'red', saw 'green'",
        None,
        "villa: shows.led: expected 'white', saw 'green'",
    ]
    contexts = [step.failure_context.hub for step in found.steps if step.failure_context is not None]
    assert contexts == ["villa", "villa"]
    assert found.failed is not None
    assert found.failed.line == 13
