"""A play keeps values, compares with them, and shows them."""

from small_scenarios import HOLDS, scenario

from hubsim_scenarios.language.language import NO_FRAGMENTS
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.lint.check import check_scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.reports.kept_text import kept_text

HEAD = HOLDS.partition("steps:\n")[0] + "steps:\n"
KEEPS = "{expect: villa, applied: {version: {keep: before}}}"
ACTIVATE = "{as: ivan, do: activate, hub: villa}"


def with_steps(*steps: str) -> Scenario:
    return scenario(HEAD + "".join(f"  - {step}\n" for step in steps))


def played(*steps: str) -> PlayResult:
    return play_virtual(with_steps(*steps)).result


def test_a_later_step_compares_with_the_kept_value() -> None:
    assert (
        played(KEEPS, ACTIVATE, "{expect: villa, applied: {version: {more_than: $before}}}").verdict
        is Verdict.PASS
    )


def test_a_failure_shows_the_kept_value() -> None:
    result = played(KEEPS, ACTIVATE, "{expect: villa, applied: {version: {less_than: $before}}}")

    kept = result.steps[0].outcome.kept["before"]
    assert result.verdict is Verdict.FAIL
    assert f"expected less than $before ({kept}), saw" in result.reason


def test_a_report_shows_what_a_step_has_kept() -> None:
    sees = "{as: ivan, sees: hub_information, hub: villa, shows: {ends_at_ms: {keep: end}}}"
    result = played(KEEPS, ACTIVATE, "{as: ivan, do: schedule_deactivation, hub: villa}", sees)

    assert kept_text(result.steps[0]) == f"kept $before = {result.steps[0].outcome.kept['before']}"
    assert kept_text(result.steps[1]) == ""
    assert kept_text(result.steps[3]) == "kept $end = 2026-02-01 00:00 Europe/Warsaw"


def test_nothing_cannot_be_kept() -> None:
    result = played(KEEPS.replace("before", "unused"), "{expect: villa, app: {ends_at: {keep: end}}}")

    assert result.verdict is Verdict.FAIL
    assert result.reason == "villa: app.ends_at_ms: expected a value to keep as 'end', saw null"


def test_a_field_of_several_snapshots_keeps_one_value_or_fails() -> None:
    assert played("{expect: villa, star: {keep: star}}").steps[0].outcome.kept == {"star": False}

    drop = "{fault: drop, message: desired, hub: villa}"
    result = played(drop, ACTIVATE, "{expect: villa, star: {keep: star}}")

    assert result.reason.startswith("two values to keep as 'star': on and off; name the snapshot")


def test_a_kept_id_can_be_used_in_an_action() -> None:
    sees = "{as: ivan, sees: hub_information, hub: villa, shows: {hub: {keep: it}}}"

    assert (
        played(sees, "{as: ivan, do: activate, hub: $it}", "{expect: villa, tile: activated}").verdict
        is Verdict.PASS
    )


def test_a_kept_value_out_of_the_bounds_of_a_field_is_a_failure() -> None:
    result = played(KEEPS, "{bench: villa, do: insert_sim, slot: $before, sim: ajax}")

    assert result.verdict is Verdict.FAIL
    assert result.reason.startswith(
        ("a kept value does not fit the action ($before)", "refused: no_such_slot")
    )


def test_the_event_of_an_order_step_can_be_kept() -> None:
    result = played(
        ACTIVATE,
        "{order: [{event: published, who: carrier, topic: {keep: topic}}]}",
        "{order: [{event: published, topic: $topic}]}",
    )

    assert result.verdict is Verdict.PASS
    assert "carrier/confirmations" in str(result.steps[1].outcome.kept["topic"])


def test_a_clock_moves_to_a_kept_instant() -> None:
    result = played(
        ACTIVATE,
        "{as: ivan, do: schedule_deactivation, hub: villa}",
        "{as: ivan, sees: hub_information, hub: villa, shows: {ends_at_ms: {keep: end}}}",
        "{clock: $end - 1 ms}",
        "{expect: villa, tile: expires_soon}",
        "{clock: $end}",
        "{expect: villa, tile: activation_required}",
    )

    assert (result.verdict, result.ended_at_ms) == (Verdict.PASS, result.steps[2].outcome.kept["end"])


def test_two_plays_with_one_seed_keep_the_same_values() -> None:
    first, second = (played(KEEPS, ACTIVATE).steps[0].outcome.kept for _ in range(2))

    assert first == second


def warnings(*steps: str) -> list[str]:
    text = HEAD + "".join(f"  - {step}\n" for step in steps)
    return [each.text for each in check_scenario("x.yaml", text.encode(), language(), NO_FRAGMENTS).warnings]


def test_a_kept_value_that_no_step_uses_is_a_warning() -> None:
    assert "no later step uses $before; remove 'keep', or compare it" in warnings(KEEPS)
    assert not any(
        "$before" in text for text in warnings(KEEPS, "{expect: villa, applied: {version: $before}}")
    )
