"""Patterns that compare: bounds, tolerances, dates, regular expressions, parts of texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import scenario, step, step_mistakes, steps

from hubsim_scenarios.language.comparisons import About, Amount, Comparator
from hubsim_scenarios.language.instants import instant
from hubsim_scenarios.language.matching import match
from hubsim_scenarios.language.patterns import Pattern, describe
from hubsim_scenarios.language.steps import Expect, PersonSees

FEBRUARY_MS = instant("2026-02-01 00:00 Europe/Warsaw").ms
KEPT = {"$before": 14, "$word": "reason", "$end": FEBRUARY_MS}


def pattern(text: str) -> Pattern:
    found = step(f"{{as: ivan, sees: your_resellers, shows: {text}}}")
    assert isinstance(found, PersonSees)
    assert found.shows is not None
    return found.shows


def fits(text: str, seen: object) -> bool:
    return match(pattern(text), seen, KEPT.__getitem__) is None


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("{at_least: 3}", 3),
        ("{at_most: 3}", 3),
        ("{more_than: 3}", 4),
        ("{less_than: -3}", -4),
        ("{at_least: 20, at_most: 80}", 80),
        ("{about: 50, give_or_take: 5}", 45),
        ("{about: 50, give_or_take: 0}", 50),
        ("{at_least: 2026-02-01 00:00}", FEBRUARY_MS),
        ("{more_than: 2026-01-31 23:59:59.999}", FEBRUARY_MS),
        ("{about: 2026-02-01 00:01, give_or_take: 1 min}", FEBRUARY_MS),
        ("{ends_at_ms: 2026-02-01 00:00}", {"ends_at_ms": FEBRUARY_MS}),
        ("{at_ms: 1769900400000}", {"at_ms": FEBRUARY_MS}),
        ("{regex: '^un.*e$'}", "unreadable"),
        ("{regex: read}", "unreadable"),
        ("{contains: READ}", "unREADable"),
        ("{contains: '.*'}", "a.*b"),
        ("{count: {at_least: 2}}", [1, 2]),
        ("{count: {more_than: 2}, has: [1]}", [1, 2, 3]),
        ("{not: {more_than: 3}}", 3),
        ("{not: {regex: x}}", "y"),
        ("{has: [{at_least: 2}]}", [1, 2]),
    ],
)
def test_a_comparison_matches(text: str, seen: object) -> None:
    assert fits(text, seen)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("{at_least: 3}", 2),
        ("{at_most: 3}", 4),
        ("{more_than: 3}", 3),
        ("{less_than: 3}", 3),
        ("{at_least: 20, at_most: 80}", 81),
        ("{about: 50, give_or_take: 5}", 56),
        ("{about: 2026-02-01 00:01, give_or_take: 59 s}", FEBRUARY_MS),
        ("{ends_at_ms: 2026-02-01 00:00}", {"ends_at_ms": FEBRUARY_MS + 1}),
        ("{regex: '^read'}", "unreadable"),
        ("{contains: read}", "unREADable"),
        ("{count: {at_least: 2}}", [1]),
    ],
)
def test_a_comparison_does_not_match(text: str, seen: object) -> None:
    assert not fits(text, seen)


@pytest.mark.parametrize(
    "word", ["at_least: 0", "at_most: 9", "about: 1, give_or_take: 9", "regex: o", "contains: o"]
)
@pytest.mark.parametrize("seen", [None, True, [], {}])
def test_nothing_flags_and_lists_match_no_comparison(word: str, seen: object) -> None:
    assert not fits(f"{{{word}}}", seen)


def test_numbers_and_texts_are_not_mixed() -> None:
    assert not fits("{at_least: 0}", "5")
    assert not fits("{regex: '5'}", 5)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.integers(0, 10**6))
def test_bounds_agree_with_each_other(seen: int, bound: int, width: int) -> None:
    more, least, less, most, exactly = (
        Amount(comparator, bound, str(bound)).fits(seen, KEPT.__getitem__)
        for comparator in (
            Comparator.MORE_THAN,
            Comparator.AT_LEAST,
            Comparator.LESS_THAN,
            Comparator.AT_MOST,
            Comparator.EXACTLY,
        )
    )

    assert more is not most
    assert less is not least
    assert (least and most) is exactly is (seen == bound)
    assert About(bound, width, "", "").fits(seen, KEPT.__getitem__) is (abs(seen - bound) <= width)


def mismatch(line: str, field: str, seen: object) -> str:
    found = step(line)
    assert isinstance(found, Expect)
    return str(match(found.fields[field], seen, KEPT.__getitem__, field))


def test_a_mismatch_names_the_bound_and_shows_instants_as_dates() -> None:
    assert mismatch("{expect: front-door, active_sim: {at_least: 2, at_most: 3}}", "active_sim", 1) == (
        "active_sim: expected at least 2, saw 1"
    )
    assert mismatch("{expect: front-door, ends_at: 2026-02-01 00:00}", "ends_at_ms", FEBRUARY_MS - 1000) == (
        "ends_at_ms: expected 2026-02-01 00:00 Europe/Warsaw, saw 2026-01-31 23:59:59 Europe/Warsaw"
    )
    near = "{expect: front-door, ends_at: {about: 2026-02-01 00:00, give_or_take: 1 min}}"
    assert mismatch(near, "ends_at_ms", None) == (
        "ends_at_ms: expected about 2026-02-01 00:00 Europe/Warsaw, give or take 1 min, saw null"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{count: {at_least: 2}}", "at least 2 items"),
        ("{regex: '^a'}", "text that matches '^a'"),
        ("{contains: a b}", "text that contains 'a b'"),
        ("{not: {less_than: 2}}", "not less than 2"),
    ],
)
def test_comparisons_are_described_in_words(text: str, words: str) -> None:
    assert describe(pattern(text)) == words


def test_a_date_is_in_the_zone_that_it_names() -> None:
    (there,) = steps("{expect: front-door, ends_at: {at_least: 2026-02-01 00:00 America/New_York}}")

    assert isinstance(there, Expect)
    assert match(there.fields["ends_at_ms"], FEBRUARY_MS, KEPT.__getitem__) is not None
    assert match(there.fields["ends_at_ms"], FEBRUARY_MS + 6 * 3_600_000, KEPT.__getitem__) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            "tile: {at_least: 3}",
            (
                "1:33: 'at_least' compares numbers, durations and instants; "
                "a tile (`none`, `activation_required`, `activated`, `expires_soon`) is expected here"
            ),
        ),
        (
            "tile: {regex: act}",
            (
                "1:33: 'regex' compares free text; a tile (`none`, `activation_required`, `activated`, "
                "`expires_soon`) is expected here"
            ),
        ),
        ("active_sim: {contains: x}", "1:39: 'contains' compares free text; a whole number is expected here"),
        ("active_sim: {at_least: many}", "1:49: 'many' is not a whole number"),
        (
            "active_sim: {about: 3}",
            (
                "1:46: 'about' needs the tolerance next to it; "
                "for example give_or_take: 1 min, or give_or_take: 5"
            ),
        ),
        ("active_sim: {give_or_take: 3}", "1:39: 'give_or_take' needs 'about' next to it"),
        ("active_sim: {about: 3, give_or_take: 1 min}", "1:63: '1 min' is not a whole number of at least 0"),
        ("active_sim: {at_least: 5, at_most: 3}", "1:39: no value is at least 5 and at most 3"),
        ("active_sim: {more_than: 3, less_than: 4}", "1:39: no value is more than 3 and less than 4"),
        (
            "active_sim: {from: 2}",
            (
                "1:39: 'from' is not a pattern word; a whole number or a pattern is expected here; "
                "write at_least"
            ),
        ),
        (
            "active_sim: {at_leest: 2}",
            (
                "1:39: 'at_leest' is not a pattern word; a whole number or a pattern is "
                "expected here; did you mean 'at_least'?"
            ),
        ),
        (
            "ends_at: {at_least: tomorrow}",
            "1:46: 'tomorrow' is not an instant; for example 2026-01-15 09:00 Europe/Warsaw",
        ),
        (
            "ends_at: {about: 2026-02-01 00:00, give_or_take: 5}",
            "1:75: '5' has no unit; for example 5 s or 5 min",
        ),
        (
            "icons: {has: [{regex: '('}]}",
            "1:48: '(' is not a regular expression: missing ): (; the syntax is that of RE2",
        ),
        (
            "icons: {has: [{regex: '(?=a)'}]}",
            (
                "1:48: '(?=a)' is not a regular expression: invalid perl operator: (?=; "
                "the syntax is that of RE2"
            ),
        ),
        (
            "icons: {has: [{regex: ''}]}",
            "1:48: an empty regular expression matches every text; name a part of the text",
        ),
        ("icons: {has: [{contains: ''}]}", "1:51: every text contains the empty text: write a part of it"),
    ],
)
def test_a_comparison_that_cannot_work_is_a_mistake(fields: str, expected: str) -> None:
    assert step_mistakes(f"{{expect: front-door, {fields}}}") == [expected]


def test_an_expression_that_other_engines_cannot_finish_is_matched_at_once() -> None:
    assert not fits("{regex: '^(a|a)*(a+)+b$'}", "a" * 100_000)


def test_the_settings_of_yaml_do_not_change_a_date() -> None:
    found = scenario(
        "scenario: x\nclock: 2026-01-15 09:00 Europe/Warsaw\nworld: {people: [ivan]}\n"
        "steps:\n  - {as: ivan, sees: your_resellers, shows: {at_ms: '2026-02-01 00:00'}}\n"
    )

    (only,) = found.steps
    assert isinstance(only, PersonSees)
    assert only.shows is not None
    assert match(only.shows, {"at_ms": FEBRUARY_MS}, KEPT.__getitem__) is None


@pytest.mark.parametrize(
    ("items", "seen", "fit"),
    [
        ("[{not: cellular}, wifi]", ["wifi", "ethernet"], True),
        ("[{not: cellular}, {not: wifi}]", ["wifi", "ethernet"], True),
        ("[{not: wifi}, {not: wifi}]", ["wifi", "ethernet"], False),
        ("[{not: cellular}, wifi]", ["wifi", "cellular"], False),
    ],
)
def test_in_a_list_without_an_order_each_pattern_gets_its_own_item(
    items: str, seen: list[str], fit: bool
) -> None:
    found = step(f"{{expect: front-door, channels: {items}}}")

    assert isinstance(found, Expect)
    assert (match(found.fields["channels"], seen, KEPT.__getitem__) is None) is fit
