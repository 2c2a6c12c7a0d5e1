"""The bench of one device: its broker, tap, cloud, power and hardware, and the recording of them.

Everything that the bench does is an entry of the recording. Owns the address that the device connects to,
which stays the same while the network is closed and opened.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from hubsim_conform.bench.bench_broker import BenchBroker
from hubsim_conform.bench.client_filter import ClientFilter
from hubsim_conform.bench.cloud_double import CloudDouble
from hubsim_conform.bench.rival import take_over
from hubsim_conform.device.acts import DeviceAct, act_sentence
from hubsim_conform.device.capabilities import Capabilities
from hubsim_conform.device.device_control import DeviceControl
from hubsim_conform.evidence.entries import BenchNote, BenchNoteKind, EvidenceEntry
from hubsim_conform.evidence.recording import Recording
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.codec.packets import Packet
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.tap.fault_rule import parse_fault
from hubsim_simulator.tap.packet_faults import ArmedFault
from hubsim_simulator.tap.proxy import TapProxy
from hubsim_simulator.tap.tap_core import PacketTap
from hubsim_simulator.tap.tap_events import Forward, ForwardEnd, Reset, TapEffect, TapEvent, TapTime

_US = 1_000_000
NOTICED_S = 0.3
"""The time after which a device knows that its connection was reset."""
T = TypeVar("T")


class AddressUnusable(Exception):
    """The bench cannot listen at the address for the device. The run is BLOCKED with this text."""


class DeviceEnded(Exception):
    """The program of the device has ended by itself. The text gives its exit code and last output."""


class BenchPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a bench is made for."""

    hub: str
    prefix: str
    capabilities: Capabilities
    seed: int
    host: str = "127.0.0.1"
    port: int = 0
    """The port that the device connects to; 0 for any free one."""
    ca: Path | None = None
    only_client: str | None = None
    """The client id of the device, if other clients use its address. None: every client is the device."""
    broker: str = ""
    """The name of a broker that the run starts, or a URL."""
    long_s: float = 3600.0
    """The time of the long suite."""


class DeviceBench:
    """A running bench; made by `running_bench`."""

    def __init__(self, plan: BenchPlan, device: DeviceControl, upstream: BrokerUrl, wall_ms: int) -> None:
        self.plan = plan
        self.hub = plan.hub
        self.capabilities = plan.capabilities
        self.bounds = plan.capabilities.bounds
        self.device = device
        self.topics = Topics(plan.prefix)
        self.chance = random.Random(f"{plan.seed} {plan.hub}")  # noqa: S311 (no secret)
        loop = asyncio.get_running_loop()
        began_us = int(loop.time() * _US)
        self.recording = Recording(plan.hub, self.topics, began_us=began_us, wall_ms=wall_ms)
        self.cloud = CloudDouble(plan.hub, self.topics, upstream, wall_ms // 1000, plan.ca)
        self.powered = False
        self.lived_s = 0.0
        """How long the program ran that ended by itself last."""
        self._tap = PacketTap(topics=self.topics)
        self._filter = ClientFilter(plan.only_client)
        self._blocked: ArmedFault | None = None
        self._upstream = upstream
        self._port = plan.port
        self._proxy: TapProxy | None = None
        self._close = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self.recording.watch(self._changed.set)
        device.watch(self._device_ended)

    # ------------------------------------------------------------------ time and notes

    def now_s(self) -> float:
        """Return the seconds since the recording began."""
        return asyncio.get_running_loop().time() - self.recording.began_us / _US

    def world_ms(self) -> int:
        """Return the world time, in ms since 1970."""
        return self.recording.wall_ms + round(self.now_s() * 1_000)

    def note(self, kind: BenchNoteKind, text: str = "") -> None:
        """Add an act of the bench to the recording."""
        mono_us = int(asyncio.get_running_loop().time() * _US)
        self.recording.add(BenchNote(mono_us=mono_us, kind=kind, text=text))

    def settled_before(self) -> bool:
        """Return whether the device was ever online."""
        return any(each.settled() for each in self.recording.conversations.values())

    async def wait(self, find: Callable[[], T | None], within_s: float) -> T | None:
        """Return what `find` finds, at once or after a later entry; None after the time limit.

        Raises `DeviceEnded` as soon as the program has ended by itself and `find` finds nothing.
        """
        deadline_s = asyncio.get_running_loop().time() + within_s
        while (found := find()) is None:
            if self.device.ended:
                raise DeviceEnded(self.device.ended)
            self._changed.clear()
            try:
                async with asyncio.timeout_at(deadline_s):
                    await self._changed.wait()
            except TimeoutError:
                return find()
        return found

    async def idle(self, for_s: float) -> None:
        """Do nothing for a time: the situation of a check, not a wait for something."""
        await self.wait(lambda: None, for_s)

    # ------------------------------------------------------------------ network

    @property
    def url(self) -> BrokerUrl:
        """The address for the device."""
        assert self._proxy is not None
        return BrokerUrl.parse(self._proxy.url)

    async def open_network(self) -> None:
        """Accept connections at the address of the device. Raises `PortTaken` and `AddressUnusable`."""
        self._proxy = TapProxy(
            self._tap, self._upstream, self._observe, host=self.plan.host, port=self._port, ca=self.plan.ca
        )
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._close = asyncio.Event()
        self._serving = asyncio.create_task(
            self._serve(self._proxy, ready, self._close), name=f"tap {self.hub}"
        )
        await asyncio.wait((self._serving, ready), return_when=asyncio.FIRST_COMPLETED)
        if self._serving.done():
            serving, self._serving = self._serving, None
            self._check_address(serving)
        self._port = self._proxy.port

    def _check_address(self, serving: "asyncio.Task[None]") -> None:
        try:
            serving.result()
        except OSError as error:
            place = f"{self.plan.host}:{self._port}"
            raise AddressUnusable(
                f"the address {place} cannot be used: {error.strerror}; choose another --listen"
            ) from error

    async def close_network(self) -> None:
        """Cut all connections of the device, and refuse new ones."""
        if self._serving is not None:
            self._close.set()
            await asyncio.wait((self._serving,))  # not cancelled with its caller: it must end cleanly
            self._serving.result()
            self._serving = None

    async def reopen_network(self) -> None:
        """Accept connections again."""
        if self._blocked is None:
            await self.open_network()
        else:
            assert self._proxy is not None
            self._proxy.disarm(self._blocked)
            self._blocked = None
        self.note(BenchNoteKind.NETWORK, "the network is back")

    async def lose_network(self) -> None:
        """Cut the device off: no connection is possible until `reopen_network`."""
        self.note(BenchNoteKind.NETWORK, "the network is down")
        if self.plan.only_client is None:
            await self.close_network()
        else:
            self._blocked = self._arm("cut CONNECT from any always")
            self.cut("the network is down")
        await self.idle(NOTICED_S)

    @property
    def network_is_open(self) -> bool:
        """Whether the device can connect."""
        return self._serving is not None and self._blocked is None

    async def _serve(self, proxy: TapProxy, ready: "asyncio.Future[None]", close: asyncio.Event) -> None:
        async with proxy.running():
            ready.set_result(None)
            await close.wait()

    def fault(self, rule: str) -> None:
        """Apply a fault of packets, such as `drop PUBACK to any always`."""
        self.note(BenchNoteKind.FAULT, rule)
        self._arm(rule)

    def _arm(self, rule: str) -> ArmedFault:
        assert self._proxy is not None
        return self._proxy.arm(self._filter.narrowed(parse_fault(rule)))

    def clear_faults(self) -> None:
        """Remove all faults of packets."""
        if self._proxy is not None and self._tap.faults.armed:
            self.note(BenchNoteKind.FAULT, "none")
            self._proxy.clear_faults()

    def cut(self, reason: str) -> None:
        """Reset the connection of the device."""
        assert self._proxy is not None
        self._proxy.cut(self._filter.client, reason)

    async def take_over(self, client_id: str) -> None:
        """Let another client take over the session of the device. Raises `BrokerUnreachable`."""
        self.note(BenchNoteKind.RIVAL, f"another client connects as {client_id}")
        await take_over(self._upstream, client_id, self.plan.ca)

    def inject(self, packet: Packet) -> None:
        """Send a packet to the device that no broker sent."""
        assert self._proxy is not None
        self._proxy.inject(self._filter.client, packet)

    def _observe(self, effect: TapEffect, _at: TapTime) -> None:
        if isinstance(effect, Forward | ForwardEnd | Reset):
            return
        for event in self._filter.take(effect):
            self._record(event)

    def _record(self, event: TapEvent) -> None:
        """Add an event of the device, and answer a report that asks."""
        message = self.recording.add(event).message
        if message is not None and message.kind is MessageKind.REPORTED and message.get("ask") is True:
            pair = message.pair("sequence")
            if pair is not None:
                self.cloud.hear(*pair)

    # ------------------------------------------------------------------ power and hardware

    def _device_ended(self) -> None:
        """Record an end that the bench did not cause: for the judges it is a power cut."""
        began = [each.at_s for each in self.recording.entries if _is_power_on(each)]
        self.lived_s = self.now_s() - (began[-1] if began else 0.0)
        self.powered = False
        self.note(BenchNoteKind.POWER_CUT, self.device.ended)

    async def power_on(self) -> None:
        """Give the device power, if it has none. Raises `ActImpossible` and `ActFailed`."""
        if not self.powered:
            self.note(BenchNoteKind.POWERED_ON)
            await self.device.power_on()
            self.powered = True

    async def power_off(self) -> None:
        """Cut the power of the device. Raises `ActImpossible` and `ActFailed`."""
        await self.device.power_off()
        self.powered = False
        self.note(BenchNoteKind.POWER_CUT)

    async def stop(self) -> None:
        """Stop the device in an orderly way. Raises `ActImpossible`, `ActFailed` and `DeviceEnded`."""
        if self.device.ended:
            raise DeviceEnded(self.device.ended)
        self.note(BenchNoteKind.STOPPED)
        await self.device.stop()
        self.powered = False

    async def act(self, act: DeviceAct) -> None:
        """Perform an act on the device's hardware, and wait until it is effective.

        Raises `ActImpossible` and `ActFailed`.
        """
        self.note(BenchNoteKind.ACT, act_sentence(act))
        await self.device.act(act)
        await self.idle(self.bounds.act_s)

    async def restore(self) -> None:
        """Bring the environment back to normal: no faults, network, power, an online cloud that answers.

        Raises `ActImpossible`, `ActFailed` and `BrokerUnreachable`.
        """
        self.clear_faults()
        if not self.network_is_open:
            await self.reopen_network()
        self.cloud.answers = True
        if not self.cloud.online:
            await self.cloud.presence(online=True)
        if not self.powered:
            await self.power_on()


def _is_power_on(entry: EvidenceEntry) -> bool:
    return isinstance(entry.event, BenchNote) and entry.event.kind is BenchNoteKind.POWERED_ON


@asynccontextmanager
async def running_bench(
    plan: BenchPlan,
    device: DeviceControl,
    broker: BenchBroker,
    wall_ms: int,
    announce: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[DeviceBench]:
    """Run broker, tap, cloud and device; `announce` gets the address for the device.

    Raises `BrokerError`, `BrokerUnreachable`, `AddressUnusable` and `ActFailed`.
    """
    upstream = await broker.start()
    try:
        bench = DeviceBench(plan, device, upstream, wall_ms)
        await bench.cloud.open()
        try:
            await bench.cloud.presence(online=True)
            await bench.open_network()
            bench.powered = True
            if device.fresh:
                bench.note(BenchNoteKind.POWERED_ON)
            announce(str(bench.url))
            await device.begin(bench.url)
            yield bench
        finally:
            await device.aclose()
            await bench.close_network()
            await bench.cloud.aclose()
    finally:
        await broker.stop()
