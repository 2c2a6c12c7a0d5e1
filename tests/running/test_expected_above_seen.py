"""A failure is shown with each expected value above the seen one, and marks under the words that differ."""

from hubsim_scenarios.play.context import FieldDifference
from hubsim_scenarios.reports.diff import MAX_DIFFERENCES, VALUE_WIDTH, contrast, leads


def test_the_expected_value_is_above_the_seen_one() -> None:
    assert contrast("a reason", [FieldDifference("villa: shows.led", "'red'", "'green'")]) == [
        "villa: shows.led",
        "  expected  'red'",
        "             ^^^",
        "  saw       'green'",
        "             ^^^^^",
    ]


def test_only_the_differing_words_of_long_texts_are_marked() -> None:
    difference = FieldDifference("shows.rows", "[ethernet, wifi, cellular]", "[ethernet, cellular]")

    assert contrast("a reason", [difference]) == [
        "shows.rows",
        "  expected  [ethernet, wifi, cellular]",
        "                       ^^^^^^",
        "  saw       [ethernet, cellular]",
    ]


def test_every_field_that_differs_is_shown_and_then_the_remarks() -> None:
    fields = [
        FieldDifference("villa: app.star", "on", "off"),
        FieldDifference("villa: shows.led", "'red'", "'green'"),
    ]

    assert contrast("a reason", fields, ["waited 20 min of world time"]) == [
        "villa: app.star",
        "  expected  on",
        "            ^^",
        "  saw       off",
        "            ^^^",
        "villa: shows.led",
        "  expected  'red'",
        "             ^^^",
        "  saw       'green'",
        "             ^^^^^",
        "  waited 20 min of world time",
    ]


def test_a_long_value_is_shortened_around_the_difference() -> None:
    same = "same " * 100

    lines = contrast("a reason", [FieldDifference("shows.text", f"{same}ours", f"{same}theirs {same}")])

    expected, seen = (next(line for line in lines if line.startswith(lead)) for lead in leads())
    assert expected.startswith(f"{leads()[0]}...")
    assert expected.endswith("same ours")
    assert "same theirs same" in seen
    assert max(map(len, lines)) <= VALUE_WIDTH + len(leads()[0])


def test_more_fields_than_a_reader_can_use_are_counted() -> None:
    many = [FieldDifference(f"field {number}", "1", "2") for number in range(MAX_DIFFERENCES + 3)]

    assert contrast("a reason", many)[-1] == "and 3 more fields"


def test_a_reason_without_fields_stays_in_one_line() -> None:
    assert contrast("the cloud is running already") == ["the cloud is running already"]
