"""The simulated side of one world: its fleet, the ports of its stations, and the faults on their way in.

What the benches of a simulator's server (`serving.world_bench`) and the worlds of one process, computed
or live, are made of. It lets go of what follows from an event at once.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import msgspec

from hubsim_agent.settings import AgentSettings
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start, Stop
from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup
from hubsim_contract.lab.port_filter import PortFilter, PortObserver
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import PortEffect, PortEvent, Publish
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.topics import Topics
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.ports import CarrierEvent
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import CARRIER, At, Fleet
from hubsim_simulator.hardware.profile import ModelProfile, load_profile
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import HubEvent, Sever
from hubsim_simulator.hub_setup import build_hub


class BenchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulated side of one world is like."""

    carrier: CarrierSettings
    """Its prefix is that of the world's topics."""
    hub: HardwareSettings = HardwareSettings()
    models: dict[str, ModelProfile] = {}


class StationPort(Protocol):
    """The MQTT port of one station."""

    def perform(self, effect: PortEffect) -> None:
        """Carry out one effect; answers come later."""
        ...

    def sever(self, *, told: bool) -> None:
        """Kill the connection without a goodbye; `told`: the station hears of it."""
        ...

    def aclose(self) -> Coroutine[Any, Any, None]:
        """Let go of everything."""
        ...


class SimulatedBench:
    """Carrier and hubs of one world, with their ports."""

    def __init__(
        self,
        settings: BenchSettings,
        clock: WorldClock,
        open_station: Callable[[str], StationPort],
        observer: PortObserver,
        *,
        memory: bytes | None = None,
        port_filter: PortFilter | None = None,
    ) -> None:
        """Take what it is made of; `memory`: the carrier's, `port_filter`: one that the cloud shares."""
        self.settings = settings
        self.topics = Topics(settings.carrier.prefix)
        self.clock = clock
        self.fleet = Fleet(Carrier(settings.carrier, memory))
        self.filter = port_filter or PortFilter(self.topics, clock, observer, self.deliver, self.hears)
        self._observer = observer
        self._open_station = open_station
        self._ports: dict[str, StationPort] = {}

    # ------------------------------------------------------------------ what is done to it

    def start(self) -> None:
        """Let the carrier begin its work."""
        self._to_fleet(CARRIER, Start())

    def put(self, setup: HubSetup) -> None:
        """Put a hub on the bench, and switch it on if it is to be on.

        Raises `BenchActionRefused`, `ProfileError`, and `ValueError` for an id that cannot be, or is taken.
        """
        if setup.id in self.fleet.hubs:
            raise ValueError(f"the hub {setup.id} is on the bench already")
        profile = self.settings.models.get(setup.model) or load_profile(setup.model)
        agent = AgentSettings(hub_id=setup.id, prefix=self.topics.prefix)
        hub, bench_actions = build_hub(setup, profile, self.settings.hub, agent)
        self.fleet.add(hub)
        for action in bench_actions:
            self._to_fleet(setup.id, action)

    def lay(self, hub: str, action: AnyBenchAction) -> None:
        """Lay hands on a hub. Raises `BenchActionRefused`, having changed nothing."""
        self._to_fleet(hub, action)

    def cut(self, station: str) -> None:
        """Cut a station's connection without a goodbye; it hears of it."""
        if station in self._ports:
            self._ports[station].sever(told=True)

    def kill_carrier(self) -> None:
        """Let the carrier's program die without a goodbye. Its network and its orders go on."""
        self._port(CARRIER).sever(told=False)
        self.fleet.handle(CARRIER, Stop(), self.clock.now())

    def restart_carrier(self) -> None:
        """Bring the carrier's program back with what it had made durable."""
        carrier = Carrier(self.settings.carrier, self.fleet.carrier.memory())
        self._follow(self.fleet.replace_carrier(carrier, self.clock.now()))
        self.start()

    def closing(self) -> list[Coroutine[Any, Any, None]]:
        """Return what cuts each connection, as when the power fails; to be awaited together."""
        return [port.aclose() for port in self._ports.values()]

    def close(self) -> None:
        """Drop the ports and what opens them. Both usually hold the world that holds this bench."""
        self._ports.clear()
        self._open_station = _no_port

    # ------------------------------------------------------------------ time, and what stations hear

    def due(self) -> int | None:
        """Return the earliest instant at which anything here wants to act, or None."""
        return earliest(self.fleet.due(), self.filter.due())

    def wake(self) -> bool:
        """Let everything act whose time has come; return whether anything did."""
        due_ms = self.due()
        if due_ms is None or due_ms > self.clock.world_ms():
            return False
        self.filter.wake()
        self._follow(self.fleet.wake(self.clock.now()))
        return True

    def deliver(self, station: str, event: PortEvent) -> None:
        """Let a station hear something of its port."""
        self._to_fleet(station, event)

    def hears(self, station: str) -> bool:
        """Whether a message that was held back still finds somebody there."""
        if station == CARRIER:
            return self.fleet.carrier.link is LinkState.ONLINE
        agent = self.fleet.hubs[station].agent
        return agent is not None and agent.view().link is LinkState.ONLINE

    # ------------------------------------------------------------------ inside

    def _to_fleet(self, station: str, event: HubEvent | CarrierEvent) -> None:
        self._follow(self.fleet.handle(station, event, self.clock.now()))

    def _follow(self, effects: list[At]) -> None:
        """Let go of what follows from an event."""
        for at in effects:
            port = self._port(at.station)
            if isinstance(at.effect, Sever):
                port.sever(told=False)
            else:
                if isinstance(at.effect, Publish):
                    self._observer.published(at.station, at.effect)
                port.perform(at.effect)

    def _port(self, station: str) -> StationPort:
        port = self._ports.get(station)
        if port is None:
            port = self._ports[station] = self._open_station(station)
        return port


def _no_port(station: str) -> StationPort:
    raise AssertionError(f"the bench is closed, and {station} asks for a port")
