"""The trace of a world whose two sides run apart: one order, causes first, each message once."""

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_cloud.lab import trace_merge
from hubsim_cloud.lab.trace_merge import CLOUD, WorldTrace, joined
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
    """A message of the cloud, as the cloud has it."""
    return TraceEvent(at_ms, "published", CLOUD, {"topic": DESIRED, "payload": f"desired {number}"})


def heard_by_hub(number: int, at_ms: int = 0) -> BenchEvent:
    facts = {"topic": DESIRED, "payload": f"desired {number}"}
    return BenchEvent(at_ms=at_ms, event="heard", who=HUB, facts=facts)


def of_hub(number: int, topic: str = REPORTED, at_ms: int = 0) -> BenchEvent:
    """A message of a hub, as the simulator has it."""
    facts = {"topic": topic, "payload": f"said {number}"}
    return BenchEvent(at_ms=at_ms, event="published", who=HUB, facts=facts)


def heard_by_cloud(number: int, topic: str = REPORTED, at_ms: int = 0) -> TraceEvent:
    return TraceEvent(at_ms, "published", HUB, {"topic": topic, "payload": f"said {number}"})


def fact(number: int, at_ms: int = 0) -> TraceEvent:
    return TraceEvent(at_ms, "fact", CLOUD, {"number": number})


def lines(events: list[TraceEvent]) -> list[str]:
    return [f"{event.who} {event.event} {event.facts.get('payload', '')}".strip() for event in events]


def test_an_answer_stands_behind_what_it_answers() -> None:
    cloud = [fact(1), of_cloud(1), heard_by_cloud(1), fact(2)]
    simulator = [heard_by_hub(1), of_hub(1)]

    together = joined(cloud, simulator)

    assert lines(together) == [
        "cloud fact",
        "cloud published desired 1",
        f"{HUB} published said 1",
        "cloud fact",
    ]


def test_messages_that_overtook_each_other_on_the_way_stand_as_they_were_published() -> None:
    cloud = [heard_by_cloud(2, PRESENCE), fact(2), heard_by_cloud(1), fact(1)]
    simulator = [of_hub(1), of_hub(2, PRESENCE)]

    together = joined(cloud, simulator)

    assert lines(together) == [
        f"{HUB} published said 1",
        f"{HUB} published said 2",
        "cloud fact",
        "cloud fact",
    ]


def test_a_message_that_never_arrived_stands_all_the_same() -> None:
    lost = BenchEvent(at_ms=0, event="interfered", who=HUB, facts={"topic": DESIRED, "arrives": 0})

    together = joined([of_cloud(1)], [heard_by_hub(1), lost, of_hub(1)])

    assert lines(together) == [
        "cloud published desired 1",
        f"{HUB} interfered",
        f"{HUB} published said 1",
    ]


def test_what_the_simulator_did_not_say_stands_where_the_cloud_heard_it() -> None:
    gone = BenchEvent(at_ms=0, event="connection_lost", who=HUB)

    together = joined([heard_by_cloud(1, PRESENCE), fact(1)], [gone])

    assert lines(together) == [f"{HUB} connection_lost", f"{HUB} published said 1", "cloud fact"]


def test_what_happened_earlier_stands_earlier() -> None:
    cloud = [fact(1, at_ms=5), fact(2, at_ms=20)]
    simulator = [of_hub(1, at_ms=10), of_hub(2, at_ms=30)]

    together = joined(cloud, simulator)

    assert [event.at_ms for event in together] == [5, 10, 20, 30]


class History(NamedTuple):
    """What really happened, in its order, and what each side has of it."""

    true: list[tuple[str, object]]
    cloud: list[TraceEvent]
    simulator: list[BenchEvent]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Facts and messages both ways, some of them alike; messages arrive in order within a topic."""
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
                simulator.append(heard_by_hub(down.pop(0), at_ms))
            case "say" | "say else" as how:
                topic = REPORTED if how == "say" else PRESENCE
                simulator.append(of_hub(what, topic, at_ms))
                up[topic].append(what)
                true.append((topic, what))
            case "listen" | "listen else" as how:
                topic = REPORTED if how == "listen" else PRESENCE
                if up[topic]:
                    cloud.append(heard_by_cloud(up[topic].pop(0), topic, at_ms))
    return History(true, cloud, simulator)


def key(event: TraceEvent | BenchEvent) -> tuple[str, object]:
    if event.event == "fact":
        return "fact", event.facts["number"]
    return event.facts["topic"], int(event.facts["payload"].split()[1])


@given(histories())
@settings(max_examples=500, deadline=None)
def test_any_history_stands_once_in_each_sides_own_order(history: History) -> None:
    together = joined(history.cloud, history.simulator)

    keys = [key(event) for event in together]
    assert Counter(keys) == Counter(history.true)
    said_by_cloud = [key(event) for event in history.cloud if event.who == CLOUD]
    said_by_hub = [key(note) for note in history.simulator if note.event == "published"]
    assert [each for each in keys if each[0] in {"fact", DESIRED}] == said_by_cloud
    assert [each for each in keys if each[0] in {REPORTED, PRESENCE}] == said_by_hub


@given(histories())
@settings(max_examples=500, deadline=None)
def test_in_any_history_what_was_heard_stands_before_what_was_done_next(history: History) -> None:
    apart = [each for each in history.true if each[0] != "fact"]
    if len(set(apart)) < len(apart):
        return  # of messages that are alike it cannot be told which was heard

    together = joined(history.cloud, history.simulator)

    place = {key(event): number for number, event in enumerate(together)}
    for before, after in pairwise(history.cloud):
        if after.who == CLOUD:
            assert place[key(before)] < place[key(after)]
    for before, after in pairwise(history.simulator):
        if after.event == "published":
            assert place[key(before)] < place[key(after)]


# ------------------------------------------------------------------ kept for whoever fetches it


def test_a_trace_is_fetched_piece_by_piece() -> None:
    clock = Clock()
    trace = WorldTrace(TOPICS, clock, kept=True)
    clock.now_ms = 1
    trace.add("fact", CLOUD, number=1)
    trace.join(())
    first, begun = trace.since(0)
    clock.now_ms = 2
    trace.add("fact", CLOUD, number=2)
    between = trace.since(first)

    trace.join([BenchEvent(at_ms=2, event="connection_lost", who=HUB)])

    assert begun == [{"at_ms": 1, "event": "fact", "who": CLOUD, "number": 1}]
    assert between == (1, []), "what is not at rest yet has no order"
    assert [event["event"] for event in trace.since(first)[1]] == ["connection_lost", "fact"]


def test_a_trace_that_nobody_fetches_loses_its_oldest_events_and_keeps_their_numbers() -> None:
    trace = WorldTrace(TOPICS, Clock(), kept=True)
    many = [BenchEvent(at_ms=number, event="connection_lost", who=OTHER) for number in range(50_000)]

    for _ in range(5):
        trace.join(many)

    behind, events = trace.since(0)
    assert behind == 5 * len(many)
    assert len(events) == trace_merge.EVENTS_MAX
    assert trace.since(behind - 1)[1] == events[-1:]


def test_a_world_that_is_not_traced_keeps_nothing() -> None:
    trace = WorldTrace(TOPICS, Clock(), kept=False)

    trace.published(CLOUD, Publish(DESIRED, b"{}"))
    trace.received(CLOUD, Received(REPORTED, b"{}"))
    trace.record([])
    trace.interfered(CLOUD, REPORTED, 0)
    trace.connection_lost(CLOUD)
    trace.join(())

    assert trace.since(0) == (0, [])


def test_each_message_stands_under_the_name_of_who_may_say_it() -> None:
    trace = WorldTrace(TOPICS, Clock(), kept=True)

    for topic in (
        REPORTED,
        DESIRED,
        TOPICS.of(MessageKind.CONFIRMATION, "89883000000000010028"),
        "elsewhere",
    ):
        trace.received(CLOUD, Received(topic, b"\xff"))
    trace.join(())

    assert [event["who"] for event in trace.since(0)[1]] == [HUB, CLOUD, "carrier", CLOUD]
