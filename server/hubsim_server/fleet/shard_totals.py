"""Sums of the reports of shards: over the shards of a fleet, and over the processes of one shard."""

from collections.abc import Iterable

import msgspec

from hubsim_server.fleet.shard_messages import ShardReport
from hubsim_simulator.serving.durations import Durations

_COUNTERS = ("attempts", "failed", "lost", "acts", "acts_refused", "cpu_s")
_GAUGES = ("hubs", "on", "able", "online", "memory_bytes")
NOTHING = ShardReport()


def total(reports: Iterable[ShardReport]) -> ShardReport:
    """Return the sum, without what the shards wait for."""
    each = tuple(reports)
    connect, refused = Durations(), dict[str, int]()
    for report in each:
        connect.merge(report.connect)
        for part, count in report.refused.items():
            refused[part] = refused.get(part, 0) + count
    sums = {name: sum(getattr(report, name) for report in each) for name in (*_COUNTERS, *_GAUGES)}
    return ShardReport(**sums, connect=connect.buckets, refused=refused)


def ended(report: ShardReport) -> ShardReport:
    """Return what remains of a report when its process has ended: the counters."""
    return msgspec.structs.replace(report, awaited=(), **dict.fromkeys(_GAUGES, 0))
