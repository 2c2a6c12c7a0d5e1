from agent_bench import Bench, published
from hypothesis import given
from hypothesis import strategies as st

from hubsim_agent.sending_pace import SPARE, SendingPace
from hubsim_contract.wire.hub_bounds import EVENTS_BOUND, REPORTS_BOUND, RateBound
from hubsim_contract.wire.messages import HubEvent, Reported

FLAPS = 700


def flap(bench: Bench, times: int) -> tuple[list[Reported], list[HubEvent]]:
    """Open and close the lid at one instant, with a broker that acknowledges at once."""
    reports, events = [], []
    for number in range(times):
        effects = bench.change(lid_open=number % 2 == 0)
        reports += published(effects, Reported)
        while found := published(effects, HubEvent):
            events += found
            effects = bench.acknowledge(effects)
    return reports, events


def test_a_lid_that_flaps_stays_within_the_bounds_of_the_cloud() -> None:
    bench = Bench().online()

    reports, events = flap(bench, FLAPS)

    assert len(reports) < REPORTS_BOUND.burst
    assert EVENTS_BOUND.burst - SPARE - 2 <= len(events) < EVENTS_BOUND.burst


def test_the_report_that_waited_has_the_newest_state() -> None:
    bench = Bench().online()
    flap(bench, FLAPS)
    bench.change(lid_open=True)

    due_ms = bench.agent.due()
    assert due_ms is not None
    assert due_ms <= bench.now.mono_ms + REPORTS_BOUND.pause_ms
    reports = [report for _ in range(3) for report in published(bench.wait(REPORTS_BOUND.pause_ms), Reported)]

    assert [report.hardware.lid_open for report in reports] == [True]


def test_events_that_waited_are_sent_one_by_one() -> None:
    bench = Bench(event_buffer=1_000).online()
    _, sent = flap(bench, FLAPS)
    late: list[HubEvent] = []

    while (due_ms := bench.agent.due()) is not None and len(late) < FLAPS:
        effects = bench.wait(max(0, due_ms - bench.now.mono_ms))
        found = published(effects, HubEvent)
        late += found
        assert len(found) <= 1
        bench.answer_reports(effects)
        bench.acknowledge(effects)

    assert [event.number for event in sent + late] == list(range(1, FLAPS + 1))


def test_a_new_connection_begins_with_a_report_that_does_not_wait() -> None:
    bench = Bench().online()
    flap(bench, FLAPS)
    bench.lose()

    assert len(published(bench.reconnect(), Reported)) == 1


def test_the_agent_does_not_wake_twice_for_the_same_message() -> None:
    bench = Bench().online()
    flap(bench, FLAPS)
    for number in range(100):
        bench.change(mains=number % 2 == 0)

    for _ in range(50):
        due_ms = bench.agent.due()
        assert due_ms is not None
        bench.wait(max(0, due_ms - bench.now.mono_ms))
        bench.wait(0)  # a report and an event can be due at one instant
        later_ms = bench.agent.due()
        assert later_ms is None or later_ms > bench.now.mono_ms


@given(st.lists(st.integers(0, 400), max_size=60), st.integers(SPARE + 1, SPARE + 9), st.integers(1, 500))
def test_no_window_has_more_messages_than_the_bound(waits_ms: list[int], burst: int, pause_ms: int) -> None:
    pace = SendingPace(RateBound(burst, pause_ms))
    sent, now_ms = [], 0

    for wait_ms in waits_ms:
        now_ms += wait_ms
        if pace.take(now_ms):
            sent.append(now_ms)
            assert pace.deadline_ms is None
        else:
            assert pace.deadline_ms is not None
            assert now_ms < pace.deadline_ms <= now_ms + pause_ms

    for first, start_ms in enumerate(sent):
        for last in range(first, len(sent)):
            length_ms = sent[last] - start_ms
            assert last - first + 1 <= burst - SPARE + length_ms // pause_ms + 1
