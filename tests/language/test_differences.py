"""All differences between a pattern and a seen value, and their texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import step

from hubsim_scenarios.language.excerpts import around_difference, shortened
from hubsim_scenarios.language.matching import MAX_SHOWN_CHARS, Mismatch, differences, fits
from hubsim_scenarios.language.patterns import Pattern
from hubsim_scenarios.language.steps import PersonSees
from hubsim_scenarios.language.wording import PLAIN, Wording

IDS = {"wolf": "company-7", "front-door": "0A1B2C3D"}
WARSAW = Wording("Europe/Warsaw")
MIDNIGHT_MS = 1_772_319_600_000


def pattern(text: str) -> Pattern:
    found = step(f"{{as: ivan, sees: your_resellers, shows: {text}}}")
    assert isinstance(found, PersonSees)
    assert found.shows is not None
    return found.shows


def found(text: str, seen: object, words: Wording = PLAIN) -> list[str]:
    return list(map(str, differences(pattern(text), seen, IDS.__getitem__, words=words)))


@pytest.mark.parametrize(
    ("text", "seen", "texts"),
    [
        (
            "{a: 1, b: {c: 2, d: 3}, e: 4}",
            {"a": 0, "b": {"c": 2, "d": 0}, "e": 4},
            ["shows.a: expected '1', saw 0", "shows.b.d: expected '3', saw 0"],
        ),
        (
            "[{a: 1}, {a: 2}]",
            [{"a": 0}, {"a": 0}],
            ["shows[0].a: expected '1', saw 0", "shows[1].a: expected '2', saw 0"],
        ),
        (
            "[{a: 1}, {a: 2}, {a: 3}]",
            [{"a": 1}, {"a": 3}],
            ["shows: expected 3 items, saw 2 items", "shows[1]: expected {a: '2'}, saw no such item"],
        ),
        (
            "[{a: 1}]",
            [{"a": 0, "b": 0}, {"a": 1}],
            ["shows: expected 1 item, saw 2 items", "shows[0]: expected no such item, saw {a: 0, b: 0}"],
        ),
        (
            "{has: [{a: 1, b: 2}, x]}",
            [{"a": 0, "b": 0}, {"a": 1, "b": 0}],
            [
                "shows: expected a list with 'x', saw [{a: 0, b: 0}, {a: 1, b: 0}]",
                "shows: expected an item {a: '1', b: '2'}, saw 2 items without it; [1] is the nearest",
                "shows[1].b: expected '2', saw 0",
            ],
        ),
        ("{has: [{a: 1}]}", [{"a": 0}], ["shows: expected an item {a: '1'}, saw [{a: 0}]"]),
        (
            "{has: [a], count: 2}",
            ["b"],
            ["shows: expected a list with 'a', saw ['b']", "shows: expected 2 items, saw ['b']"],
        ),
    ],
)
def test_every_difference_is_found_with_its_path(text: str, seen: object, texts: list[str]) -> None:
    assert found(text, seen) == texts


def test_an_instant_is_a_date_in_the_zone_of_the_words() -> None:
    seen = {"rows": [{"at_ms": MIDNIGHT_MS, "ends_at_ms": None}]}
    text = f"{{rows: [{{at_ms: {MIDNIGHT_MS + 3_600_000}, ends_at_ms: {MIDNIGHT_MS}}}]}}"

    assert found(text, seen, WARSAW) == [
        "shows.rows[0].at_ms: expected 2026-03-01 01:00 Europe/Warsaw, saw 2026-03-01 00:00 Europe/Warsaw",
        "shows.rows[0].ends_at_ms: expected 2026-03-01 00:00 Europe/Warsaw, saw null",
    ]


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        ({"at_ms": MIDNIGHT_MS + 1_500}, "{at_ms: 2026-03-01 00:00:01.500 Europe/Warsaw}"),
        ({"delay_ms": 1_500, "seat_ms": 2}, "{delay_ms: 1500, seat_ms: 2}"),
        ({"at_ms": 10**30}, f"{{at_ms: {10**30}}}"),
        ({"lines": ({"hub": "villa", "paid": True},)}, "{lines: [{hub: 'villa', paid: on}]}"),
        ({1: {"b", "a"}}, "{1: ['a', 'b']}"),
        (MIDNIGHT_MS, str(MIDNIGHT_MS)),
        ("it's\n\u202e", '"it\'s\\n\\u202e"'),
    ],
)
def test_a_value_is_written_as_in_a_scenario_file(seen: object, text: str) -> None:
    assert WARSAW.seen(seen) == text


def test_a_long_value_is_shortened_around_the_difference() -> None:
    same = "x" * 1_000

    shown = str(Mismatch("shows.text", f"{same} ours {same}", f"{same} theirs {same}"))

    assert " ours x" in shown
    assert " theirs x" in shown
    assert len(shown) <= len("shows.text: expected , saw ") + 2 * MAX_SHOWN_CHARS


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300), st.integers(20, 120))
def test_an_excerpt_fits_and_contains_the_first_difference(
    same: str, one: str, other: str, width: int
) -> None:
    first, second = f"{same}A{one}", f"{same}B{other}"

    ours, theirs = around_difference(first, second, width)

    assert len(ours) <= width
    assert len(theirs) <= width
    assert ours != theirs
    assert shortened(ours, width) == ours


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["a", "on", "5"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)
PATTERNS = st.sampled_from(
    [
        "{a: 1}",
        "{a: {b: on}}",
        "[1, {a: 2}]",
        "[a, on]",
        "{has: [{a: 1}, 5]}",
        "{not: {a: 1}}",
        "{count: 2}",
        "{empty: no}",
        "{has: [a], count: 1}",
    ]
).map(pattern)


@given(PATTERNS, VALUES)
def test_there_are_differences_exactly_when_the_value_does_not_match(expected: Pattern, seen: object) -> None:
    listed = list(differences(expected, seen, IDS.__getitem__, words=WARSAW))

    assert bool(listed) != fits(expected, seen, IDS.__getitem__)
