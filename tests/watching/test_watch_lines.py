"""The lines of `hubsim watch`."""

from hubsim_cloud.domain.verdicts import (
    Finding,
    MessageOutcome,
    MessageVerdict,
    VerdictSource,
    VerdictSubject,
)
from hubsim_cloud.domain.views.device import DeviceSummary
from hubsim_cloud.http.devices import MissedVerdicts, NumberedVerdict
from hubsim_scenarios.watching.watch_lines import lines_of

HUB = "0A1B2C3D"


def test_a_message_has_its_numbers_flags_and_findings() -> None:
    verdict = MessageVerdict(
        at_ms=1_768_464_000_123,
        hub=HUB,
        about=VerdictSubject.REPORTED,
        outcome=MessageOutcome.TAKEN,
        findings=(
            Finding("MQ-7.qos", "", "it was published at QoS 0"),
            Finding("MQ-7.words", "a.b", "x\ny\x1b[2J"),
        ),
        topic="topic",
        numbers={"boot": 7, "sequence": 3},
        qos=0,
        retained=True,
        dup=True,
        size_bytes=78,
    )

    lines = [line.text for line in lines_of(NumberedVerdict(1, verdict))]

    assert lines == [
        "2026-01-15 08:00:00.123  reported     taken      boot 7 sequence 3  retained  dup  QoS 0  78 bytes",
        "                         MQ-7.qos: it was published at QoS 0",
        "                         MQ-7.words a.b: x\\ny\\x1b[2J",
    ]


def test_what_the_broker_saw_has_its_topic_and_note() -> None:
    verdict = MessageVerdict(
        at_ms=0,
        hub=HUB,
        about=VerdictSubject.TAKEOVER,
        outcome=MessageOutcome.REFUSED,
        source=VerdictSource.BROKER,
        topic="a\tb",
        note="from 127.0.0.1",
    )

    (line,) = lines_of(NumberedVerdict(1, verdict))

    assert line.text == (
        "1970-01-01 00:00:00.000  takeover     refused    seen by the broker  a\\tb  from 127.0.0.1"
    )
    assert line.colour == "red"


def test_a_summary_and_missed_verdicts_are_in_words() -> None:
    summary = DeviceSummary(
        hub=HUB,
        online=True,
        boot=7,
        connection=2,
        offline_since_ms=None,
        sequence=5,
        applied_version=11,
        desired_version=12,
    )

    texts = [line.text.strip() for content in (summary, MissedVerdicts(3)) for line in lines_of(content)]

    assert texts == [
        f"hub {HUB} online, boot 7 connection 2, report 5; version desired 12, applied 11",
        "3 verdicts were not sent: the reader is too slow",
    ]
