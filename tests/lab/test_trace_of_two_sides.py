"""The trace of a world whose two sides run in different processes: one order, causes first, no duplicates."""

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_cloud.lab import trace_merge
from hubsim_cloud.lab.trace_merge import CLOUD, WorldTrace, merged
from hubsim_contract.lab.protocol import BenchEvent
from hubsim_contract.lab.trace import TraceEvent
from hubsim_contract.mqtt.port import Publish, Received
from hubsim_contract.wire.topics import MessageKind, Topics

TOPICS = Topics()
HUB, OTHER = "0000AA01", "0000AA02"
DESIRED, REPORTED = TOPICS.of(MessageKind.DESIRED, HUB), TOPICS.of(MessageKind.REPORTED, HUB)
PRESENCE = TOPICS.of(MessageKind.PRESENCE, HUB)


class Clock:
    """A clock that a test sets."""

    now_ms = 0

    def world_ms(self) -> int:
        return self.now_ms


def of_cloud(number: int, at_ms: int = 0) -> TraceEvent:
    """A message of the cloud, in the cloud's trace."""
    return TraceEvent(at_ms, "published", CLOUD, {"topic": DESIRED, "payload": f"desired {number}"})


def received_by_hub(number: int, at_ms: int = 0) -> BenchEvent:
    facts = {"topic": DESIRED, "payload": f"desired {number}"}
    return BenchEvent(at_ms=at_ms, event="received", who=HUB, facts=facts)


def of_hub(number: int, topic: str = REPORTED, at_ms: int = 0) -> BenchEvent:
    """A message of a hub, in the simulator's events."""
    facts = {"topic": topic, "payload": f"sent {number}"}
    return BenchEvent(at_ms=at_ms, event="published", who=HUB, facts=facts)


def received_by_cloud(number: int, topic: str = REPORTED, at_ms: int = 0) -> TraceEvent:
    return TraceEvent(at_ms, "published", HUB, {"topic": topic, "payload": f"sent {number}"})


def fact(number: int, at_ms: int = 0) -> TraceEvent:
    return TraceEvent(at_ms, "fact", CLOUD, {"number": number})


def lines(events: list[TraceEvent]) -> list[str]:
    return [f"{event.who} {event.event} {event.facts.get('payload', '')}".strip() for event in events]


def test_an_answer_is_after_its_request() -> None:
    cloud = [fact(1), of_cloud(1), received_by_cloud(1), fact(2)]
    simulator = [received_by_hub(1), of_hub(1)]

    events = merged(cloud, simulator)

    assert lines(events) == [
        "cloud fact",
        "cloud published desired 1",
        f"{HUB} published sent 1",
        "cloud fact",
    ]


def test_messages_that_overtook_each_other_are_in_the_order_of_their_publication() -> None:
    cloud = [received_by_cloud(2, PRESENCE), fact(2), received_by_cloud(1), fact(1)]
    simulator = [of_hub(1), of_hub(2, PRESENCE)]

    events = merged(cloud, simulator)

    assert lines(events) == [
        f"{HUB} published sent 1",
        f"{HUB} published sent 2",
        "cloud fact",
        "cloud fact",
    ]


def test_a_message_that_never_arrived_is_in_the_trace() -> None:
    lost = BenchEvent(at_ms=0, event="interfered", who=HUB, facts={"topic": DESIRED, "arrives": 0})

    events = merged([of_cloud(1)], [received_by_hub(1), lost, of_hub(1)])

    assert lines(events) == [
        "cloud published desired 1",
        f"{HUB} interfered",
        f"{HUB} published sent 1",
    ]


def test_a_message_without_a_simulator_event_is_where_the_cloud_received_it() -> None:
    gone = BenchEvent(at_ms=0, event="connection_lost", who=HUB)

    events = merged([received_by_cloud(1, PRESENCE), fact(1)], [gone])

    assert lines(events) == [f"{HUB} connection_lost", f"{HUB} published sent 1", "cloud fact"]


def test_independent_events_are_ordered_by_time() -> None:
    cloud = [fact(1, at_ms=5), fact(2, at_ms=20)]
    simulator = [of_hub(1, at_ms=10), of_hub(2, at_ms=30)]

    events = merged(cloud, simulator)

    assert [event.at_ms for event in events] == [5, 10, 20, 30]


class History(NamedTuple):
    """The true order of events, and the events of each side."""

    true: list[tuple[str, object]]
    cloud: list[TraceEvent]
    simulator: list[BenchEvent]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Facts and messages in both directions, some of them equal; messages arrive in order within a topic."""
    cloud: list[TraceEvent] = []
    simulator: list[BenchEvent] = []
    true: list[tuple[str, object]] = []
    down: list[int] = []
    up: dict[str, list[int]] = {REPORTED: [], PRESENCE: []}
    at_ms = 0
    for number in range(draw(st.integers(0, 25))):
        at_ms += draw(st.sampled_from([0, 0, 0, 40]))
        what = number if draw(st.booleans()) else -1
        match draw(st.sampled_from(["fact", "order", "obey", "say", "say else", "listen", "listen else"])):
            case "fact":
                cloud.append(fact(number, at_ms))
                true.append(("fact", number))
            case "order":
                cloud.append(of_cloud(what, at_ms))
                down.append(what)
                true.append((DESIRED, what))
            case "obey" if down:
                simulator.append(received_by_hub(down.pop(0), at_ms))
            case "say" | "say else" as how:
                topic = REPORTED if how == "say" else PRESENCE
                simulator.append(of_hub(what, topic, at_ms))
                up[topic].append(what)
                true.append((topic, what))
            case "listen" | "listen else" as how:
                topic = REPORTED if how == "listen" else PRESENCE
                if up[topic]:
                    cloud.append(received_by_cloud(up[topic].pop(0), topic, at_ms))
    return History(true, cloud, simulator)


def key(event: TraceEvent | BenchEvent) -> tuple[str, object]:
    if event.event == "fact":
        return "fact", event.facts["number"]
    return event.facts["topic"], int(event.facts["payload"].split()[1])


@given(histories())
@settings(max_examples=500, deadline=None)
def test_every_event_is_once_in_the_merged_trace_in_each_sides_order(history: History) -> None:
    events = merged(history.cloud, history.simulator)

    keys = [key(event) for event in events]
    assert Counter(keys) == Counter(history.true)
    sent_by_cloud = [key(event) for event in history.cloud if event.who == CLOUD]
    sent_by_hub = [key(event) for event in history.simulator if event.event == "published"]
    assert [each for each in keys if each[0] in {"fact", DESIRED}] == sent_by_cloud
    assert [each for each in keys if each[0] in {REPORTED, PRESENCE}] == sent_by_hub


@given(histories())
@settings(max_examples=500, deadline=None)
def test_every_received_message_is_before_the_next_event_of_its_receiver(history: History) -> None:
    apart = [each for each in history.true if each[0] != "fact"]
    if len(set(apart)) < len(apart):
        return  # equal messages cannot be distinguished

    events = merged(history.cloud, history.simulator)

    place = {key(event): number for number, event in enumerate(events)}
    for before, after in pairwise(history.cloud):
        if after.who == CLOUD:
            assert place[key(before)] < place[key(after)]
    for before, after in pairwise(history.simulator):
        if after.event == "published":
            assert place[key(before)] < place[key(after)]


# ------------------------------------------------------------------ fetching


def test_a_trace_is_fetched_in_parts() -> None:
    clock = Clock()
    trace = WorldTrace(TOPICS, clock, kept=True)
    clock.now_ms = 1
    trace.add("fact", CLOUD, number=1)
    trace.merge(())
    first, from_start = trace.since(0)
    clock.now_ms = 2
    trace.add("fact", CLOUD, number=2)
    between = trace.since(first)

    trace.merge([BenchEvent(at_ms=2, event="connection_lost", who=HUB)])

    assert from_start == [{"at_ms": 1, "event": "fact", "who": CLOUD, "number": 1}]
    assert between == (1, []), "events before the world is idle have no order yet"
    assert [event["event"] for event in trace.since(first)[1]] == ["connection_lost", "fact"]


def test_a_full_trace_drops_its_oldest_events_and_keeps_the_numbers() -> None:
    trace = WorldTrace(TOPICS, Clock(), kept=True)
    many = [BenchEvent(at_ms=number, event="connection_lost", who=OTHER) for number in range(50_000)]

    for _ in range(5):
        trace.merge(many)

    total, events = trace.since(0)
    assert total == 5 * len(many)
    assert len(events) == trace_merge.EVENTS_MAX
    assert trace.since(total - 1)[1] == events[-1:]


def test_a_world_without_a_trace_keeps_no_events() -> None:
    trace = WorldTrace(TOPICS, Clock(), kept=False)

    trace.published(CLOUD, Publish(DESIRED, b"{}"))
    trace.received(CLOUD, Received(REPORTED, b"{}"))
    trace.record([])
    trace.interfered(CLOUD, REPORTED, 0)
    trace.connection_lost(CLOUD)
    trace.merge(())

    assert trace.since(0) == (0, [])


def test_each_message_has_the_name_of_its_topics_sender() -> None:
    trace = WorldTrace(TOPICS, Clock(), kept=True)

    for topic in (
        REPORTED,
        DESIRED,
        TOPICS.of(MessageKind.CONFIRMATION, "89883000000000010028"),
        "elsewhere",
    ):
        trace.received(CLOUD, Received(topic, b"\xff"))
    trace.merge(())

    assert [event["who"] for event in trace.since(0)[1]] == [HUB, CLOUD, "carrier", CLOUD]
