"""The observers of the worlds of a lab: each has a trace and a watch, and each but the main one a journal."""

from pathlib import Path

import msgspec

from hubsim_cloud.lab.journal import (
    Journal,
    JournalStart,
    Restored,
    SavedJournal,
    new_journal,
    unknown_journal,
)
from hubsim_cloud.lab.lab_observer import LabObserver
from hubsim_cloud.lab.records import SimulatedSide
from hubsim_cloud.lab.trace_merge import WorldTrace
from hubsim_cloud.lab.world_watch import WorldWatch
from hubsim_cloud.world.world import Observe, Observed, WorldPlan
from hubsim_contract.clock import WorldClock
from hubsim_contract.wire.topics import Topics


def observe(plan: WorldPlan, clock: WorldClock) -> Observed:
    """Return the observers of a world that a server opens.

    The earlier actions on a traced world are not known: its journal lacks its beginning.
    """
    return _observed(plan, clock, unknown_journal(clock.world_ms()) if plan.traced else None)


def observe_with(journal: Journal | None) -> Observe:
    """Return the observers of a world whose journal is known."""
    return observe if journal is None else lambda plan, clock: _observed(plan, clock, journal)


def start_journal(plan: WorldPlan, simulated: SimulatedSide) -> Journal:
    """Return the journal of a world that begins now, with the clock of its plan."""
    assert plan.clock is not None
    return new_journal(
        JournalStart(
            world_ms=plan.clock.world_ms,
            cloud=plan.settings,
            market=plan.market,
            carrier=simulated.carrier,
            hub=simulated.hub,
            models=tuple(simulated.models),
        )
    )


def kept_journal(file: Path, world_ms: int) -> Journal:
    """Return the journal of a snapshot, with an entry that it was restored.

    A journal that this version cannot read counts as missing: the world is the same without it.
    """
    try:
        journal = Journal(msgspec.json.decode(file.read_bytes(), type=SavedJournal))
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return unknown_journal(world_ms)
    journal.record(Restored(at_ms=world_ms))
    return journal


def _observed(plan: WorldPlan, clock: WorldClock, journal: Journal | None) -> Observed:
    topics = Topics(plan.prefix)
    trace = WorldTrace(topics, clock, kept=plan.traced)
    return Observed(LabObserver(trace, WorldWatch(plan.name, topics, clock.world_ms), journal), journal)
