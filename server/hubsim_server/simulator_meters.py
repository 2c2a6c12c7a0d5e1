"""The metrics of a simulator, read when they are requested."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from hubsim_simulator.serving.durations import Durations
from hubsim_simulator.serving.server import MAIN, SimulatorServer


class SimulatorMeters(Collector):
    """The metrics of one simulator; hubs and messages are those of the main world."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server

    def collect(self) -> Iterator[Metric]:
        """Yield the current metrics."""
        benches = self._server.benches
        yield GaugeMetricFamily("hubsim_simulator_worlds", "Worlds on the bench.", len(benches))
        main = benches.get(MAIN)
        count = self._server.connections
        hubs = 0 if main is None else len(main.fleet.hubs)
        yield GaugeMetricFamily("hubsim_simulator_hubs", "Hubs on the bench.", hubs)
        yield GaugeMetricFamily("hubsim_simulator_hubs_on", "Hubs that are switched on.", count.on)
        yield GaugeMetricFamily("hubsim_simulator_hubs_online", "Hubs that are connected.", count.online)
        meter = self._server.meter
        yield CounterMetricFamily(
            "hubsim_simulator_connection_attempts", "Attempts of hubs to connect.", meter.attempts
        )
        yield CounterMetricFamily(
            "hubsim_simulator_connection_failures", "Attempts of hubs that failed.", meter.failed
        )
        yield CounterMetricFamily(
            "hubsim_simulator_connections_lost", "Lost connections of hubs.", meter.lost
        )
        yield connect_quantiles("hubsim_simulator", meter.durations)
        refused = CounterMetricFamily(
            "hubsim_simulator_messages_refused",
            "Messages refused, by the part that refused them.",
            labels=["by"],
        )
        refused.add_metric(["hubs"], count.refused_messages)
        refused.add_metric(["carrier"], 0 if main is None else main.fleet.carrier.refused_messages)
        refused.add_metric(["lab"], self._server.refused_messages)
        yield refused


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
