"""A trace as a diagram: which events belong to which step, and which lanes a row joins."""

import pytest
from reported import ACTIVATED, BLOCKED, FAILING, PASSING, played

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.product.files import CATALOG, find, read
from hubsim_scenarios.reports.page_data import hub_names
from hubsim_scenarios.reports.play_record import PlayRecord
from hubsim_scenarios.reports.sequence import Row, RowKind, message_label, sequence
from hubsim_scenarios.reports.step_events import events_by_step


def of_steps(account: PlayRecord) -> list[list[str]]:
    """Return the kinds of events of each step."""
    ends = events_by_step(account.trace.events, account.result)
    begins = [0, *ends]
    return [
        [event.event for event in account.trace.events[begin:end]]
        for begin, end in zip(begins, ends, strict=False)
    ]


def rows(account: PlayRecord) -> list[tuple[str, str, RowKind, str]]:
    """Return from whom to whom each row goes, in names."""
    result = account.result
    diagram = sequence(account.trace.events, hub_names(result.seed, result.scenario.world.hubs))
    names = [lane.name for lane in diagram.lanes]
    return [(names[row.source], names[row.target], row.kind, row.label) for row in diagram.rows]


def test_each_step_has_the_events_that_it_brought_about() -> None:
    world, refused, activated, moved, checked, opened = of_steps(played(*PASSING))

    assert set(world) == {"fact", "published"}
    assert refused == ["act", "answered"]
    assert activated[0] == "act"
    assert "answered" in activated
    assert {"published", "fact"} <= set(activated)
    assert {"published", "fact"} <= set(moved)
    assert "act" not in moved
    assert checked == []
    assert opened[:1] == ["bench"]


def test_looks_between_two_acts_take_no_events_from_the_second() -> None:
    _, first, looked, second = of_steps(
        played(
            ACTIVATED, "{as: ivan, sees: hub_information, hub: villa}", "{as: ivan, do: stop_now, hub: villa}"
        )
    )

    assert first[0] == second[0] == "act"
    assert looked == []


@pytest.mark.parametrize("steps", [PASSING, FAILING, BLOCKED])
def test_no_event_is_lost_and_the_last_step_played_has_the_rest(steps: tuple[str, ...]) -> None:
    account = played(*steps)

    ends = events_by_step(account.trace.events, account.result)

    assert ends == sorted(ends)
    assert ends[-1] == len(account.trace.events)
    assert len(ends) == 1 + len(account.result.steps) + (account.result.failed_step is not None)


def test_every_act_of_the_catalog_begins_its_own_step() -> None:
    for scenario in read(find([CATALOG]))[::7]:
        done = play_virtual(scenario)
        begins = events_by_step(done.trace.events, done.result)
        acts = {
            place for place, event in enumerate(done.trace.events) if event.event in ("act", "bench", "fault")
        }
        assert acts <= set(begins), scenario.file


def test_wishes_go_to_the_cloud_and_messages_by_the_broker_to_whom_they_are_meant_for() -> None:
    said = rows(played(*PASSING))

    assert ("ivan", "cloud", RowKind.WISH, "activate") in said
    assert ("cloud", "ivan", RowKind.GRANTED, "granted") in said
    assert ("cloud", "ivan", RowKind.REFUSED, "refused: not_active") in said
    assert ("villa", "villa", RowKind.BENCH_ACTIONS, "set lid") in said
    meant = {(source, target) for source, target, kind, _ in said if kind is RowKind.MESSAGE}
    assert meant == {("cloud", "villa"), ("villa", "cloud"), ("cloud", "carrier"), ("carrier", "cloud")}


def test_what_a_fault_struck_goes_from_the_broker_to_its_receiver() -> None:
    said = rows(played("{fault: drop, message: desired, hub: villa}", ACTIVATED))

    assert ("broker", "broker", RowKind.FAULT, "drop") in said
    assert ("broker", "villa", RowKind.STRUCK, "desired does not arrive now") in said


def test_a_row_has_all_facts_of_its_event() -> None:
    account = played(ACTIVATED)
    diagram = sequence(account.trace.events, {})

    assert [row.facts for row in diagram.rows] == [event.facts for event in account.trace.events]
    assert all(isinstance(row, Row) for row in diagram.rows)


@pytest.mark.parametrize(
    ("topic", "payload", "label"),
    [
        ("p/q/hubs/0A/desired", '{"version":3,"service":"active"}', "desired v3, active"),
        ("hubs/0A/presence", '{"online":false}', "presence offline"),
        ("x/carrier/orders/8988300001", '{"sequence":2,"profile":"active"}', "orders 2, active (card …0001)"),
        ("x/hubs/0A/desired", "", "desired: cleared"),
        ("x/hubs/0A/desired", "{", "desired: unreadable"),
        ("x/hubs/0A/desired", "[1]", "desired: unreadable"),
        ("elsewhere", '{"a":1}', ""),
    ],
)
def test_a_message_is_told_in_a_few_words(topic: str, payload: str, label: str) -> None:
    assert message_label(topic, payload) == label


def test_an_event_that_nobody_knows_stays_with_who_it_is_of() -> None:
    diagram = sequence([TraceEvent(1, "news", "cloud", {})], {})

    (row,) = diagram.rows
    assert (row.source == row.target, row.kind, row.label) == (True, RowKind.OTHER, "news")
