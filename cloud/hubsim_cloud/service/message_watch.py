"""The verdicts on messages of hubs: the last ones, their counters, and the streams of watchers.

Bounded: it keeps the last `VERDICTS_KEPT` verdicts of at most `HUBS_KEPT` hubs. While there is room, each hub
that sends something is kept. When there is none, a hub that breaks a rule or is looked at replaces the one
that has done neither for longest. So a bench has all of its hubs here, and a fleet those with trouble.
"""

import secrets
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from itertools import islice

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from hubsim_cloud.domain.verdicts import MessageOutcome, MessageVerdict, VerdictSubject
from hubsim_cloud.inspector import MessageInspector
from hubsim_cloud.service.notices import Ended
from hubsim_cloud.service.open_stream import OpenStream

VERDICTS_KEPT = 50
"""The number of verdicts kept for each hub."""
VERDICTS_STREAMED = 500
"""The number of verdicts kept for a hub with an open stream. A reader that is slower misses some."""
HUBS_KEPT = 200
"""The number of hubs whose verdicts are kept."""
HUBS_COUNTED = 100
"""The number of hubs with their own series in the metrics; further ones count as `OTHER_HUBS`."""
OTHER_HUBS = "other"
STREAMS_MAX = 100
"""The number of open streams; the next one is refused. It is less than `HUBS_KEPT`."""


class TooManyWatchers(Exception):
    """The limit of open streams is reached. No stream was opened."""


class HubLog:
    """The log of one hub, since it is kept here."""

    def __init__(self) -> None:
        self.count = 0
        """The number of verdicts so far. The last one has this number, the first one 1."""
        self.outcomes: Counter[MessageOutcome] = Counter()
        self.rules: Counter[str] = Counter()
        self.last_report: MessageVerdict | None = None
        """The last report that was taken."""
        self._verdicts: deque[MessageVerdict] = deque(maxlen=VERDICTS_KEPT)

    def add(self, verdict: MessageVerdict) -> None:
        """Store a verdict, and count it."""
        self.count += 1
        self._verdicts.append(verdict)
        self.outcomes[verdict.outcome] += 1
        for finding in verdict.findings:
            self.rules[finding.rule] += 1
        if verdict.about is VerdictSubject.REPORTED and verdict.outcome is MessageOutcome.TAKEN:
            self.last_report = verdict

    def after(self, number: int) -> list[tuple[int, MessageVerdict]]:
        """Return the kept verdicts with a higher number, each with its number, oldest first."""
        first = self.count - len(self._verdicts) + 1
        begin = max(number + 1, first)
        return list(enumerate(islice(self._verdicts, begin - first, None), begin))

    def resize(self, verdicts: int) -> None:
        """Keep this number of verdicts, the newest ones."""
        self._verdicts = deque(self._verdicts, verdicts)


class WatchStream(OpenStream):
    """The verdicts on one hub. Opened by `MessageWatch.open`, closed by `MessageWatch.leave`.

    It wakes for a verdict, and for a change of the state of any hub.
    """

    def __init__(self, hub: str, log: HubLog, number: int) -> None:
        super().__init__()
        self.hub = hub
        self._log = log
        self._number = number
        """The number of the last verdict that was taken."""

    def take(self) -> tuple[int, list[tuple[int, MessageVerdict]]]:
        """Return how many verdicts were missed, and the new ones with their numbers. They count as sent."""
        self._awake.clear()
        verdicts = self._log.after(self._number)
        first = verdicts[0][0] if verdicts else self._log.count + 1
        missed = first - self._number - 1
        self._number = self._log.count
        return missed, verdicts


class MessageWatch:
    """The logs and streams of one world."""

    def __init__(self) -> None:
        self.epoch = secrets.token_hex(4)
        """Verdicts are counted from the start of the cloud, which this identifies."""
        self._logs: OrderedDict[str, HubLog] = OrderedDict()
        """The hub first that was neither in trouble nor looked at for longest."""
        self._streams: dict[str, dict[WatchStream, None]] = {}
        self._findings: dict[tuple[str, str], int] = {}
        """(hub or `OTHER_HUBS`, rule) to the number of findings."""
        self._counted: set[str] = set()
        self._closed = False

    def wants(self, hub: str) -> bool:
        """Return whether verdicts without findings on this hub are kept."""
        return hub in self._logs or len(self._logs) < HUBS_KEPT

    @property
    def streams(self) -> int:
        """The number of open streams."""
        return sum(map(len, self._streams.values()))

    def judged(self, verdict: MessageVerdict) -> None:
        """Store a verdict, and wake the streams of its hub."""
        hub = verdict.hub
        if verdict.findings:
            self._count(verdict)
        if verdict.findings or hub not in self._logs:
            self._kept(hub)
        self._logs[hub].add(verdict)
        for stream in self._streams.get(hub, ()):
            stream.wake()

    def changed(self) -> None:
        """Wake the streams: the state may have changed."""
        for streams in self._streams.values():
            for stream in streams:
                stream.wake()

    def has(self, hub: str) -> bool:
        """Return whether there are verdicts on this hub."""
        return hub in self._logs and self._logs[hub].count > 0

    def look_at(self, hub: str) -> HubLog:
        """Return the log of a hub, and keep its verdicts from now on."""
        return self._kept(hub)

    def open(self, hub: str, after: int | None) -> WatchStream:
        """Return a stream of the kept verdicts, or of those after a number. Raises `TooManyWatchers`.

        The caller closes it with `leave`.
        """
        if self.streams >= STREAMS_MAX:
            raise TooManyWatchers(f"{STREAMS_MAX} streams are open")
        log = self._kept(hub)
        begin = log.count - len(log.after(0)) if after is None else min(after, log.count)
        stream = WatchStream(hub, log, begin)
        if hub not in self._streams:
            self._streams[hub] = {}
            log.resize(VERDICTS_STREAMED)
        self._streams[hub][stream] = None
        if self._closed:
            stream.end(Ended.STOPPING)
        return stream

    def leave(self, stream: WatchStream) -> None:
        """Close a stream; a second call does nothing."""
        streams = self._streams.get(stream.hub, {})
        if streams.pop(stream, stream) is None and not streams:
            del self._streams[stream.hub]
            self._logs[stream.hub].resize(VERDICTS_KEPT)

    def close(self) -> None:
        """End every stream. A stream that is opened later ends immediately."""
        self._closed = True
        for streams in self._streams.values():
            for stream in streams:
                stream.end(Ended.STOPPING)

    def findings(self) -> Iterator[tuple[str, str, int]]:
        """Yield (hub or `OTHER_HUBS`, rule, number of findings) since the start."""
        for (hub, rule), count in self._findings.items():
            yield hub, rule, count

    def _kept(self, hub: str) -> HubLog:
        """Return the log of a hub, as the one that was needed last. A new one may replace another hub's."""
        log = self._logs.get(hub)
        if log is None:
            if len(self._logs) >= HUBS_KEPT:
                del self._logs[next(name for name in self._logs if name not in self._streams)]
            log = self._logs[hub] = HubLog()
        self._logs.move_to_end(hub)
        return log

    def _count(self, verdict: MessageVerdict) -> None:
        if len(self._counted) < HUBS_COUNTED:
            self._counted.add(verdict.hub)
        hub = verdict.hub if verdict.hub in self._counted else OTHER_HUBS
        for finding in verdict.findings:
            key = hub, finding.rule
            self._findings[key] = self._findings.get(key, 0) + 1


class MessageMetrics(Collector):
    """The counters of messages, for the metrics of a cloud."""

    def __init__(self, watch: MessageWatch, inspector: Callable[[], MessageInspector]) -> None:
        self._watch = watch
        self._inspector = inspector

    def collect(self) -> Iterator[Metric]:
        """Yield the current counters."""
        messages = CounterMetricFamily(
            "hubsim_cloud_hub_messages", "Messages of hubs by outcome.", labels=["outcome"]
        )
        for outcome, count in self._inspector().outcomes().items():
            messages.add_metric([outcome.value], count)
        yield messages
        findings = CounterMetricFamily(
            "hubsim_cloud_hub_findings",
            f"Broken rules by hub and rule; hubs after the first {HUBS_COUNTED} with trouble are one series.",
            labels=["hub", "rule"],
        )
        for hub, rule, count in self._watch.findings():
            findings.add_metric([hub, rule], count)
        yield findings
