"""The observers of the worlds of a lab: each has a trace and a watch, and each but the main one a journal."""

from hubsim_cloud.lab.journal import Journal, unknown_journal
from hubsim_cloud.lab.lab_observer import LabObserver
from hubsim_cloud.lab.trace_merge import WorldTrace
from hubsim_cloud.lab.world_watch import WorldWatch
from hubsim_cloud.world.world import Observe, Observed, WorldPlan
from hubsim_contract.clock import WorldClock
from hubsim_contract.wire.topics import Topics


def observe(plan: WorldPlan, clock: WorldClock) -> Observed:
    """Return the observers of a world that a server opens.

    The earlier actions on a traced world are not known: its journal lacks its beginning.
    """
    return Observed(_observer(plan, clock), unknown_journal(clock.world_ms()) if plan.traced else None)


def observe_with(journal: Journal | None) -> Observe:
    """Return the observers of a world whose journal is known."""
    return observe if journal is None else lambda plan, clock: Observed(_observer(plan, clock), journal)


def _observer(plan: WorldPlan, clock: WorldClock) -> LabObserver:
    topics = Topics(plan.prefix)
    return LabObserver(
        WorldTrace(topics, clock, kept=plan.traced), WorldWatch(plan.name, topics, clock.world_ms)
    )
