"""Values that a step keeps, and the steps that use them."""

import pytest
from small_world import HEAD, LANGUAGE, scenario, step_mistakes, steps

from hubsim_scenarios.language.comparisons import KeepValue
from hubsim_scenarios.language.keeping import kept_by, used_by, values_to_keep
from hubsim_scenarios.language.moves import MoveToKept
from hubsim_scenarios.language.steps import ClockStep, Expect, PersonSees, PersonStep
from hubsim_scenarios.language.vocabulary import KeptRef, ValueKind

KEEPS = "{expect: front-door, active_sim: {keep: slot}, ends_at: {keep: end}}"


@pytest.mark.parametrize(
    "line",
    [
        "{expect: front-door, active_sim: $slot}",
        "{expect: front-door, active_sim: {not: $slot}}",
        "{expect: front-door, active_sim: {more_than: $slot}}",
        "{expect: front-door, active_sim: {about: $slot, give_or_take: 1}}",
        "{expect: front-door, ends_at: {at_least: $end}}",
        "{never: front-door, active_sim: $slot, for: 1 d}",
        "{as: ivan, sees: your_resellers, shows: {anything: $slot}}",
        "{as: ivan, do: configure_hub, hub: front-door, volume: $slot}",
        "{order: [{event: act, number: $slot}]}",
        "{clock: $end}",
        "{expect: front-door, icons: {count: $slot}}",
    ],
)
def test_a_kept_value_can_be_used_later(line: str) -> None:
    _, user = steps(KEEPS, line)

    assert used_by(user) in ({"slot"}, {"end"})


def test_a_step_names_what_it_keeps() -> None:
    (keeper,) = steps(KEEPS)

    assert kept_by(keeper) == [
        KeepValue("slot", ValueKind.NUMBER),
        KeepValue("end", ValueKind.INSTANT, "Europe/Warsaw"),
    ]


def test_a_field_of_an_action_holds_the_reference() -> None:
    _, user = steps(KEEPS, "{as: ivan, do: configure_hub, hub: front-door, volume: $slot}")

    assert isinstance(user, PersonStep)
    assert user.fields["volume"] == KeptRef("slot")


def test_a_clock_move_takes_an_offset() -> None:
    moves = [
        each.move
        for each in steps(KEEPS, "{clock: $end}", "{clock: $end + 2 h}", "{clock: $end - 1 ms}")
        if isinstance(each, ClockStep)
    ]

    assert moves == [MoveToKept(KeptRef("end"), offset) for offset in (0, 7_200_000, -1)]


@pytest.mark.parametrize(
    ("pattern", "seen", "kept"),
    [
        ("{keep: a}", 5, {"a": 5}),
        ("{x: {keep: a}, y: {keep: b}}", {"x": 1, "y": "t"}, {"a": 1, "b": "t"}),
        ("[{keep: a}, 2]", [1, 2], {"a": 1}),
        ("{has: [{n: 2, id: {keep: a}}]}", [{"n": 1, "id": "p"}, {"n": 2, "id": "q"}], {"a": "q"}),
        ("{keep: a, at_least: 3}", 5, {"a": 5}),
        ("{count: {keep: a}}", [1, 2, 3], {"a": 3}),
    ],
)
def test_the_kept_value_is_the_matching_one(pattern: str, seen: object, kept: dict[str, object]) -> None:
    (step,) = steps(f"{{as: ivan, sees: your_resellers, shows: {pattern}}}")

    assert isinstance(step, PersonSees)
    assert step.shows is not None
    assert dict(values_to_keep(step.shows, seen, str)) == kept


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "{expect: front-door, active_sim: $slott}",
            (
                "2:38: no step before keeps a value as 'slott', and no parameter has this name; "
                "did you mean '$slot'?"
            ),
        ),
        ("{expect: front-door, ends_at: $slot}", "2:35: $slot is a number; an instant is expected here"),
        (
            "{expect: front-door, active_sim: {at_least: $end}}",
            "2:49: $end is an instant; a number is expected here",
        ),
        ("{expect: front-door, tile: $slot}", "2:32: $slot is a number; a text is expected here"),
        ("{clock: $slot}", "2:13: $slot is a number; an instant is expected here"),
        (
            "{clock: $end + soon}",
            "2:13: '$end + soon' is not a clock move; for example $ends, $ends + 2 h or $ends - 1 ms",
        ),
        (
            "{expect: front-door, tile: activated, within: $slot}",
            (
                "2:51: $slot is a kept value, which cannot be used here; "
                "use it in a pattern, in a field of an action, or as a clock move"
            ),
        ),
        (
            "{expect: front-door, active_sim: {keep: slot}}",
            "2:45: 'slot' is already the name of a value; rename one of the two",
        ),
        (
            "{expect: front-door, channels: {keep: them}}",
            "2:43: 'keep' is for single values, not for lists and mappings; keep a value in it",
        ),
        (
            "{expect: front-door, active_sim: {keep: Slot 1}}",
            "2:45: 'Slot 1' cannot be a name; use small letters, digits, - and _, and begin with a letter",
        ),
        (
            "{never: front-door, active_sim: {keep: now}, for: 1 d}",
            "2:44: 'keep' cannot be used here: a 'never' step passes if nothing matches",
        ),
        (
            "{expect: front-door, active_sim: {not: {keep: now}}}",
            "2:51: 'keep' cannot be used here: a value under 'not' is not seen when the step passes",
        ),
        (
            "{expect: front-door, active_sim: {keep: now}, app: {star: on}, icons: {count: $now}}",
            "2:83: $now is kept by this step; only later steps can use it",
        ),
        ("{expect: front-door, channels: $slot}", "2:36: $slot is a single value, not a list or a mapping"),
        ("{as: ivan, do: activate, hub: $slot}", "2:35: $slot is a number; a text is expected here"),
    ],
)
def test_a_wrong_use_of_a_kept_value_is_a_mistake(line: str, expected: str) -> None:
    assert step_mistakes(KEEPS, line) == [expected]


def test_a_text_with_the_sign_stays_a_text_in_a_file_that_keeps_nothing() -> None:
    (create,) = steps("{as: ivan, do: create_company, name: $wolf, country: PL}")

    assert isinstance(create, PersonStep)
    assert create.fields["name"] == "$wolf"


def test_a_misspelt_text_reference_is_a_mistake_in_a_file_that_keeps_values() -> None:
    assert step_mistakes(KEEPS, "{as: ivan, do: create_company, name: $slott, country: PL}") == [
        "2:42: no step before keeps a value as 'slott', and no parameter has this name; did you mean '$slot'?"
    ]


def test_a_single_step_can_use_the_values_of_its_scenario() -> None:
    whole = scenario(f"{HEAD}  - {KEEPS}\n")

    found = LANGUAGE.step("{expect: front-door, active_sim: $slot}", whole)

    assert isinstance(found, Expect)


def test_in_a_list_without_an_order_each_name_gets_its_own_item() -> None:
    (step,) = steps("{expect: front-door, channels: [{keep: other}, wifi]}")

    assert isinstance(step, Expect)
    assert dict(values_to_keep(step.fields["channels"], ["wifi", "ethernet"], str)) == {"other": "ethernet"}
