"""The observers of the worlds of a lab: each has a trace, and each but the main one a journal."""

from hubsim_cloud.lab.journal import Journal, unknown_journal
from hubsim_cloud.lab.trace_merge import WorldTrace
from hubsim_cloud.world.world import Observe, Observed, WorldPlan
from hubsim_contract.clock import WorldClock
from hubsim_contract.wire.topics import Topics


def observe(plan: WorldPlan, clock: WorldClock) -> Observed:
    """Return the trace and the journal of a world that a server opens.

    The earlier actions on a traced world are not known: its journal lacks its beginning.
    """
    return Observed(_trace(plan, clock), unknown_journal(clock.world_ms()) if plan.traced else None)


def observe_with(journal: Journal | None) -> Observe:
    """Return the observers of a world whose journal is known."""
    return observe if journal is None else lambda plan, clock: Observed(_trace(plan, clock), journal)


def _trace(plan: WorldPlan, clock: WorldClock) -> WorldTrace:
    return WorldTrace(Topics(plan.prefix), clock, kept=plan.traced)
