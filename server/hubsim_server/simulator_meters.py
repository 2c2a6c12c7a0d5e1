"""The metrics of a simulator, read when they are requested."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from hubsim_simulator.serving.durations import Durations
from hubsim_simulator.serving.server import MAIN, SimulatorServer

HUB_GAUGES = {
    "hubs": "Hubs on the bench.",
    "hubs_on": "Hubs that are switched on.",
    "hubs_online": "Hubs that are connected.",
}
CONNECTION_COUNTERS = {
    "connection_attempts": "Attempts of hubs to connect.",
    "connection_failures": "Attempts of hubs that failed.",
    "connections_lost": "Lost connections of hubs.",
}


class SimulatorMeters(Collector):
    """The metrics of one simulator; hubs and messages are those of the main world."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server

    def collect(self) -> Iterator[Metric]:
        """Yield the current metrics."""
        benches, count, meter = self._server.benches, self._server.connections, self._server.meter
        values = {
            "hubs": len(benches[MAIN].fleet.hubs) if MAIN in benches else 0,
            "hubs_on": count.on,
            "hubs_online": count.online,
            "connection_attempts": meter.attempts,
            "connection_failures": meter.failed,
            "connections_lost": meter.lost,
        }
        yield GaugeMetricFamily("hubsim_simulator_worlds", "Worlds on the bench.", len(benches))
        for name, text in HUB_GAUGES.items():
            yield GaugeMetricFamily(f"hubsim_simulator_{name}", text, values[name])
        for name, text in CONNECTION_COUNTERS.items():
            yield CounterMetricFamily(f"hubsim_simulator_{name}", text, values[name])
        yield connect_quantiles("hubsim_simulator", meter.durations)
        yield refused_messages("hubsim_simulator", self._server.refused_by_part)


def refused_messages(prefix: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    """Return the number of refused messages, as a metric with the part that refused them."""
    metric = CounterMetricFamily(
        f"{prefix}_messages_refused", "Messages refused, by the part that refused them.", labels=["by"]
    )
    for part, count in counts.items():
        metric.add_metric([part], count)
    return metric


def connect_quantiles(prefix: str, durations: Durations) -> SummaryMetricFamily:
    """Return the time until hubs were online, as a metric with percentiles; 1 is the longest."""
    metric = SummaryMetricFamily(
        f"{prefix}_connect_seconds",
        "From the beginning of an attempt, or a loss, until the hub was online.",
        count_value=len(durations),
        sum_value=durations.sum_s,
    )
    for quantile in ("0.5", "0.95", "0.99", "1"):
        seconds = durations.percentile_s(float(quantile) * 100)
        if seconds is not None:
            metric.add_sample(f"{prefix}_connect_seconds", {"quantile": quantile}, seconds)
    return metric
