"""The metrics of a simulator, read when they are requested."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from hubsim_contract.mqtt.link import LinkState
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
        hubs = [] if main is None else list(main.fleet.hubs.values())
        agents = [hub.agent for hub in hubs if hub.agent is not None]
        online = sum(agent.link is LinkState.ONLINE for agent in agents)
        yield GaugeMetricFamily("hubsim_simulator_hubs", "Hubs on the bench.", len(hubs))
        yield GaugeMetricFamily("hubsim_simulator_hubs_on", "Hubs that are switched on.", len(agents))
        yield GaugeMetricFamily("hubsim_simulator_hubs_online", "Hubs that are connected.", online)
        refused = CounterMetricFamily(
            "hubsim_simulator_messages_refused",
            "Messages refused, by the part that refused them.",
            labels=["by"],
        )
        refused.add_metric(["hubs"], sum(agent.view().refused_messages for agent in agents))
        refused.add_metric(["carrier"], 0 if main is None else main.fleet.carrier.refused_messages)
        refused.add_metric(["lab"], self._server.refused_messages)
        yield refused


def registry_of(server: SimulatorServer) -> CollectorRegistry:
    """Return the registry with these metrics."""
    registry = CollectorRegistry()
    registry.register(SimulatorMeters(server))
    ProcessCollector(registry=registry)
    return registry
