"""The lines that `hubsim watch` prints for a person."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from hubsim_cloud.domain.verdicts import MessageOutcome, MessageVerdict, VerdictSource
from hubsim_cloud.domain.views.device import DeviceSummary
from hubsim_cloud.http.devices import MissedVerdicts, NumberedVerdict
from hubsim_contract.wire.printable import printable

ABOUT_WIDTH, OUTCOME_WIDTH = 12, 9
_INDENT = " " * 25


class WatchLine(NamedTuple):
    """A line, and its colour on a terminal."""

    text: str
    colour: str | None


_COLOURS = {
    MessageOutcome.TAKEN: None,
    MessageOutcome.DUPLICATE: "cyan",
    MessageOutcome.STALE: "cyan",
    MessageOutcome.REFUSED: "red",
}


def lines_of(content: DeviceSummary | NumberedVerdict | MissedVerdicts) -> Iterator[WatchLine]:
    """Yield the lines of one event of the stream: one, and one for each broken rule."""
    match content:
        case DeviceSummary():
            yield WatchLine(f"{_INDENT}{_summary(content)}", "green")
        case MissedVerdicts():
            yield WatchLine(f"{_INDENT}{content.count} verdicts were not sent: the reader is too slow", "red")
        case NumberedVerdict():
            yield from _verdict(content.verdict)


def _summary(summary: DeviceSummary) -> str:
    """Return the connection and the versions in words."""
    link = "online" if summary.online else "offline"
    numbers = f"boot {summary.boot} connection {summary.connection}"
    presence = numbers if summary.boot else "no presence so far"
    report = "no report so far" if summary.sequence is None else f"report {summary.sequence}"
    desired = "none" if summary.desired_version is None else summary.desired_version
    applied = "none" if summary.applied_version is None else summary.applied_version
    return f"hub {summary.hub} {link}, {presence}, {report}; version desired {desired}, applied {applied}"


def _verdict(verdict: MessageVerdict) -> Iterator[WatchLine]:
    numbers = " ".join(f"{name} {value}" for name, value in verdict.numbers.items())
    flags = [
        "retained" if verdict.retained else "",
        "dup" if verdict.dup else "",
        f"QoS {verdict.qos}" if verdict.qos == 0 else "",
        "seen by the broker" if verdict.source is VerdictSource.BROKER else "",
        f"{verdict.size_bytes} bytes" if verdict.size_bytes else "",
        printable(verdict.topic) if verdict.source is VerdictSource.BROKER else "",
        printable(verdict.note),
    ]
    about = f"{verdict.about.value:<{ABOUT_WIDTH}} {verdict.outcome.value:<{OUTCOME_WIDTH}}"
    rest = "  ".join(part for part in (numbers, *flags) if part)
    yield WatchLine(f"{_instant(verdict.at_ms)}  {about}  {rest}".rstrip(), _COLOURS[verdict.outcome])
    for finding in verdict.findings:
        place = f" {finding.field}" if finding.field else ""
        colour = "red" if verdict.outcome is MessageOutcome.REFUSED else "yellow"
        yield WatchLine(f"{_INDENT}{finding.rule}{place}: {printable(finding.text)}", colour)


def _instant(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}"
