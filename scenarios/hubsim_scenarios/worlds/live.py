"""The live world: asyncio shells around the same cores, a real broker, a real SQLite file.

The clock is held while a play does not move it, so that the same instants are played as in the virtual
world however fast the machine is. Settling waits for what the ledger says is still under way.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiomqtt

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.service import CloudService, CloudStopped, StorageDown
from hubsim_cloud.service.store import Store
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start, Wake
from hubsim_contract.lab.faults import Process
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import ConnectionLost, PortEffect, PortEvent, Publish, Received
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_scenarios.worlds.brokers import Broker
from hubsim_scenarios.worlds.in_flight import MessagesInFlight
from hubsim_scenarios.worlds.simulated import CLOUD, SimulatedWorld
from hubsim_scenarios.worlds.world import CannotPlay, CloudUnreachable, Conditions
from hubsim_simulator.fleet import CARRIER
from hubsim_simulator.tapped_port import TappedPort
from hubsim_storage.errors import StoreError

SETTLE_LIMIT_S = 10
"""A world that does not come to rest within this real time makes the play BLOCKED, with what is awaited."""
DATABASE = "cloud.db"
STRANGER = "stranger"
"""Who publishes in the ledger when a fault injects a message."""

log = logging.getLogger(__name__)


@contextmanager
def _storing() -> Iterator[None]:
    """Let trouble with the database block the play: it is the machine's, not the product's."""
    try:
        yield
    except StoreError as error:
        raise CannotPlay(f"the cloud cannot go on: {error}") from error


class LiveWorld(SimulatedWorld):
    """A world on real sockets. `folder` holds the cloud's database."""

    name = "live"

    def __init__(
        self,
        conditions: Conditions,
        broker: Broker,
        folder: Path,
        *,
        settle_limit_s: float = SETTLE_LIMIT_S,
    ) -> None:
        self._mark = secrets.token_hex(4) if broker.shared else ""
        prefix = f"{DEFAULT_PREFIX}/{self._mark}" if self._mark else DEFAULT_PREFIX
        clock = WorldClock(conditions.start_ms, lambda: time.monotonic_ns() // 1_000_000)
        super().__init__(conditions, clock, prefix)
        self.broker_lives = False
        self._broker = broker
        self._settle_limit_s = settle_limit_s
        self._url: BrokerUrl | None = None
        self._folder = folder
        self._ledger = MessagesInFlight()
        self._ports: dict[str, TappedPort] = {}
        self._service: CloudService | None = None
        self._store: Store | None = None
        self._serving: asyncio.Task[None] | None = None
        self._progress = asyncio.Event()

    @property
    def engine(self) -> CloudEngine:
        """The cloud's core."""
        if self._service is None:
            raise CloudUnreachable("the cloud is stopped")
        return self._service.engine

    async def open(self) -> None:
        """Bring broker, cloud and carrier up, and come to rest. Raises `CannotPlay` without a broker."""
        await self._start(Process.BROKER)
        await self._start(Process.CLOUD)
        self._to_fleet(CARRIER, Start())
        await self.settle()
        if not self.engine.online:
            raise CannotPlay(f"the broker at {self._url} does not answer, or does not let us in")

    async def close(self) -> None:
        """Let go of everything, whatever state it is in."""
        await self._stop_cloud()
        await asyncio.gather(*(port.aclose() for port in self._ports.values()))
        if self._broker.shared:
            await self._tidy_up()
        elif self.broker_lives:
            await self._broker.stop()

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Let the cloud decide. Raises `CloudUnreachable`."""
        with self._explained():
            return await self._running().command(actor, command)

    async def answer(self, actor: Actor, query: Query) -> View | Refusal:
        """Let the cloud answer. Raises `CloudUnreachable`."""
        with self._explained():
            return await self._running().look(actor, query)

    async def settle(self) -> None:
        """Wait until nothing is under way and nothing is due. Raises `CannotPlay` past the limit."""
        try:
            async with asyncio.timeout(self._settle_limit_s):
                while True:
                    self._check_cloud()
                    self._progress.clear()
                    if not self._is_idle():
                        await self._progress.wait()
                    elif self._wake():
                        await asyncio.sleep(0)  # a world that wakes for ever meets the limit, too
                    else:
                        return
        except TimeoutError:
            awaited = "; ".join(self.awaited()) or "the world wakes again and again"
            raise CannotPlay(f"not at rest after {self._settle_limit_s:g} s: {awaited}") from None

    def awaited(self) -> list[str]:
        """Return, in words, what is under way between the stations, and whether the cloud is busy."""
        under_way = [said.replace(f"{self.topics.prefix}/", "") for said in self._ledger.awaited()]
        busy = self._service is not None and not self._service.idle
        return under_way or (["the cloud is busy"] if busy else [])

    # ------------------------------------------------------------------ the tap of the ports

    def heard(self, station: str, event: PortEvent) -> None:
        """Give a station what its port heard, as faults let it through."""
        if isinstance(event, Received) and not self._fault_injector.quiet:
            for message in self._arrived(station, event):
                self._to_station(station, message)
            return
        if isinstance(event, ConnectionLost):
            self.trace.add(self.clock.world_ms(), "connection_lost", station)
        self._to_port_of(station, event)

    def progress(self) -> None:
        """Let `settle` look again."""
        self._progress.set()

    def kept(self, _hubs: tuple[str, ...]) -> None:
        """Pass over what hubs said last: the trace has it as messages."""

    def served(self) -> None:
        """Let `settle` look again."""
        self._progress.set()

    # ------------------------------------------------------------------ inside

    def _is_idle(self) -> bool:
        return self._ledger.clear and (self._service is None or self._service.idle)

    def _check_cloud(self) -> None:
        """Let an error that ended the cloud's shell, or keeps it from writing, end the play too."""
        if self._serving is not None and self._serving.done():
            self._serving.result()
        if self._service is not None and self._service.trouble is not None:
            with _storing():
                raise self._service.trouble

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say why the cloud did not answer instead of that it did not."""
        try:
            yield
        except CloudStopped:
            self._check_cloud()
            raise
        except StorageDown as down:
            with _storing():
                raise down.error from down

    def _running(self) -> CloudService:
        if self._service is None:
            raise CloudUnreachable("the cloud is stopped")
        return self._service

    def _to_station(self, station: str, event: Received) -> None:
        self._to_port_of(station, event)

    def _to_port_of(self, station: str, event: PortEvent) -> None:
        if station != CLOUD:
            self._to_fleet(station, event)
        elif self._service is not None:
            self._service.post(event)

    def _port(self, station: str) -> TappedPort:
        if station not in self._ports:
            self._ports[station] = TappedPort(
                station,
                self._open_port,
                self._ledger,
                self,
                client_suffix=f"-{self._mark}" if self._mark else "",
            )
        return self._ports[station]

    def _open_port(self, deliver: Callable[[PortEvent], None], name: str) -> AiomqttPort:
        assert self._url is not None
        return AiomqttPort(self._url, deliver, name)

    def _perform(self, station: str, effect: PortEffect) -> None:
        if isinstance(effect, Publish):
            self.say(station, effect)
        self._port(station).perform(effect)

    def _sever(self, station: str, *, told: bool) -> None:
        self._port(station).sever(told=told)

    def _wake_cloud(self) -> None:
        self._running().post(Wake())

    async def _publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        assert self._url is not None
        try:
            async with self._third_party() as client:
                self._ledger.published(STRANGER, Publish(topic, payload, retain))
                await client.publish(topic, payload, qos=1, retain=retain)
        except aiomqtt.MqttError as error:
            raise CannotPlay(f"{topic}: could not be published ({error})") from error
        finally:
            self._ledger.left(STRANGER)

    def _third_party(self) -> aiomqtt.Client:
        assert self._url is not None
        url = self._url
        return aiomqtt.Client(
            url.host,
            url.port,
            username=url.username,
            password=url.password,
            tls_params=aiomqtt.TLSParameters() if url.tls else None,
        )

    async def _tidy_up(self) -> None:
        """Leave nothing retained on somebody else's broker, if it can still be reached."""
        topics = self._ledger.retained_topics
        if not topics:
            return
        try:
            async with self._third_party() as client:
                for topic in topics:
                    await client.publish(topic, b"", qos=1, retain=True)
        except aiomqtt.MqttError as error:
            log.warning("retained messages are left behind under %s (%s)", self.topics.prefix, error)

    # ------------------------------------------------------------------ processes

    async def _start(self, process: Process) -> None:
        if process is Process.BROKER:
            self._url = await self._broker.start()
            self.broker_lives = True
        else:
            await self._start_cloud()

    async def _stop(self, process: Process) -> None:
        if process is Process.BROKER:
            self.broker_lives = False
            self._ledger.broker_died(persistent=self._broker.profile.can_persist)
            await self._broker.stop()
        else:
            await self._stop_cloud()

    async def _start_cloud(self) -> None:
        with _storing():
            # A play ends with its machine, so its database need not outlive it: no write waits for the disk.
            self._store = await Store.open(self._folder / DATABASE, outlives_machine=False)
            saved = await self._store.load()
        engine = CloudEngine(
            self.conditions.settings.cloud,
            self.topics,
            clean_session=not self._broker.profile.keeps_sessions,
        )
        engine.restore(saved.facts, saved.devices)
        self._service = CloudService(
            engine, self._store, self.clock, lambda effect: self._perform(CLOUD, effect), self
        )
        self._serving = asyncio.create_task(self._service.run(), name="cloud")
        self._serving.add_done_callback(lambda _: self.progress())
        self._service.post(Start())

    async def _stop_cloud(self) -> None:
        """Kill the cloud: its connection dies without a goodbye, what is not committed is lost."""
        serving, self._serving = self._serving, None
        if serving is not None:
            if CLOUD in self._ports:
                self._sever(CLOUD, told=False)
            serving.cancel()
            await asyncio.wait({serving})
        self._service = None
        if self._store is not None:
            await self._store.close()
            self._store = None
