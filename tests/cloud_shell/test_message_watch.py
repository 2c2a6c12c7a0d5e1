"""The kept verdicts of hubs, their streams, their counters, and the log lines about them."""

from collections import Counter

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from hubsim_cloud.domain.verdicts import Finding, MessageOutcome, MessageVerdict, VerdictSubject
from hubsim_cloud.inspector import MessageInspector
from hubsim_cloud.ports import Complain, Judged
from hubsim_cloud.service.complaint_log import ComplaintLog
from hubsim_cloud.service.limited_log import LOG_PERIOD_S, LimitedLog
from hubsim_cloud.service.message_watch import (
    HUBS_COUNTED,
    HUBS_KEPT,
    OTHER_HUBS,
    STREAMS_MAX,
    VERDICTS_KEPT,
    VERDICTS_STREAMED,
    MessageMetrics,
    MessageWatch,
    TooManyWatchers,
)

HUB = "0000AA01"


def verdict(
    hub: str = HUB,
    *rules: str,
    about: VerdictSubject = VerdictSubject.REPORTED,
    outcome: MessageOutcome = MessageOutcome.TAKEN,
    payload: str = "",
) -> MessageVerdict:
    findings = tuple(Finding(rule, "", "text") for rule in rules)
    return MessageVerdict(
        at_ms=1, hub=hub, about=about, outcome=outcome, findings=findings, topic="topic", payload=payload
    )


def hub_number(number: int) -> str:
    return f"{number:08X}"


# ------------------------------------------------------------------ kept verdicts


def test_the_last_verdicts_of_a_hub_are_kept_with_their_numbers() -> None:
    watch = MessageWatch()

    for number in range(VERDICTS_KEPT + 3):
        watch.judged(verdict(payload=str(number)))

    kept = watch.look_at(HUB).after(0)
    assert [number for number, _ in kept] == list(range(4, VERDICTS_KEPT + 4))
    assert [each.payload for _, each in kept[:2]] == ["3", "4"]
    assert watch.look_at(HUB).after(VERDICTS_KEPT + 2) == kept[-1:]
    assert watch.look_at(HUB).after(VERDICTS_KEPT + 9) == []


def test_outcomes_and_rules_of_a_hub_are_counted() -> None:
    watch = MessageWatch()

    watch.judged(verdict(payload="raw"))
    watch.judged(verdict(HUB, "MQ-7.qos", "MQ-2.boot", outcome=MessageOutcome.STALE, payload="old"))

    log = watch.look_at(HUB)
    assert log.outcomes == {MessageOutcome.TAKEN: 1, MessageOutcome.STALE: 1}
    assert log.rules == {"MQ-7.qos": 1, "MQ-2.boot": 1}
    assert log.last_report is not None
    assert log.last_report.payload == "raw"


def test_while_there_is_room_every_hub_is_of_interest() -> None:
    watch = MessageWatch()

    for number in range(HUBS_KEPT):
        assert watch.wants(hub_number(number))
        watch.judged(verdict(hub_number(number)))

    assert not watch.wants("FFFFFFFF")
    assert watch.wants(hub_number(0))


def test_a_hub_in_trouble_replaces_the_one_that_was_quiet_for_longest() -> None:
    watch = MessageWatch()
    for number in range(HUBS_KEPT):
        watch.judged(verdict(hub_number(number)))
    watch.look_at(hub_number(0))

    watch.judged(verdict("FFFFFFFF", "MQ-7.qos"))

    assert [watch.has(hub) for hub in ("FFFFFFFF", hub_number(0), hub_number(1))] == [True, True, False]


def test_a_hub_with_an_open_stream_is_not_replaced() -> None:
    watch = MessageWatch()
    stream = watch.open(HUB, None)
    stream.take()

    for number in range(2 * HUBS_KEPT):
        watch.judged(verdict(hub_number(number + 1_000_000), "MQ-7.qos"))
    watch.judged(verdict())

    assert len(stream.take()[1]) == 1


def test_a_hub_that_is_only_looked_for_is_not_known() -> None:
    watch = MessageWatch()

    watch.look_at(HUB)

    assert not watch.has(HUB)
    assert watch.wants(HUB)


# ------------------------------------------------------------------ streams


def test_a_stream_begins_with_the_kept_verdicts_and_continues() -> None:
    watch = MessageWatch()
    watch.judged(verdict(payload="before"))

    stream = watch.open(HUB, None)
    begin = stream.take()
    watch.judged(verdict(payload="after"))

    assert [(number, each.payload) for number, each in begin[1]] == [(1, "before")]
    assert [(number, each.payload) for number, each in stream.take()[1]] == [(2, "after")]
    assert stream.take() == (0, [])


def test_a_stream_continues_after_a_number() -> None:
    watch = MessageWatch()
    for number in range(3):
        watch.judged(verdict(payload=str(number)))

    assert [number for number, _ in watch.open(HUB, 2).take()[1]] == [3]
    assert watch.open(HUB, 99).take() == (0, [])


def test_a_reader_that_is_too_slow_learns_how_many_it_missed() -> None:
    watch = MessageWatch()
    stream = watch.open(HUB, None)

    for _ in range(VERDICTS_STREAMED + 7):
        watch.judged(verdict())
    missed, verdicts = stream.take()

    assert (missed, len(verdicts)) == (7, VERDICTS_STREAMED)


async def test_a_stream_wakes_for_verdicts_changes_and_its_end() -> None:
    watch = MessageWatch()
    stream = watch.open(HUB, None)
    woken = []

    for wake in (lambda: None, lambda: watch.judged(verdict()), watch.changed, watch.close):
        wake()
        woken.append(await stream.wait(0.01))
        stream.take()

    assert woken == [True, True, True, True]
    assert stream.ended
    assert watch.open(HUB, None).ended


async def test_a_stream_without_news_does_not_wake() -> None:
    watch = MessageWatch()
    stream = watch.open(HUB, None)
    stream.take()
    watch.judged(verdict("0000AA02"))

    assert not await stream.wait(0.01)


def test_the_number_of_streams_is_bounded() -> None:
    watch = MessageWatch()
    streams = [watch.open(HUB, None) for _ in range(STREAMS_MAX)]

    try:
        watch.open(HUB, None)
    except TooManyWatchers:
        watch.leave(streams[0])
    watch.leave(streams[0])

    assert watch.streams == STREAMS_MAX - 1
    assert watch.open(HUB, None) is not None


# ------------------------------------------------------------------ metrics


def test_the_metrics_have_the_first_hubs_in_trouble_and_one_series_for_the_others() -> None:
    watch, inspector, registry = MessageWatch(), MessageInspector(), CollectorRegistry()
    registry.register(MessageMetrics(watch, lambda: inspector))
    inspector.taken = 5

    watch.judged(verdict("FFFFFFFF"))
    for number in range(HUBS_COUNTED + 20):
        watch.judged(verdict(hub_number(number), "MQ-7.qos"))

    page = generate_latest(registry).decode()
    hubs = Counter({hub: count for hub, _, count in watch.findings()})
    assert len(hubs) == HUBS_COUNTED + 1
    assert (hubs[OTHER_HUBS], hubs[hub_number(0)], "FFFFFFFF" in hubs) == (20, 1, False)
    assert 'hubsim_cloud_hub_messages_total{outcome="taken"} 5.0' in page
    assert 'hubsim_cloud_hub_findings_total{hub="other",rule="MQ-7.qos"} 20.0' in page


# ------------------------------------------------------------------ the log


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.lines: list[str] = []

    def read(self) -> float:
        return self.now_s


def test_a_kind_of_trouble_is_logged_at_once_and_then_once_in_a_period() -> None:
    clock = Clock()
    log = LimitedLog(clock.lines.append, clock.read)

    for number in range(1_000):
        log.note("flood", f"message {number}")
    log.note("other", "another kind")
    clock.now_s += LOG_PERIOD_S
    log.write()
    log.write()
    log.note("flood", "late")
    log.close()

    assert clock.lines == [
        "message 0",
        "another kind",
        "message 999 (and 998 more like it)",
        "late",
    ]


class Watcher:
    """Stores what it receives."""

    def __init__(self) -> None:
        self.received: list[object] = []

    def record(self, first_position: int, facts: object) -> None:
        pass

    def kept(self, hubs: object) -> None:
        pass

    def complain(self, complaint: Complain) -> None:
        self.received.append(complaint)

    def judged(self, verdict: MessageVerdict) -> None:
        self.received.append(verdict)

    def served(self) -> None:
        pass


def test_complaints_and_findings_are_logged_once_and_passed_on() -> None:
    clock, watcher = Clock(), Watcher()
    log = ComplaintLog(clock.lines.append, watcher, clock.read)
    complaint = Complain("topic", "MQ-7.json", "not JSON")
    refused = verdict(HUB, "MQ-7.json", outcome=MessageOutcome.REFUSED)
    taken = verdict(HUB, "MQ-7.qos")

    for effect in (complaint, Judged(refused), Judged(taken), Judged(verdict())):
        log.pass_on(effect)

    assert clock.lines == [
        "refused a message on topic by MQ-7.json: not JSON",
        "a message on topic breaks MQ-7.qos: text",
    ]
    assert watcher.received == [complaint, refused, taken, verdict()]
