"""The observer of a world of a lab: passes everything on to its trace, its journal and its watch."""

from collections.abc import Iterable
from typing import Any

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.lab.journal import Journal
from hubsim_cloud.lab.trace_merge import WorldTrace
from hubsim_cloud.lab.world_watch import WorldWatch
from hubsim_cloud.service.decision_batch import Decided
from hubsim_cloud.world.observer import CloudObserver
from hubsim_contract.lab.faults import Hit
from hubsim_contract.mqtt.port import Publish, Received


class LabObserver(CloudObserver):
    """The trace, the journal and the watch of one world."""

    def __init__(self, trace: WorldTrace, watch: WorldWatch, journal: Journal | None) -> None:
        self.trace = trace
        self.watch = watch
        self._journal = journal

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Trace an event."""
        self.trace.add(event, who, **facts)

    def published(self, station: str, message: Publish) -> None:
        """Trace and show a message of the cloud."""
        self.trace.published(station, message)
        self.watch.published(message)

    def received(self, station: str, message: Received) -> None:
        """Trace a message of a station, and note that it has reached the cloud."""
        self.trace.received(station, message)
        self.watch.received(message)

    def arrived(self, station: str, message: Received, hit: Hit | None) -> None:  # noqa: ARG002 (the cloud)
        """Show that the cloud gets a message."""
        self.watch.delivered(message, hit)

    def stopped(self, station: str, message: Received, hit: Hit) -> None:  # noqa: ARG002 (the cloud)
        """Show that a fault keeps a message from the cloud."""
        self.watch.stopped(message, hit)

    def record(self, facts: Iterable[Fact]) -> None:
        """Trace and follow facts."""
        known = tuple(facts)
        self.trace.record(known)
        self.watch.record(known)

    def kept(self, hubs: tuple[str, ...]) -> None:
        """Follow hubs whose reports are durable now."""
        self.watch.kept(hubs)

    def decided(self, decided: Decided) -> None:
        """Record a decision, and show a command."""
        if self._journal is not None:
            self._journal.decided(decided)
        self.watch.decided(decided)

    def close(self) -> None:
        """End the readers of the watch: the world stops."""
        self.watch.close()
