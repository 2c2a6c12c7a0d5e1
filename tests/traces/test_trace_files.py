"""Trace files: written traces can be read, and errors in a file are reported with their line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded_plays import SHORT, Traces

from hubsim_contract.lab.trace import PACKET
from hubsim_scenarios.pages.traces import traces_page
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import CATALOG, find, read
from hubsim_scenarios.traces.reader import BadTrace, parse, read_plays
from hubsim_scenarios.traces.records import KINDS, record_of
from hubsim_scenarios.traces.writer import names_of


@pytest.fixture
def traces(tmp_path: Path) -> Traces:
    return Traces(tmp_path)


def test_a_play_has_a_head_its_events_and_an_end(traces: Traces) -> None:
    play = traces.play(traces.lines())

    assert play.head.scenario == "A hub is activated"
    assert (play.head.seed, play.head.world, play.head.broker) == (1, "virtual", "embedded")
    assert play.events[0].line == 2
    assert play.end is not None
    assert (play.end.verdict, play.end.steps) == (Verdict.PASS, 5)


def test_the_head_names_hubs_and_cards_by_their_ids_in_the_play(traces: Traces) -> None:
    play = traces.play(traces.lines(seed=7))

    seen = {
        (recorded.event.facts["hub"], slot["iccid"])
        for recorded in play.events
        if recorded.event.facts.get("fact") == "sims_observed"
        for slot in recorded.event.facts["sims"]
        if slot["iccid"]
    }
    names = play.head.names
    assert {(names[hub], names[card]) for hub, card in seen} == {("villa", "card"), ("shed", "shed/sim-1")}


def test_cards_without_a_name_are_named_after_their_slot_in_every_scenario_of_the_catalog() -> None:
    for scenario in read(find([CATALOG])):
        names = names_of(scenario, 1)

        assert set(scenario.world.hubs) | set(scenario.world.sims) <= set(names.values())


def test_a_file_can_have_several_plays(traces: Traces) -> None:
    file = traces.file(traces.lines(seed=1) + traces.lines(seed=2))

    assert [play.head.seed for play in read_plays(file)] == [1, 2]


def test_a_play_without_an_end_was_cut_off(traces: Traces) -> None:
    lines = traces.lines().splitlines(keepends=True)

    cut, whole = read_plays(traces.file(b"".join(lines[:-1] + lines)))

    assert cut.end is None
    assert whole.end is not None
    assert cut.events[0].event == whole.events[0].event


def test_every_event_of_the_catalog_is_one_of_the_records() -> None:
    kinds = set()
    for scenario in read(find([CATALOG])):
        for event in play_virtual(scenario).trace.events:
            record_of(event.plain())
            kinds.add(event.event)

    assert kinds == set(KINDS) - {"play_began", "play_ended", PACKET}


def test_unknown_fields_are_ignored(traces: Traces) -> None:
    head, *rest = traces.lines().splitlines(keepends=True)

    later = json.dumps({**json.loads(head), "weather": "rain"}).encode() + b"\n"

    assert traces.play(later + b"".join(rest)).head.seed == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "an object is expected"),
        ('{"at_ms": 1}', "`event` is missing; one of play_began, act"),
        ('{"event": "publishd"}', "unknown kind of event 'publishd'; did you mean 'published'?"),
        ('{"event": "act", "at_ms": 1, "who": "olga"}', "missing required field `do`"),
        ('{"event": "act", "at_ms": "x", "who": "olga", "do": "x"}', "Expected `int`, got `str`"),
        ('{"event": "act", "at_ms": -1, "who": "olga", "do": "x"}', "is before 1970"),
        ('{"event": "act", "at_ms": 999999999999999, "who": "olga", "do": "x"}', "after 9998"),
    ],
    ids=[
        "not JSON",
        "not an object",
        "no event",
        "unknown event",
        "missing field",
        "wrong type",
        "before 1970",
        "after 9998",
    ],
)
def test_an_invalid_line_is_reported_with_its_number_and_the_reason(
    traces: Traces, line: str, message: str
) -> None:
    lines = traces.lines().splitlines(keepends=True)
    file = traces.file(b"".join(lines[:3]) + line.encode() + b"\n" + b"".join(lines[3:]))

    with pytest.raises(BadTrace) as bad:
        list(read_plays(file))

    assert str(bad.value).startswith(f"{file}:4: ")
    assert message in str(bad.value)


def test_a_trace_without_a_head_is_reported(traces: Traces) -> None:
    file = traces.file(b"".join(traces.lines().splitlines(keepends=True)[1:]))

    with pytest.raises(BadTrace, match="before the head of a play; a play begins with"):
        list(read_plays(file))


def test_a_newer_format_is_rejected(traces: Traces) -> None:
    head, *_ = traces.lines().splitlines()
    newer = json.dumps({**json.loads(head), "format": 2}).encode()

    with pytest.raises(BadTrace, match="has format 2, this program reads 1; update hubsim"):
        list(read_plays(traces.file(newer)))


@given(st.lists(st.binary(max_size=40) | st.sampled_from([*SHORT.encode().splitlines(), b'{"event":"act"}'])))
def test_any_bytes_give_plays_or_one_error(lines: list[bytes]) -> None:
    whole = b"\n".join(lines)
    if whole.split():
        with pytest.raises(BadTrace, match=r"any:\d+: "):
            list(parse(Path("any"), whole))
    else:
        assert list(parse(Path("any"), whole)) == []


def test_the_page_has_every_kind_of_line() -> None:
    page = traces_page()

    for kind in KINDS:
        assert f"### `{kind}`" in page
    assert "| `refused` | text or null | required | The name of the refusal." in page
