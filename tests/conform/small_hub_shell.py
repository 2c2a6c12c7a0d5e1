"""The small hub on sockets: one event loop, real or virtual. Also its power, for a bench."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from small_hub import SmallHub
from small_hub_ports import Clock, Close, Crash, Limits, Open, Send, Store

from hubsim_conform.device.acts import DeviceAct, SetClock
from hubsim_conform.device.actuator import ActImpossible
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import MalformedPacket, Sender

WATCHDOG_S = 0.1


class SmallHubShell(asyncio.Protocol):
    """One boot of a small hub, connected to one address. `durable` keeps its memory."""

    def __init__(
        self, hub: str, url: BrokerUrl, durable: list[bytes], wall_ms: Callable[[], int], **options: Any
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._url = url
        self._durable = durable
        self._wall_ms = wall_ms
        self._transport: asyncio.Transport | None = None
        self._reader = PacketReader(Sender.SERVER, limit_bytes=1_000_000)
        self._timer: asyncio.TimerHandle | None = None
        self._writes: list[asyncio.TimerHandle] = []
        self._opening: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._off = False
        self.ended = asyncio.Event()
        """Set when the hub has stopped and its connection is closed."""
        self._make: Callable[[], SmallHub] = lambda: SmallHub(
            hub, durable[-1] if durable else None, self._now(), **options
        )
        self.core = self._make()
        self._perform()

    def power_off(self) -> None:
        """End at once, as without power."""
        self._off = True
        for timer in (self._timer, self._again, *self._writes):
            if timer is not None:
                timer.cancel()
        if self._opening is not None:
            self._opening.cancel()
        if self._transport is not None:
            self._transport.abort()

    def stop(self) -> None:
        """Leave in order."""
        if self._transport is None:
            self.ended.set()
        self.core.stop(self._now())
        self._perform()

    def act(self, act: DeviceAct) -> bool:
        """Perform an act on the hardware."""
        done = self.core.act(msgspec.to_builtins(act), self._now())
        self._perform()
        return done

    # ------------------------------------------------------------------ asyncio.Protocol

    def data_received(self, data: bytes) -> None:
        try:
            packets = list(self._reader.feed(data))
        except MalformedPacket:
            packets = []
        for packet in packets:
            self.core.received(packet, self._now())
            self._perform()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio)
        if self._transport is not None and not self._off:
            self._transport = None
            self.core.failed(self._now())
            self._perform()

    # ------------------------------------------------------------------ effects

    def _now(self) -> Clock:
        return Clock(self._loop.time(), self._wall_ms())

    def _perform(self) -> None:
        outputs, self.core.out = self.core.out, []
        for output in outputs:
            match output:
                case Open():
                    self._opening = self._loop.create_task(self._open())
                case Close():
                    self._close()
                case Send(packet=packet):
                    if self._transport is not None:
                        self._transport.write(packet if isinstance(packet, bytes) else encode(packet))
                case Store(memory=memory, after_s=after_s):
                    if after_s:
                        self._writes.append(self._loop.call_later(after_s, self._durable.append, memory))
                    else:
                        self._durable.append(memory)
                case Crash():
                    self.power_off()
                    self._again = self._loop.call_later(WATCHDOG_S, self._reboot)
                    return
        self._schedule()

    def _reboot(self) -> None:
        self._off, self._transport = False, None
        self._reader = PacketReader(Sender.SERVER, limit_bytes=1_000_000)
        self.core = self._make()
        self._perform()

    def _close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    async def _open(self) -> None:
        self._close()
        self._reader = PacketReader(Sender.SERVER, limit_bytes=1_000_000)
        try:
            transport, _ = await self._loop.create_connection(
                _Connection(self), self._url.host, self._url.port
            )
        except OSError:
            self.core.failed(self._now())
        else:
            self._transport = transport
            self.core.opened(self._now())
        self._perform()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_s = self.core.due_s()
        if due_s is not None and not self._off:
            self._timer = self._loop.call_at(due_s, self._tick)

    def _tick(self) -> None:
        self.core.tick(self._now())
        self._perform()


class _Connection(asyncio.Protocol):
    """Passes on what belongs to the current connection of a shell, and nothing of earlier ones."""

    def __init__(self, shell: SmallHubShell) -> None:
        self._shell = shell
        self._transport: asyncio.BaseTransport | None = None

    def __call__(self) -> "_Connection":
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._shell._transport is self._transport:
            self._shell.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._shell._transport is self._transport:
            self._shell.connection_lost(exc)
        elif self._shell.core.state == "stopped":
            self._shell.ended.set()


class SmallHubDevice:
    """A small hub in the process of the bench: a `DeviceControl`."""

    fresh = True
    many_acts = True
    ended = ""

    def __init__(
        self, hub: str, wall_ms: int, limits: Limits, defects: frozenset[str] = frozenset(), seed: int = 0
    ) -> None:
        self._hub = hub
        self._start_ms = wall_ms
        self._ahead_ms = 0
        self._options = {"limits": limits, "defects": defects, "seed": seed}
        self._durable: list[bytes] = []
        self._shell: SmallHubShell | None = None
        self._url: BrokerUrl | None = None

    def watch(self, on_end: Callable[[], None]) -> None:
        self._on_end = on_end

    async def begin(self, url: BrokerUrl) -> None:
        self._url = url
        await self.power_on()

    async def power_off(self) -> None:
        assert self._shell is not None
        self._shell.power_off()

    async def power_on(self) -> None:
        assert self._url is not None
        self._shell = SmallHubShell(self._hub, self._url, self._durable, self._wall_ms, **self._options)

    async def stop(self) -> None:
        assert self._shell is not None
        self._shell.stop()

    async def act(self, act: DeviceAct) -> None:
        assert self._shell is not None
        if isinstance(act, SetClock):
            self._ahead_ms = act.ahead_s * 1000
            return
        if not self._shell.act(act):
            raise ActImpossible("an act that the small hub does not know")

    async def aclose(self) -> None:
        if self._shell is not None:
            self._shell.power_off()

    def _wall_ms(self) -> int:
        return self._start_ms + self._ahead_ms + round(asyncio.get_running_loop().time() * 1000)
