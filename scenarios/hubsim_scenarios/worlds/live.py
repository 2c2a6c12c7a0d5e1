"""The live world: a running cloud and a bench, as on a server, in one event loop on a real broker.

The clock is held while a play does not move it, so that the same instants are played as in the virtual
world however fast the machine is. One tracker has both sides of the broker, so that settling can wait for
exactly what is still in flight.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.lab.errors import BadRequest
from hubsim_cloud.lab.third_party import publish_as_third_party
from hubsim_cloud.service.service import CloudStopped, StorageDown
from hubsim_cloud.service.store import Saved, Store
from hubsim_cloud.world.running_cloud import RunningCloud
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start
from hubsim_contract.lab.faults import Process
from hubsim_contract.lab.quiescence import NotQuiescent, come_to_rest
from hubsim_contract.lab.tapped_port import OpenPort, TappedPort
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import PortEvent, Publish
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_scenarios.worlds.both_sides import BothSidesTracker
from hubsim_scenarios.worlds.brokers import Broker
from hubsim_scenarios.worlds.simulated import CLOUD, SimulatedWorld
from hubsim_scenarios.worlds.world import CannotPlay, Conditions
from hubsim_simulator.simulated_bench import StationPort
from hubsim_storage.errors import StoreError

SETTLE_LIMIT_S = 10
"""A world that does not come to rest within this real time makes the play BLOCKED, with what is awaited."""
DATABASE = "cloud.db"

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
        mark = secrets.token_hex(4) if broker.shared else ""
        self._suffix = f"-{mark}" if mark else ""
        prefix = f"{DEFAULT_PREFIX}/{mark}" if mark else DEFAULT_PREFIX
        clock = WorldClock(conditions.start_ms, lambda: time.monotonic_ns() // 1_000_000)
        super().__init__(conditions, clock, prefix)
        self.tracker = BothSidesTracker()
        self._broker = broker
        self._settle_limit_s = settle_limit_s
        self._url: BrokerUrl | None = None
        self._folder = folder
        self._cloud: RunningCloud | None = None
        self._serving: asyncio.Task[None] | None = None
        self._stirred = asyncio.Event()

    async def open(self) -> None:
        """Bring broker, cloud and carrier up, and come to rest. Raises `CannotPlay` without a broker."""
        await self._start(Process.BROKER)
        await self._start(Process.CLOUD)
        self.bench.start()
        await self.settle()
        if not self.engine.online:
            raise CannotPlay(f"the broker at {self._url} does not answer, or does not let us in")

    async def close(self) -> None:
        """Let go of everything, whatever state it is in."""
        await asyncio.gather(self._stop_cloud(), *self.bench.closing())
        if self._broker.shared:
            await self._tidy_up()
        elif self._url is not None and Process.BROKER not in self._stopped:
            await self._broker.stop()

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Let the cloud decide. Raises `CloudUnreachable`."""
        with self._explained():
            return await super().command(actor, command)

    async def look(self, actor: Actor, query: Query) -> object | Refusal:
        """Let a person look at something; return the view as plain values. Raises `CloudUnreachable`."""
        with self._explained():
            return await super().look(actor, query)

    async def settle(self) -> None:
        """Wait until nothing is under way and nothing is due. Raises `CannotPlay` past the limit."""
        try:
            await come_to_rest(self._checked, self._wake, self._moved, self._settle_limit_s)
        except NotQuiescent as restless:
            raise CannotPlay(str(restless)) from None

    def awaited(self) -> list[str]:
        """Return, in words, what is in flight between the stations, and whether the cloud is busy."""
        found = self.tracker.awaited() if self._cloud is None else self._cloud.awaited()
        return [said.replace(f"{self.topics.prefix}/", "") for said in found]

    # ------------------------------------------------------------------ the tap of the ports

    def heard(self, station: str, event: PortEvent) -> None:
        """Give a station what its port heard, as faults let it through."""
        self.filter.heard(station, event)

    def progress(self) -> None:
        """Let `settle` look again."""
        self._stirred.set()

    # ------------------------------------------------------------------ inside

    async def _moved(self) -> None:
        self._stirred.clear()
        await self._stirred.wait()

    def _checked(self) -> list[str]:
        """Return what is awaited; an error that ended the cloud, or keeps it from writing, ends the play."""
        self._check_cloud()
        return self.awaited()

    def _check_cloud(self) -> None:
        if self._serving is not None and self._serving.done():
            self._serving.result()
        if self._cloud is not None and self._cloud.service.trouble is not None:
            with _storing():
                raise self._cloud.service.trouble

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

    def _open_station(self, station: str) -> StationPort:
        return TappedPort(
            station,
            self._client(station),
            self.tracker,
            self,
            client_suffix=self._suffix,
        )

    def _client(self, name: str) -> OpenPort:
        """Return what makes an MQTT client of this play's broker."""
        assert self._url is not None
        url = self._url
        return lambda deliver: AiomqttPort(url, deliver, name)

    async def _publish(self, message: Publish) -> None:
        self.tracker.published_by_third_party(message)
        try:
            await publish_as_third_party(self._client("stranger"), message)
        except BadRequest as refused:
            raise CannotPlay(f"{message.topic}: could not be published ({refused})") from refused

    async def _tidy_up(self) -> None:
        """Leave nothing retained on somebody else's broker, if it can still be reached."""
        topics = self.tracker.retained_topics
        if not topics:
            return
        try:
            messages = [Publish(topic, b"", retain=True) for topic in topics]
            await publish_as_third_party(self._client("stranger"), *messages)
        except BadRequest as refused:
            log.warning("retained messages are left behind under %s (%s)", self.topics.prefix, refused)

    # ------------------------------------------------------------------ processes

    async def _start(self, process: Process) -> None:
        if process is Process.BROKER:
            self._url = await self._broker.start()
            self.tracker.broker_is_back()
        else:
            await self._start_cloud()

    async def _stop(self, process: Process) -> None:
        if process is Process.BROKER:
            self.tracker.broker_died(persistent=self._broker.profile.can_persist)
            await self._broker.stop()
        else:
            await self._stop_cloud()

    async def _start_cloud(self) -> None:
        with _storing():
            store, saved = await _opened(self._folder / DATABASE)
        engine = CloudEngine(
            self.cloud_settings,
            self.topics,
            clean_session=not self._broker.profile.keeps_sessions,
            name=CLOUD + self._suffix,
        )
        engine.restore(saved.facts, saved.devices)
        self._cloud = RunningCloud(
            engine,
            store,
            self.clock,
            self.topics,
            self._client(CLOUD),
            self.observer,
            self.tracker,
            port_filter=self.filter,
            stirred=self._stirred,
        )
        self._serving = asyncio.create_task(self._cloud.service.run(), name="cloud")
        self._serving.add_done_callback(lambda _: self.progress())
        self._cloud.service.post(Start())

    async def _stop_cloud(self) -> None:
        """Kill the cloud: its connection dies without a goodbye, what is not committed is lost."""
        cloud, serving = self._cloud, self._serving
        self._cloud = self._serving = None
        if cloud is not None and serving is not None:
            await cloud.crash(serving)


async def _opened(path: Path) -> tuple[Store, Saved]:
    """Return the database and what it holds. Raises `StoreError`."""
    # A play ends with its machine, so its database need not outlive it: no write waits for the disk.
    store = await Store.open(path, outlives_machine=False)
    try:
        return store, await store.load()
    except StoreError:
        await store.close()
        raise
