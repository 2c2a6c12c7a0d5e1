"""Failures of soft checks, of steps at the same time and of kept values are as complete as all others."""

from steps_in_play import WORLD, play, scenario

from hubsim_scenarios.language.orders import in_every_order
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.preflight import preflight

ACTIVATED = "{as: ivan, do: activate, hub: villa}"
LATER = "it became so 12 min 40 s later, at 2026-01-15 09:12:40 Europe/Warsaw: `within: 15 min`"
KEPT = "{expect: villa, app: {tile: {keep: before}}}"
TOGETHER = "{together: [{as: ivan, do: stop_now, hub: villa}, {bench: shed, do: power_off}]}"


def first_order(*steps: str) -> Scenario:
    return in_every_order([scenario(*steps)])[0]


def played(*steps: str) -> PlayResult:
    return play_virtual(first_order(*steps)).result


def mistakes(*steps: str) -> list[str]:
    source = (WORLD + "".join(f"  - {step}\n" for step in steps)).encode()
    found = preflight(in_every_order([scenario(*steps)]), source=lambda _: source)
    return [str(mistake).removeprefix("short.yaml:") for mistake in found]


def test_each_soft_failure_has_its_own_differences_and_looks_on() -> None:
    first = "{expect: villa, soft: yes, led: white, registration: roaming}"
    result = play(ACTIVATED, first, "{expect: villa, soft: yes, lid_open: yes}")

    (_, one), (_, other) = result.soft_failures
    assert [each.where for each in one.differences] == ["villa: shows.led", "villa: shows.registration"]
    assert one.remarks == (LATER,)
    assert [each.where for each in other.differences] == ["villa: shows.lid_open"]
    assert (result.differences, result.remarks) == (one.differences, one.remarks)


def test_looking_on_repeats_soft_failures_orders_and_kept_values() -> None:
    soft = "{expect: villa, soft: yes, led: red}"
    again = ACTIVATED.replace("ivan", "olga")
    result = played(KEPT, ACTIVATED, TOGETHER, soft, again, "{expect: villa, led: white, app: {star: yes}}")

    assert result.failed_step is not None
    assert result.remarks[-1].startswith("it became so ")


def test_a_kept_value_is_shown_after_its_name() -> None:
    result = play(KEPT, ACTIVATED, "{expect: villa, app: {tile: $before}}")

    (found,) = result.differences
    assert (found.expected, found.seen) == ("$before ('activation_required')", "'activated'")


def test_the_fields_that_differ_in_a_member_are_shown_with_the_member() -> None:
    sees = "{as: ivan, sees: hub_history, hub: villa, shows: {rows: {count: 99}}}"
    result = played(f"{{together: [{sees}, {{as: ivan, do: stop_now, hub: villa}}]}}")

    (found,) = result.differences
    assert found.where == "ivan looks at hub history: shows.rows"
    assert result.remarks[0].startswith("ivan stop now: refused: not_active.")


def test_bench_actions_whose_order_is_open_are_not_mistakes() -> None:
    remove, insert = (
        "{bench: villa, do: remove_sim, slot: 1}",
        "{bench: villa, do: insert_sim, slot: 1, sim: ajax}",
    )
    both = f"{{together: [{remove}, {insert}]}}"

    assert mistakes(both, remove, remove) == []
    assert len(mistakes(remove, remove)) == 1


def test_a_mistake_in_a_step_with_orders_is_reported_once_and_without_an_order() -> None:
    wrong = "{together: [{bench: villa, do: remove_sim, slot: 2}, {as: ivan, do: stop_now, hub: villa}]}"

    (mistake,) = mistakes(wrong)
    assert "slot_empty" in mistake
    assert "order" not in mistake


def test_a_step_that_uses_a_kept_value_is_not_a_mistake() -> None:
    kept = "{expect: villa, battery_percent: {keep: level}}"
    use = "{bench: villa, do: set_battery, percent: $level}"

    assert mistakes(kept, use, "{bench: villa, do: remove_sim, slot: 2}") == []
