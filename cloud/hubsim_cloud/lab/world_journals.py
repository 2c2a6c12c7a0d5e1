"""The journals of worlds that are created: new ones, and those of snapshots."""

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
from hubsim_cloud.lab.records import SimulatedSide
from hubsim_cloud.world.world import WorldPlan


def journal_of(plan: WorldPlan, simulated: SimulatedSide) -> Journal:
    """Return the journal of a world that starts now with this plan."""
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
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return unknown_journal(world_ms)
    journal.record(Restored(at_ms=world_ms))
    return journal
