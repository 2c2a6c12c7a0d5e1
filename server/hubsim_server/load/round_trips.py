"""The round trips of desired documents: from the publication of a version until the hub reports it.

Pure; times are in seconds on any axis. A document that a newer one replaces before its report is counted as
superseded. Only the newest document of a hub has a round trip.
"""

from hubsim_simulator.serving.durations import Durations


class RoundTrips:
    """The documents and reports of all hubs."""

    def __init__(self) -> None:
        self.sent = 0
        self.completed = 0
        self.superseded = 0
        self.durations = Durations()
        self._applied: dict[str, int] = {}
        self._open: dict[str, tuple[int, float]] = {}

    @property
    def unanswered(self) -> int:
        """The number of hubs that have not reported their newest document."""
        return len(self._open)

    @property
    def hubs(self) -> tuple[str, ...]:
        """The hubs that have reported, by id."""
        return tuple(sorted(self._applied))

    def next_version(self, hub: str) -> int:
        """Return a version that the hub does not have yet."""
        sent, _ = self._open.get(hub, (0, 0.0))
        return max(self._applied.get(hub, 0), sent) + 1

    def published(self, hub: str, version: int, now_s: float) -> None:
        """Take the publication of a document. One that is not newer than the hub's is not counted."""
        before = self._open.get(hub)
        if version <= self._applied.get(hub, 0) or (before is not None and version <= before[0]):
            return
        self.sent += 1
        self.superseded += before is not None
        self._open[hub] = (version, now_s)

    def reported(self, hub: str, applied_version: int, now_s: float) -> None:
        """Take a report of a hub."""
        self._applied[hub] = max(applied_version, self._applied.get(hub, 0))
        waiting = self._open.get(hub)
        if waiting is not None and applied_version >= waiting[0]:
            del self._open[hub]
            self.completed += 1
            self.durations.add(now_s - waiting[1])
