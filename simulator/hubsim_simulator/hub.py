"""One simulated hub: the hardware, its flash memory, and the agent that runs on it.

Routes bench actions and radio messages to the hardware, MQTT events to the agent, and changes of the one to
the other. The agent is the same program that a real hub would run. The MQTT connection uses one channel. If
that channel is lost, the connection ends without DISCONNECT (`Sever`).
"""

from collections.abc import Callable

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
    """The channel of the MQTT connection is lost: end it without DISCONNECT. The hub needs no event."""


Program = Callable[[AgentSettings, bytes | None, Now], HubAgent]
"""Starts the program of a hub from its flash memory."""
HubEvent = PortEvent | BenchAction | RadioAnswer
HubEffect = PortEffect | Sever | AttachRequested | Detached


class SimulatedHub:
    """A hub: hardware, flash memory and agent. Timers are on the world axis of `Now`."""

    def __init__(self, hardware: HubHardware, settings: AgentSettings, flash: bytes | None = None) -> None:
        self.hardware = hardware
        self.agent: HubAgent | None = None
        """None while the hub is off."""
        self.face: ShowDisplay | None = None
        self.flash = flash
        """The persisted state of the agent. It survives restarts and power cuts."""
        self.program: Program | None = HubAgent
        """The program that runs from the next boot on. None: a device outside of the simulator is this hub."""
        self._settings = settings
        self._mqtt_channel: Channel | None = None
        self._world_ahead_ms = 0
        self._out: list[HubEffect] = []

    @property
    def id(self) -> str:
        """The hub's 8 hex digits."""
        return self.hardware.hub_id

    @property
    def channel(self) -> Channel | None:
        """The channel of the MQTT connection, or of the attempt to connect; None without either."""
        return self._mqtt_channel

    def due(self) -> int | None:
        """Return when a `Wake` is needed, in world milliseconds, or None."""
        hardware_ms = self.hardware.due()
        agent_ms = self.agent.due() if self.agent else None
        if agent_ms is None:
            return hardware_ms
        agent_ms += self._world_ahead_ms
        return agent_ms if hardware_ms is None else min(agent_ms, hardware_ms)

    def handle(self, event: HubEvent, now: Now) -> list[HubEffect]:
        """Process one event. An impossible bench action raises `BenchActionRefused` and changes nothing."""
        self._out = []
        self._world_ahead_ms = now.world_ms - now.mono_ms
        if isinstance(event, Wake):
            self._wake(event, now)
        elif isinstance(
            event, (BenchAction, AttachAccepted, AttachRejected, ServiceChanged, LocationCancelled)
        ):
            self._to_hardware(event, now)  # type: ignore[arg-type]  # every BenchAction is one of AnyBenchAction
        else:
            if isinstance(event, ConnectionLost | ConnectFailed):
                self._mqtt_channel = None
            self._to_agent(event, now)
        return self._out

    def _wake(self, event: Wake, now: Now) -> None:
        """Wake the parts whose timers are due."""
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
                self.agent = self.program(self._settings, self.flash, now) if self.program else None
                self._to_agent(Boot(self.hardware.snapshot()), now)
            case PoweredOff():
                self.agent, self.face = None, None
                self._sever()
            case _:
                self._out.append(effect)

    def _lose_channel(self, hardware: Hardware, now: Now) -> None:
        if self._mqtt_channel is not None and self._mqtt_channel not in hardware.channels:
            self._sever()
            self._to_agent(ConnectionLost(), now)

    def _sever(self) -> None:
        if self._mqtt_channel is not None:
            self._mqtt_channel = None
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
                self._mqtt_channel = next(channel for channel in _PREFERRED if channel in channels)
                self._out.append(effect)
            case Disconnect():
                self._mqtt_channel = None
                self._out.append(effect)
            case _:
                self._out.append(effect)
