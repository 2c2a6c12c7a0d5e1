"""One order for events of several sources that report over different connections: causes before effects.

Each source keeps its own order. An event that names a message waits until the other side has reported that
message, but at most `WAIT_MS`: a side can be gone. Pure; times are real ms.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

WAIT_MS = 100
"""How long an event waits for the report of its cause."""
SEEN_MAX = 10_000
"""The number of reported messages that are remembered until their receipt."""


class Report(NamedTuple):
    """An event, and its place in the order. Without `event` it makes the later ones of its source wait."""

    event: Any = None
    gives: Hashable = None
    """The message that this event publishes."""
    has_receipt: bool = False
    """Whether a report with `once` will need `gives`."""
    needs: Hashable = None
    """The message whose publishing is before this event."""
    expected: bool = False
    """Whether a source will report `needs`, also if it has not arrived here yet."""
    once: bool = False
    """Whether `needs` has one receipt only."""
    cause: Any = None
    """With `once`: the event to pass on before, if no source has reported it."""


class _HeldReport(NamedTuple):
    report: Report
    until_ms: int


class CausalOrder:
    """Passes events on to `emit`."""

    def __init__(self, emit: Callable[[Any], None]) -> None:
        self._emit = emit
        self._queues: dict[str, deque[_HeldReport]] = {}
        """The sources of which a report waits."""
        self._coming: Counter[Hashable] = Counter()
        """The messages that reports in the queues publish."""
        self._seen: OrderedDict[Hashable, int] = OrderedDict()
        """The reported messages that are not received yet, and how often each was published."""
        self._late: OrderedDict[Hashable, int] = OrderedDict()
        """The messages whose report did not arrive in time, and is superfluous when it does."""

    def put(self, source: str, report: Report, now_ms: int) -> None:
        """Add the next report of a source."""
        if not self._queues and self._is_ready(report):
            self._pass_on(report)
            return
        queue = self._queues.setdefault(source, deque())
        queue.append(_HeldReport(report, now_ms + WAIT_MS))
        if report.gives is not None:
            self._coming[report.gives] += 1
        self.wake(now_ms)

    def due(self) -> int | None:
        """Return when `wake` must be called, or None."""
        return min((queue[0].until_ms for queue in self._queues.values()), default=None)

    def wake(self, now_ms: int) -> None:
        """Pass on what is ready, and what has waited long enough."""
        moved = True
        while moved:
            moved = False
            for source, queue in list(self._queues.items()):
                while queue and (self._is_ready(queue[0].report) or queue[0].until_ms <= now_ms):
                    report = queue.popleft().report
                    if report.gives is not None:
                        self._coming[report.gives] -= 1
                        if not self._coming[report.gives]:
                            del self._coming[report.gives]
                    self._pass_on(report)
                    moved = True
                if not queue:
                    self._queues.pop(source, None)

    def _is_ready(self, report: Report) -> bool:
        needs = report.needs
        return needs is None or needs in self._seen or not (report.expected or needs in self._coming)

    def _pass_on(self, report: Report) -> None:
        if report.gives is not None:
            if report.gives in self._late:
                _take(self._late, report.gives)
                return
            if report.has_receipt:
                _add(self._seen, report.gives)
        if report.needs is not None and report.once and not _take(self._seen, report.needs):
            if report.expected:
                _add(self._late, report.needs)
            if report.cause is not None:
                self._emit(report.cause)
        if report.event is not None:
            self._emit(report.event)


def _add(counts: OrderedDict[Hashable, int], key: Hashable) -> None:
    counts[key] = counts.get(key, 0) + 1
    if len(counts) > SEEN_MAX:
        counts.popitem(last=False)


def _take(counts: OrderedDict[Hashable, int], key: Hashable) -> bool:
    """Remove one of a key; return whether there was one."""
    count = counts.get(key, 0)
    if count > 1:
        counts[key] = count - 1
    elif count:
        del counts[key]
    return count > 0
