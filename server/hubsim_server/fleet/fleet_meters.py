"""The metrics of a fleet: those of a simulator as a sum and by shard, read when they are requested."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hubsim_server.fleet.shard_messages import ShardReport
from hubsim_server.fleet.sharded_fleet import ShardedFleet
from hubsim_server.fleet.watched_shard import ProcessState
from hubsim_server.simulator_meters import (
    CONNECTION_COUNTERS,
    HUB_GAUGES,
    connect_quantiles,
    refused_messages,
)
from hubsim_simulator.serving.durations import Durations

_GAUGES = HUB_GAUGES | {"memory_bytes": "Memory of the process."}
_COUNTERS = CONNECTION_COUNTERS | {
    "acts": "Random bench actions performed.",
    "cpu_seconds": "CPU time of the processes.",
}
_FIELDS = {
    "hubs_on": "on",
    "hubs_online": "online",
    "connection_attempts": "attempts",
    "connection_failures": "failed",
    "connections_lost": "lost",
    "cpu_seconds": "cpu_s",
}
ALL_SHARDS = "all"


class FleetMeters(Collector):
    """The metrics of one fleet. The label `shard` is the shard, or `all` for the sum."""

    def __init__(self, fleet: ShardedFleet) -> None:
        self._fleet = fleet

    def collect(self) -> Iterator[Metric]:
        """Yield the current metrics."""
        shards = {str(shard.shard): shard for shard in self._fleet.shards}
        total = self._fleet.total
        reports = {name: shard.report for name, shard in shards.items()} | {ALL_SHARDS: total}
        for name, text in _GAUGES.items():
            yield _filled(GaugeMetricFamily(f"hubsim_fleet_{name}", text, labels=["shard"]), name, reports)
        for name, text in _COUNTERS.items():
            yield _filled(CounterMetricFamily(f"hubsim_fleet_{name}", text, labels=["shard"]), name, reports)
        up = GaugeMetricFamily("hubsim_fleet_up", "Whether the shard's process runs.", labels=["shard"])
        restarts = CounterMetricFamily(
            "hubsim_fleet_restarts", "Restarts of the shard's process.", labels=["shard"]
        )
        for name, shard in shards.items():
            up.add_metric([name], shard.state is ProcessState.RUNNING)
            restarts.add_metric([name], shard.restarts)
        yield from (up, restarts, refused_messages("hubsim_fleet", total.refused))
        yield connect_quantiles("hubsim_fleet", Durations(total.connect))


def _filled(
    metric: GaugeMetricFamily | CounterMetricFamily, name: str, reports: dict[str, ShardReport]
) -> GaugeMetricFamily | CounterMetricFamily:
    for shard, report in reports.items():
        metric.add_metric([shard], getattr(report, _FIELDS.get(name, name)))
    return metric
