"""A trace as a diagram: the events of each step, and the lanes of each row."""

import pytest
from reported import ACTIVATED, BLOCKED, FAILING, PASSING, played

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.steps import Together
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.product.files import CATALOG, find, read
from hubsim_scenarios.reports.page_data import hub_names
from hubsim_scenarios.reports.play_record import PlayRecord
from hubsim_scenarios.reports.sequence import Row, RowKind, message_label, sequence
from hubsim_scenarios.reports.step_events import events_by_step


def of_steps(record: PlayRecord) -> list[list[str]]:
    """Return the kinds of events of each step."""
    ends = events_by_step(record.trace.events, record.result)
    begins = [0, *ends]
    return [
        [event.event for event in record.trace.events[begin:end]]
        for begin, end in zip(begins, ends, strict=False)
    ]


def rows(record: PlayRecord) -> list[tuple[str, str, RowKind, str]]:
    """Return the source and the target of each row by name, with its kind and label."""
    result = record.result
    diagram = sequence(record.trace.events, hub_names(result.seed, result.scenario.world.hubs))
    names = [lane.name for lane in diagram.lanes]
    return [(names[row.source], names[row.target], row.kind, row.label) for row in diagram.rows]


def test_each_step_has_the_events_that_it_caused() -> None:
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


def test_a_query_between_two_actions_takes_no_events_from_the_second() -> None:
    _, first, query, second = of_steps(
        played(
            ACTIVATED, "{as: ivan, sees: hub_information, hub: villa}", "{as: ivan, do: stop_now, hub: villa}"
        )
    )

    assert first[0] == second[0] == "act"
    assert query == []


@pytest.mark.parametrize("steps", [PASSING, FAILING, BLOCKED])
def test_no_event_is_lost_and_the_last_played_step_has_the_rest(steps: tuple[str, ...]) -> None:
    record = played(*steps)

    ends = events_by_step(record.trace.events, record.result)

    assert ends == sorted(ends)
    assert ends[-1] == len(record.trace.events)
    assert len(ends) == 1 + len(record.result.steps) + (record.result.failed_step is not None)


def test_every_action_of_the_catalog_begins_its_own_step() -> None:
    for scenario in read(find([CATALOG]))[::7]:
        done = play_virtual(scenario)
        begins = events_by_step(done.trace.events, done.result)
        acts = {
            place for place, event in enumerate(done.trace.events) if event.event in ("act", "bench", "fault")
        }
        for begin, end, step in zip(begins, begins[1:], scenario.steps, strict=False):
            if isinstance(step, Together):
                acts -= set(range(begin + 1, end))
        assert acts <= set(begins), scenario.file


def test_all_members_of_a_together_step_and_nothing_else_are_in_the_step() -> None:
    members = f"[{ACTIVATED}, {{bench: villa, do: set_lid, open: yes}}]"
    record = played(f"{{together: {members}}}", ACTIVATED.replace("activate,", "stop_now,"))

    begin, middle, end = events_by_step(record.trace.events, record.result)

    def acts(first: int, last: int) -> list[str]:
        return [event.event for event in record.trace.events[first:last] if event.event in ("act", "bench")]

    assert (acts(begin, middle), acts(middle, end)) == (["act", "bench"], ["act"])


def test_commands_go_to_the_cloud_and_messages_over_the_broker_to_their_receiver() -> None:
    found = rows(played(*PASSING))

    assert ("ivan", "cloud", RowKind.COMMAND, "activate") in found
    assert ("cloud", "ivan", RowKind.ACCEPTED, "accepted") in found
    assert ("cloud", "ivan", RowKind.REFUSED, "refused: not_active") in found
    assert ("villa", "villa", RowKind.BENCH_ACTION, "set lid") in found
    meant = {(source, target) for source, target, kind, _ in found if kind is RowKind.MESSAGE}
    to_all = ("cloud", "broker")
    assert meant == {
        ("cloud", "villa"),
        ("villa", "cloud"),
        ("cloud", "carrier"),
        ("carrier", "cloud"),
        to_all,
    }


def test_a_dropped_message_goes_from_the_broker_to_its_receiver() -> None:
    found = rows(played("{fault: drop, message: desired, hub: villa}", ACTIVATED))

    assert ("broker", "broker", RowKind.FAULT, "drop") in found
    assert ("broker", "villa", RowKind.FAULTY_DELIVERY, "desired is not delivered now") in found


def test_a_row_has_all_facts_of_its_event() -> None:
    record = played(ACTIVATED)
    diagram = sequence(record.trace.events, {})

    assert [row.facts for row in diagram.rows] == [event.facts for event in record.trace.events]
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
def test_a_message_has_a_short_label(topic: str, payload: str, label: str) -> None:
    assert message_label(topic, payload) == label


def test_an_unknown_event_stays_in_the_lane_of_its_participant() -> None:
    diagram = sequence([TraceEvent(1, "news", "cloud", {})], {})

    (row,) = diagram.rows
    assert (row.source == row.target, row.kind, row.label) == (True, RowKind.OTHER, "news")
