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
from hubsim_contract.lab.bench_actions import BenchAction, Internet
from hubsim_contract.mqtt.port import (
    Connect,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
)
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.messages import Channel, Hardware
from hubsim_simulator.data_path import DataPath, size_of
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
    DataChanged,
    DataUsed,
    LocationCancelled,
    NoOtherNetwork,
    RadioAnswer,
    RadioEffect,
    ServiceChanged,
)

_PREFERRED = (Channel.ETHERNET, Channel.WIFI, Channel.CELLULAR)


_REFUSING = {
    Internet.CAPTIVE_PORTAL: "a login page answered in place of the broker",
    Internet.NO_DNS: "the name of the broker cannot be resolved",
}
_FOR_HARDWARE = (
    BenchAction,
    AttachAccepted,
    AttachRejected,
    NoOtherNetwork,
    ServiceChanged,
    DataChanged,
    LocationCancelled,
)


class Sever(msgspec.Struct, frozen=True):
    """The channel of the MQTT connection is lost: end it without DISCONNECT. The hub needs no event."""


Program = Callable[[AgentSettings, bytes | None, Now], HubAgent]
"""Starts the program of a hub from its flash memory."""
HubEvent = PortEvent | BenchAction | RadioAnswer
HubEffect = PortEffect | Sever | RadioEffect


class SimulatedHub:
    """A hub: hardware, flash memory and agent. Timers are on the world axis of `Now`."""

    __slots__ = (
        "_mqtt_channel",
        "_out",
        "_path",
        "_settings",
        "_world_ahead_ms",
        "agent",
        "face",
        "flash",
        "hardware",
        "program",
    )

    def __init__(self, hardware: HubHardware, settings: AgentSettings, flash: bytes | None = None) -> None:
        self.hardware = hardware
        self.agent: HubAgent | None = None
        """None while the hub is off."""
        self.face: ShowDisplay | None = None
        self.flash = flash
        """The persisted state of the agent. It survives restarts and power cuts."""
        self.program: Program | None = HubAgent
        """The program that runs from the next boot on. None: a device outside the simulator is this hub."""
        self._settings = settings
        self._mqtt_channel: Channel | None = None
        self._path: DataPath | None = None
        """The path of the MQTT connection, or of the attempt to connect."""
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
        agent_ms = self.agent.due() if self.agent else None
        return earliest(
            self.hardware.due(),
            None if agent_ms is None else agent_ms + self._world_ahead_ms,
            self.path_due(),
        )

    def path_due(self) -> int | None:
        """Return when the path of the MQTT connection needs a `Wake`, in world milliseconds, or None."""
        return None if self._path is None else self._path.due()

    def handle(self, event: HubEvent, now: Now) -> list[HubEffect]:
        """Process one event. An impossible bench action raises `BenchActionRefused` and changes nothing."""
        self._out = []
        self._world_ahead_ms = now.world_ms - now.mono_ms
        if isinstance(event, Wake):
            self._wake(event, now)
        elif isinstance(event, _FOR_HARDWARE):
            self._to_hardware(event, now)  # type: ignore[arg-type]  # every BenchAction is one of AnyBenchAction
        elif self._path is None:
            self._to_agent(event, now)
        else:
            self._meter(event)
            self._arrive(self._path.receive(event, now.world_ms), now)
        return self._out

    def _meter(self, item: PortEffect | PortEvent) -> None:
        """Report the data of a message to a carrier that counts it."""
        card = self.hardware.metered_card if self._mqtt_channel is Channel.CELLULAR else None
        if card is not None:
            self._out.append(DataUsed(card, size_of(item)))

    def _arrive(self, events: list[PortEvent], now: Now) -> None:
        for event in events:
            if isinstance(event, ConnectionLost | ConnectFailed):
                self._path = self._mqtt_channel = None
            self._to_agent(event, now)

    def _wake(self, event: Wake, now: Now) -> None:
        """Wake the parts whose timers are due."""
        hardware_ms = self.hardware.due()
        if hardware_ms is not None and hardware_ms <= now.world_ms:
            self._to_hardware(event, now)
        if self._path is not None:
            self._wake_path(self._path, now)
        agent_ms = self.agent.due() if self.agent else None
        if agent_ms is not None and agent_ms <= now.mono_ms:
            self._to_agent(event, now)

    def _wake_path(self, path: DataPath, now: Now) -> None:
        if path.is_dead(now.world_ms):
            self._sever()
            self._to_agent(ConnectionLost(), now)
            return
        self._out += path.take_out(now.world_ms)
        self._arrive(path.take_in(now.world_ms), now)

    def _follow_internet(self, now: Now) -> None:
        """Stall, continue or end the connection, as the internet access of its channel requires."""
        path, channel = self._path, self._mqtt_channel
        if path is None or channel is None:
            return
        path.rate_bps = self.hardware.rate_bps(channel)
        match self.hardware.internet(channel):
            case Internet.DOWN:
                path.stall(now.world_ms)
            case Internet.CAPTIVE_PORTAL:
                self._sever()
                self._to_agent(ConnectionLost(), now)
            case _ if path.dies_ms is not None:
                path.resume()
                self._wake_path(path, now)

    def _to_hardware(self, event: HardwareEvent, now: Now) -> None:
        for effect in self.hardware.handle(event, now):
            self._follow_hardware(effect, now)
        self._follow_internet(now)

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
        if self._path is not None and self._path.opened:
            self._out.append(Sever())
        self._path = self._mqtt_channel = None

    def _to_agent(self, event: AgentEvent, now: Now) -> None:
        if self.agent is None:
            return
        written, refused = 0, ""
        for effect in self.agent.handle(event, now):
            match effect:
                case WriteMemory():
                    self.flash, written = effect.data, effect.revision
                case ShowDisplay():
                    self._show(effect, now)
                case Connect():
                    refused = self._connect(effect, now)
                case Disconnect():
                    self._disconnect(effect, now)
                case _:
                    self._send(effect, now)
        if refused:
            self._to_agent(ConnectFailed(refused), now)
        if written:
            self._to_agent(MemoryWritten(written), now)

    def _show(self, display: ShowDisplay, now: Now) -> None:
        self.face = display
        reachable = display.face.cloud_reachable
        self._to_hardware(CloudReachable(reachable, self._mqtt_channel if reachable else None), now)

    def _connect(self, connect: Connect, now: Now) -> str:
        """Begin an attempt over the preferred channel. Return why it fails at once, or an empty text."""
        channels = self.hardware.snapshot().channels
        channel = next(channel for channel in _PREFERRED if channel in channels)
        internet = self.hardware.internet(channel)
        if internet in _REFUSING:
            return f"{channel}: {_REFUSING[internet]}"
        self._mqtt_channel, self._path = channel, DataPath(self.hardware.rate_bps(channel))
        if internet is Internet.DOWN:
            self._path.stall(now.world_ms)
        self._send(connect, now)
        return ""

    def _send(self, effect: PortEffect, now: Now) -> None:
        """Send an effect over the path. Without a connection it is dropped, as on a real socket."""
        if self._path is not None:
            self._meter(effect)
            self._out += self._path.send(effect, now.world_ms)

    def _disconnect(self, effect: Disconnect, now: Now) -> None:
        """Close the connection, in order if the path is not stalled."""
        if self._path is None:
            return
        if self._path.dies_ms is not None:
            self._sever()
            return
        self._out += [*self._path.send(effect, now.world_ms), *self._path.flush()]
        self._path = self._mqtt_channel = None
