"""All judges, and their violations of a recording."""

from collections.abc import Callable, Iterable

from hubsim_conform.evidence.recording import Recording
from hubsim_conform.judges import connections, numbering, pacing, publishing
from hubsim_conform.judges.violation import Violation

Judge = Callable[[Recording], Iterable[Violation]]
JUDGES: tuple[Judge, ...] = (
    connections.protocol,
    connections.connects,
    connections.subscriptions,
    connections.first_packets,
    connections.presences,
    connections.orderly_stops,
    connections.keepalives,
    numbering.boots,
    numbering.connections,
    numbering.sequences,
    numbering.events,
    numbering.resent_events,
    publishing.publishes,
    publishing.reports,
    pacing.silences,
    pacing.rates,
)


def judge(recording: Recording) -> list[Violation]:
    """Return all violations, in the order of their last proof."""
    found = [each for judge_one in JUDGES for each in judge_one(recording)]
    return sorted(found, key=lambda each: each.proof[-1] if each.proof else 0)
