"""Where two runs part, and what two runs of other kinds have in common."""

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


def test_the_first_event_that_differs_is_named_with_what_stood_before(traces: Traces) -> None:
    lines = traces.lines()
    first, second = traces.play(lines), traces.play(changed(lines, "answered", refused="not_approved"))

    parting = compare(first, second)

    assert parting is not None
    assert [each.event.event for each in parting.before][-1] == "act"
    told = "\n".join(difference_lines(first, second, parting))
    assert 'refused: "not_active" in A, "not_approved" in B' in told
    assert "January 2026, 15 09:00:00 Europe/Warsaw" in told


def test_a_play_that_ends_earlier_has_nothing_more_there(traces: Traces) -> None:
    lines = traces.lines().splitlines(keepends=True)
    first, second = traces.play(b"".join(lines)), traces.play(b"".join(lines[:-3]))

    parting = compare(first, second)

    assert parting is not None
    assert (len(parting.first), len(parting.second)) == (1, 0)
    assert "  B  (has nothing more there)" in difference_lines(first, second, parting)


def test_another_seed_is_the_same_by_names_and_another_exactly(traces: Traces) -> None:
    first, second = traces.play(traces.lines(seed=1)), traces.play(traces.lines(seed=2))

    assert compare(first, second) is None
    assert compare(first, second, exact=True) is not None


def test_what_is_replaced_at_the_same_instant_is_passed_over(traces: Traces) -> None:
    (file,) = CATALOG.glob("902-*.yaml")
    text = file.read_text(encoding="utf-8")
    first = traces.play(traces.lines(text, seed=1))

    for seed in range(2, 8):
        assert compare(first, traces.play(traces.lines(text, seed=seed))) is None


@pytest.mark.live
def test_the_live_world_does_the_same_as_the_virtual_one(traces: Traces) -> None:
    first, second = traces.play(traces.lines()), traces.play(traces.lines(live=True))

    assert compare(first, second) is None


def test_order_within_an_instant_does_not_count_but_what_happens_does(traces: Traces) -> None:
    first = traces.play(traces.lines(seed=1))
    other = SHORT.replace(
        "{bench: villa, do: set_lid, open: yes}", "{bench: villa, do: unplug, link: ethernet}"
    )
    second = traces.play(traces.lines(other, seed=2))

    parting = compare(first, second)

    assert parting is not None
    assert {each.event.facts.get("do") for each in parting.first} >= {"set_lid"}
    assert {each.event.facts.get("do") for each in parting.second} >= {"unplug"}


def test_another_prefix_is_no_difference(traces: Traces) -> None:
    lines = traces.lines()
    moved = changed(lines.replace(b"hubsim/v1/", b"hubsim/v1/0a1b2c3d/"), "play_began", world="live")

    assert compare(traces.play(lines), traces.play(moved)) is None


def test_the_same_events_with_another_verdict_are_different(traces: Traces) -> None:
    lines = traces.lines()
    first, second = traces.play(lines), traces.play(changed(lines, "play_ended", verdict="fail", reason="no"))

    parting = compare(first, second)

    assert parting is not None
    assert parting.what == "the events are the same, but A ended PASS, B FAIL (no)"


def test_a_skipped_play_has_nothing_to_compare(traces: Traces) -> None:
    lines = traces.lines()
    head, *_, end = lines.splitlines(keepends=True)
    skipped = traces.play(changed(head + end, "play_ended", verdict="skipped", reason="not ours to stop"))

    parting = compare(traces.play(lines), skipped)

    assert parting is not None
    assert parting.what == "B was skipped, there is nothing to compare with"
    assert compare(skipped, skipped) is None


def test_a_will_that_only_one_world_hears_is_no_difference(traces: Traces) -> None:
    lines = traces.lines().splitlines(keepends=True)
    said = next(line for line in lines if b"/presence" in line)
    will = said.replace(b'online\\":true', b'online\\":false')
    first, second = traces.play(b"".join(lines)), traces.play(b"".join([*lines[:-1], will, lines[-1]]))

    assert will != said
    assert compare(first, second, exact=False) is None
    assert compare(first, second, exact=True) is not None
