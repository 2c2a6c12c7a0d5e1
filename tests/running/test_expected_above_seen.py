"""A mismatch is shown in separate lines, with marks under the words that differ."""

from hubsim_scenarios.language.matching import Mismatch
from hubsim_scenarios.reports.diff import contrast


def test_the_expected_value_is_above_the_seen_one_with_marks() -> None:
    reason = f"villa: {Mismatch('shows.led', repr('red'), repr('green'))}"

    assert contrast(reason) == [
        "villa: shows.led",
        "  expected  'red'",
        "             ^^^",
        "  saw       'green'",
        "             ^^^^^",
    ]


def test_only_the_differing_words_of_long_texts_are_marked() -> None:
    lines = contrast("shows.rows: expected [ethernet, wifi, cellular], saw [ethernet, cellular]")

    assert lines == [
        "shows.rows",
        "  expected  [ethernet, wifi, cellular]",
        "                       ^^^^^^",
        "  saw       [ethernet, cellular]",
    ]


def test_the_time_that_was_waited_is_in_its_own_line() -> None:
    lines = contrast("villa: app.tile: expected 'a', saw 'b' (waited 20 min of world time)")

    assert lines[0] == "villa: app.tile"
    assert lines[3] == "  saw       'b'"
    assert lines[-1] == "  waited 20 min of world time"


def test_a_refusal_with_another_name_stays_in_one_line() -> None:
    reason = "expected the refusal 'not_active', saw 'not_permitted': You may not."

    assert contrast(reason) == [reason]


def test_any_other_reason_stays_in_one_line() -> None:
    assert contrast("the cloud is running already") == ["the cloud is running already"]
