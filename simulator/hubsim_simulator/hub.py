"""One simulated hub: the hardware, its flash memory, and the agent that runs on it.

Owns who hears what: hands and radio go to the hardware, MQTT goes to the agent, and what changes in
the one reaches the other. The agent here is the very program a real hub would run. The MQTT
connection rides on one channel; when that channel goes, it dies without a goodbye (`Sever`).
"""

import msgspec

from hubsim_agent.core import HubAgent
from hubsim_agent.ports import AgentEvent, Boot, HardwareChanged, MemoryWritten, ShowDisplay, WriteMemory
from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now, Wake
from hubsim_contract.lab.bench_actions import BenchAction
from hubsim_contract.mqtt.port import (
    Connect,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
)
from hubsim_contract.wire.messages import Channel, Hardware
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.ports import (
    CloudReachable,
    HardwareEffect,
    HardwareEvent,
    HardwareStateChanged,
    PoweredOff,
    PoweredOn,
)
from hubsim_simulator.hardware.radio import (
    AttachAccepted,
    AttachRejected,
    AttachRequested,
    Detached,
    LocationCancelled,
    RadioAnswer,
    ServiceChanged,
)

_PREFERRED = (Channel.ETHERNET, Channel.WIFI, Channel.CELLULAR)


class Sever(msgspec.Struct, frozen=True):
    """The way under the MQTT connection is gone: kill it without a goodbye. The hub knows already."""


HubEvent = PortEvent | BenchAction | RadioAnswer
HubEffect = PortEffect | Sever | AttachRequested | Detached


class SimulatedHub:
    """A hub with everything in it. Timers are on the world axis of `Now`."""

    def __init__(self, hardware: HubHardware, settings: AgentSettings, flash: bytes | None = None) -> None:
        self.hardware = hardware
        self.agent: HubAgent | None = None
        """None while the hub is off."""
        self.face: ShowDisplay | None = None
        self.flash = flash
        """What the agent has persisted; it outlives restarts and power cuts."""
        self._settings = settings
        self._rides_on: Channel | None = None
        self._world_ahead_ms = 0
        self._out: list[HubEffect] = []

    @property
    def id(self) -> str:
        """The hub's 8 hex digits."""
        return self.hardware.hub_id

    @property
    def channel(self) -> Channel | None:
        """The channel that carries the MQTT connection, or the attempt to make one; None without either."""
        return self._rides_on

    def due(self) -> int | None:
        """Return when a `Wake` is wanted, in world milliseconds, or None."""
        hardware_ms = self.hardware.due()
        agent_ms = self.agent.due() if self.agent else None
        if agent_ms is None:
            return hardware_ms
        agent_ms += self._world_ahead_ms
        return agent_ms if hardware_ms is None else min(agent_ms, hardware_ms)

    def handle(self, event: HubEvent, now: Now) -> list[HubEffect]:
        """Take one event. Raises `BenchActionRefused` for hands that cannot, having changed nothing."""
        self._out = []
        self._world_ahead_ms = now.world_ms - now.mono_ms
        if isinstance(event, Wake):
            self._wake(event, now)
        elif isinstance(
            event, (BenchAction, AttachAccepted, AttachRejected, ServiceChanged, LocationCancelled)
        ):
            self._to_hardware(event, now)  # type: ignore[arg-type]  # every Hand is one of AnyHand
        else:
            if isinstance(event, ConnectionLost | ConnectFailed):
                self._rides_on = None
            self._to_agent(event, now)
        return self._out

    def _wake(self, event: Wake, now: Now) -> None:
        """Wake whichever part has asked for it."""
        hardware_ms = self.hardware.due()
        if hardware_ms is not None and hardware_ms <= now.world_ms:
            self._to_hardware(event, now)
        agent_ms = self.agent.due() if self.agent else None
        if agent_ms is not None and agent_ms <= now.mono_ms:
            self._to_agent(event, now)

    def _to_hardware(self, event: HardwareEvent, now: Now) -> None:
        for effect in self.hardware.handle(event, now):
            self._follow_hardware(effect, now)

    def _follow_hardware(self, effect: HardwareEffect, now: Now) -> None:
        match effect:
            case HardwareStateChanged():
                self._lose_channel(effect.hardware, now)
                self._to_agent(HardwareChanged(effect.hardware), now)
            case PoweredOn():
                self.agent = HubAgent(self._settings, self.flash, now)
                self._to_agent(Boot(self.hardware.snapshot()), now)
            case PoweredOff():
                self.agent, self.face = None, None
                self._hang_up()
            case _:
                self._out.append(effect)

    def _lose_channel(self, hardware: Hardware, now: Now) -> None:
        if self._rides_on is not None and self._rides_on not in hardware.channels:
            self._hang_up()
            self._to_agent(ConnectionLost(), now)

    def _hang_up(self) -> None:
        if self._rides_on is not None:
            self._rides_on = None
            self._out.append(Sever())

    def _to_agent(self, event: AgentEvent, now: Now) -> None:
        if self.agent is None:
            return
        written = 0
        for effect in self.agent.handle(event, now):
            if isinstance(effect, WriteMemory):
                self.flash, written = effect.data, effect.revision
            else:
                self._follow_agent(effect, now)
        if written:
            self._to_agent(MemoryWritten(written), now)

    def _follow_agent(self, effect: PortEffect | ShowDisplay, now: Now) -> None:
        match effect:
            case ShowDisplay():
                self.face = effect
                self._to_hardware(CloudReachable(effect.face.cloud_reachable), now)
            case Connect():
                channels = self.hardware.snapshot().channels
                self._rides_on = next(channel for channel in _PREFERRED if channel in channels)
                self._out.append(effect)
            case Disconnect():
                self._rides_on = None
                self._out.append(effect)
            case _:
                self._out.append(effect)
