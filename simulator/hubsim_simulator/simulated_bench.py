"""The simulated side of one world: its fleet, the ports of its stations, and their inbound faults.

The benches of a simulator's server (`serving.world_bench`) extend it; virtual and live worlds use it. It
performs the effects of an event immediately.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import msgspec

from hubsim_agent.settings import AgentSettings
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start, Stop
from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup, PowerOff
from hubsim_contract.lab.faults import AnyCarrierFault
from hubsim_contract.lab.port_filter import PortFilter, PortObserver
from hubsim_contract.lab.shards import WHOLE, Shard
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import PortEffect, PortEvent, Publish
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.topics import Topics
from hubsim_simulator.carrier.carrier_choice import AnyCarrier, carrier_of
from hubsim_simulator.carrier.ports import CarrierActs, CarrierEvent, FaultMet
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import CARRIER, At, Fleet
from hubsim_simulator.hardware.profile import ModelProfile, load_profile
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import HubEvent, Sever
from hubsim_simulator.hub_setup import build_hub


class BenchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of the simulated side of one world."""

    carrier: CarrierSettings
    """Its prefix is the prefix of the world's topics."""
    hub: HardwareSettings = HardwareSettings()
    models: dict[str, ModelProfile] = {}
    shard: Shard = WHOLE
    """The hubs that can be on this bench; shard 1 serves the carrier of all shards."""
    run: str = ""
    """A name of this run of the process, for the other shards."""


class StationPort(Protocol):
    """The MQTT port of one station."""

    def perform(self, effect: PortEffect) -> None:
        """Perform one effect; answers arrive later as events."""
        ...

    def sever(self, *, notify: bool) -> None:
        """Cut the connection without a DISCONNECT; `notify`: the station receives `ConnectionLost`."""
        ...

    def aclose(self) -> Coroutine[Any, Any, None]:
        """Close the client."""
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
        """Take the parts; `memory`: the carrier's, `port_filter`: a filter shared with the cloud."""
        self.settings = settings
        self.topics = Topics(settings.carrier.prefix)
        self.clock = clock
        self.fleet = Fleet(self._carrier(memory))
        self.filter = port_filter or PortFilter(self.topics, clock, observer, self.deliver, self.is_online)
        self._observer = observer
        self._open_station = open_station
        self._ports: dict[str, StationPort] = {}

    # ------------------------------------------------------------------ actions

    def start(self) -> None:
        """Start the carrier."""
        self._to_fleet(CARRIER, Start())

    def put(self, setup: HubSetup) -> None:
        """Put a hub on the bench, and switch it on if its setup has it powered.

        Raises `BenchActionRefused`, `ProfileError`, and `ValueError` for an invalid id or one that is in use.
        """
        if setup.id in self.fleet.hubs:
            raise ValueError(f"the hub {setup.id} is on the bench already")
        profile = self.settings.models.get(setup.model) or load_profile(setup.model)
        agent = AgentSettings(hub_id=setup.id, prefix=self.topics.prefix)
        hub, bench_actions = build_hub(setup, profile, self.settings.hub, agent)
        self.fleet.add(hub)
        for action in bench_actions:
            self._to_fleet(setup.id, action)

    def take(self, hub: str) -> StationPort | None:
        """Take a hub off the bench, as in a power failure; its cards leave with it.

        Return its port, whose connection is cut. The caller closes it. None: it has never connected.
        """
        effects = self.fleet.handle(hub, PowerOff(), self.clock.now())
        self.fleet.remove(hub)
        self._follow([at for at in effects if at.station != hub])
        port = self._ports.pop(hub, None)
        if port is not None:
            port.sever(notify=False)
        return port

    def perform(self, hub: str, action: AnyBenchAction) -> None:
        """Perform a bench action on a hub. Raises `BenchActionRefused` and then changes nothing."""
        self._to_fleet(hub, action)

    def cut(self, station: str) -> None:
        """Cut a station's connection without a DISCONNECT; the station receives `ConnectionLost`."""
        if station in self._ports:
            self._ports[station].sever(notify=True)

    def act_on_carrier(self, fault: AnyCarrierFault, name: str = "") -> None:
        """Make the carrier act by itself on the card whose ICCID is the `hub` of the fault.

        `name`: the id of a fault of the next orders.
        """
        self._to_fleet(CARRIER, CarrierActs(fault.hub, fault, name))

    def kill_carrier(self) -> None:
        """Kill the carrier's program. Its network and its orders continue."""
        self._port(CARRIER).sever(notify=False)
        self.fleet.handle(CARRIER, Stop(), self.clock.now())

    def restart_carrier(self) -> None:
        """Start the carrier's program again with its durable data."""
        carrier = self._carrier(self.fleet.carrier.memory())
        self._follow(self.fleet.replace_carrier(carrier, self.clock.now()))
        self.start()

    def closing(self) -> list[Coroutine[Any, Any, None]]:
        """Return coroutines that cut the connections, as in a power failure; await them together."""
        return [port.aclose() for port in self._ports.values()]

    def close(self) -> None:
        """Drop the ports and their factory. Both usually reference the world that references this bench."""
        self._ports.clear()
        self._open_station = _no_port

    # ------------------------------------------------------------------ time and inbound events

    def due(self) -> int | None:
        """Return the instant of the earliest timer here, or None."""
        return earliest(self.fleet.due(), self.filter.due())

    def wake(self) -> bool:
        """Fire all due timers; return whether there were any."""
        due_ms = self.due()
        if due_ms is None or due_ms > self.clock.world_ms():
            return False
        self.filter.wake()
        self._follow(self.fleet.wake(self.clock.now()))
        return True

    def deliver(self, station: str, event: PortEvent) -> None:
        """Deliver an event of its port to a station."""
        self._to_fleet(station, event)

    def is_online(self, station: str) -> bool:
        """Whether a station can still receive a message that was held back."""
        if station == CARRIER:
            return self.fleet.carrier.link is LinkState.ONLINE
        hub = self.fleet.hubs.get(station)
        agent = None if hub is None else hub.agent
        return agent is not None and agent.view().link is LinkState.ONLINE

    # ------------------------------------------------------------------ inside

    def _carrier(self, memory: bytes | None) -> AnyCarrier:
        return carrier_of(self.settings.carrier, self.settings.shard, self.settings.run, memory)

    def _to_fleet(self, station: str, event: HubEvent | CarrierEvent) -> None:
        self._follow(self.fleet.handle(station, event, self.clock.now()))

    def _follow(self, effects: list[At]) -> None:
        """Perform the effects of an event."""
        for at in effects:
            if isinstance(at.effect, FaultMet):
                self._observer.fault_hit(at.effect.name, at.effect.left)
                continue
            port = self._port(at.station)
            if isinstance(at.effect, Sever):
                port.sever(notify=False)
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
    raise AssertionError(f"the bench is closed, but {station} requests a port")
