"""The first difference between two runs, exact or normalised."""

from pathlib import Path

import pytest
from recorded_plays import SHORT, Traces, changed

from hubsim_scenarios.product.files import CATALOG
from hubsim_scenarios.traces.compare import compare
from hubsim_scenarios.traces.difference_text import difference_lines


@pytest.fixture
def traces(tmp_path: Path) -> Traces:
    return Traces(tmp_path)


def test_the_same_play_twice_has_no_difference(traces: Traces) -> None:
    first, second = traces.play(traces.lines()), traces.play(traces.lines())

    assert compare(first, second) is None


def test_the_first_difference_is_shown_with_the_events_before_it(traces: Traces) -> None:
    lines = traces.lines()
    first, second = traces.play(lines), traces.play(changed(lines, "answered", refused="not_approved"))

    difference = compare(first, second)

    assert difference is not None
    assert [each.event.event for each in difference.before][-1] == "act"
    text = "\n".join(difference_lines(first, second, difference))
    assert 'refused: "not_active" in A, "not_approved" in B' in text
    assert "January 2026, 15 09:00:00 Europe/Warsaw" in text


def test_a_play_that_ends_earlier_has_no_event_at_the_difference(traces: Traces) -> None:
    lines = traces.lines().splitlines(keepends=True)
    first, second = traces.play(b"".join(lines)), traces.play(b"".join(lines[:-3]))

    difference = compare(first, second)

    assert difference is not None
    assert (len(difference.first), len(difference.second)) == (1, 0)
    assert "  B  (no event)" in difference_lines(first, second, difference)


def test_another_seed_differs_exactly_but_not_after_normalisation(traces: Traces) -> None:
    first, second = traces.play(traces.lines(seed=1)), traces.play(traces.lines(seed=2))

    assert compare(first, second) is None
    assert compare(first, second, exact=True) is not None


def test_a_document_that_is_replaced_at_the_same_instant_is_ignored(traces: Traces) -> None:
    (file,) = CATALOG.glob("902-*.yaml")
    text = file.read_text(encoding="utf-8")
    first = traces.play(traces.lines(text, seed=1))

    for seed in range(2, 8):
        assert compare(first, traces.play(traces.lines(text, seed=seed))) is None


@pytest.mark.live
def test_a_live_play_does_not_differ_from_a_virtual_one(traces: Traces) -> None:
    first, second = traces.play(traces.lines()), traces.play(traces.lines(live=True))

    assert compare(first, second) is None


def test_the_order_within_an_instant_is_ignored_but_not_the_events(traces: Traces) -> None:
    first = traces.play(traces.lines(seed=1))
    other = SHORT.replace(
        "{bench: villa, do: set_lid, open: yes}", "{bench: villa, do: unplug, link: ethernet}"
    )
    second = traces.play(traces.lines(other, seed=2))

    difference = compare(first, second)

    assert difference is not None
    assert {each.event.facts.get("do") for each in difference.first} >= {"set_lid"}
    assert {each.event.facts.get("do") for each in difference.second} >= {"unplug"}


def test_another_topic_prefix_is_not_a_difference(traces: Traces) -> None:
    lines = traces.lines()
    moved = changed(lines.replace(b"hubsim/v1/", b"hubsim/v1/0a1b2c3d/"), "play_began", world="live")

    assert compare(traces.play(lines), traces.play(moved)) is None


def test_the_same_events_with_another_verdict_are_different(traces: Traces) -> None:
    lines = traces.lines()
    first, second = traces.play(lines), traces.play(changed(lines, "play_ended", verdict="fail", reason="no"))

    difference = compare(first, second)

    assert difference is not None
    assert difference.what == "the events are the same, but A ended PASS, B FAIL (no)"


def test_a_skipped_play_has_nothing_to_compare(traces: Traces) -> None:
    lines = traces.lines()
    head, *_, end = lines.splitlines(keepends=True)
    skipped = traces.play(changed(head + end, "play_ended", verdict="skipped", reason="not ours to stop"))

    difference = compare(traces.play(lines), skipped)

    assert difference is not None
    assert difference.what == "B was skipped: there is nothing to compare"
    assert compare(skipped, skipped) is None


def test_a_will_that_only_one_world_receives_is_not_a_difference(traces: Traces) -> None:
    lines = traces.lines().splitlines(keepends=True)
    presence = next(line for line in lines if b"/presence" in line)
    will = presence.replace(b'online\\":true', b'online\\":false')
    first, second = traces.play(b"".join(lines)), traces.play(b"".join([*lines[:-1], will, lines[-1]]))

    assert will != presence
    assert compare(first, second, exact=False) is None
    assert compare(first, second, exact=True) is not None


def test_another_market_is_named_as_a_reason(traces: Traces) -> None:
    lines = traces.lines()
    other = changed(changed(lines, "play_began", market="cheap.toml"), "answered", refused="not_approved")
    first, second = traces.play(lines), traces.play(other)

    difference = compare(first, second)

    assert difference is not None
    assert "  the markets differ: A has none, B cheap.toml" in [*difference_lines(first, second, difference)]


def test_other_time_zone_rules_are_named_as_a_reason(traces: Traces) -> None:
    lines = traces.lines()
    later = changed(changed(lines, "play_began", zone_rules="2099z"), "answered", refused="not_approved")
    first, second = traces.play(lines), traces.play(later)

    difference = compare(first, second)

    assert difference is not None
    text = "\n".join(difference_lines(first, second, difference))
    assert "zone rules 2099z" in text
    assert "the time zone rules differ, so month ends and local times can differ" in text
