"""The live world: a running cloud and a bench, as on a server, in one event loop on a real broker.

The clock is held while a play does not move it: a play sees the same instants as in the virtual world,
independent of the machine's speed. One tracker sees both sides of the broker, so that settling waits for
exactly the messages in flight.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Iterator
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
from hubsim_cloud.world.boot_number import next_boot
from hubsim_cloud.world.running_cloud import RunningCloud
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start
from hubsim_contract.lab.faults import Process
from hubsim_contract.lab.quiescence import NotQuiescent, wait_until_idle
from hubsim_contract.lab.tapped_port import TappedPort
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import PortEvent, Publish
from hubsim_contract.mqtt.stream_port import StreamPort
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.both_sides import BothSidesTracker
from hubsim_scenarios.worlds.brokers import Broker
from hubsim_scenarios.worlds.simulated import CLOUD, SimulatedWorld
from hubsim_scenarios.worlds.world import CannotPlay, CloudUnreachable, Conditions
from hubsim_simulator.simulated_bench import StationPort
from hubsim_storage.errors import StoreError

SETTLE_LIMIT_S = 10
"""The real time that a world may take to become idle; then the play is BLOCKED, with what is awaited."""
DATABASE = "cloud.db"

log = logging.getLogger(__name__)


@contextmanager
def _storing() -> Iterator[None]:
    """Raise errors of the database as `CannotPlay`: their cause is the machine, not the product."""
    try:
        yield
    except StoreError as error:
        raise CannotPlay(say("the cloud cannot continue: {reason}", reason=error)) from error


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
        own_prefix: bool = True,
    ) -> None:
        """Take the parts. On a shared broker, `own_prefix` keeps the topics of plays apart."""
        mark = secrets.token_hex(4) if broker.shared and own_prefix else ""
        self._suffix = f"-{mark}" if mark else ""
        prefix = f"{DEFAULT_PREFIX}/{mark}" if mark else DEFAULT_PREFIX
        clock = WorldClock(conditions.start_ms, lambda: time.monotonic_ns() // 1_000_000)
        super().__init__(conditions, clock, prefix)
        self.tracker = BothSidesTracker()
        self._broker = broker
        self._settle_limit_s = settle_limit_s
        self._url: BrokerUrl | None = None
        self._connector: MqttConnector | None = None
        """The connector of all stations."""
        self._folder = folder
        self._cloud: RunningCloud | None = None
        self._serving: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    async def open(self) -> None:
        """Start broker, cloud and carrier, and settle. Raises `CannotPlay` without a broker."""
        await self._start(Process.BROKER)
        await self._start(Process.CLOUD)
        self.bench.start()
        await self.settle()
        if not self.engine.online:
            text = "the broker at {url} does not answer, or refuses the connection"
            raise CannotPlay(say(text, url=self._url))

    async def close(self) -> None:
        """Close everything, in any state; also when cancelled, which takes effect afterwards."""
        closing = asyncio.ensure_future(self._close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await closing
            raise

    async def _close(self) -> None:
        await asyncio.gather(self._stop_cloud(), *self.bench.closing())
        if self._broker.shared:
            await self._tidy_up()
        elif self._url is not None and Process.BROKER not in self._stopped:
            await self._broker.stop()

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Send a command to the cloud. Raises `CloudUnreachable`."""
        with self._explained():
            return await super().command(actor, command)

    async def query(self, actor: Actor, query: Query) -> object | Refusal:
        """Send a query to the cloud; return the view as plain values. Raises `CloudUnreachable`."""
        with self._explained():
            return await super().query(actor, query)

    @property
    def broker_url(self) -> BrokerUrl:
        """The URL of the broker, once the world is open."""
        assert self._url is not None, "the world is open"
        return self._url

    @property
    def broker_runs(self) -> bool:
        """Whether the broker runs, as far as this play knows."""
        return Process.BROKER not in self._stopped

    async def settle(self) -> None:
        """Wait until nothing is in flight and nothing is due. Raises `CannotPlay` after the limit."""
        try:
            await wait_until_idle(self._checked, self._wake, self._until_changed, self._settle_limit_s)
        except NotQuiescent as restless:
            raise CannotPlay(str(restless)) from None

    def awaited(self) -> list[str]:
        """Return, in words, what is in flight between the stations, and whether the cloud is busy."""
        found = self.tracker.awaited() if self._cloud is None else self._cloud.awaited()
        return [item.replace(f"{self.topics.prefix}/", "") for item in found]

    # ------------------------------------------------------------------ the tap of the ports

    def port_event(self, station: str, event: PortEvent) -> None:
        """Pass a port's event on to its station, as faults allow."""
        self.filter.port_event(station, event)

    def progress(self) -> None:
        """Make `settle` check again."""
        self._changed.set()

    # ------------------------------------------------------------------ inside

    async def _until_changed(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _checked(self) -> list[str]:
        """Return what is awaited. Raises an error that ended the cloud or prevents it from writing."""
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
        """Raise the reason why the cloud did not answer."""
        try:
            yield
        except CloudStopped as stopped:
            self._check_cloud()
            raise CloudUnreachable(str(stopped)) from stopped
        except StorageDown as down:
            with _storing():
                raise down.error from down

    def _open_station(self, station: str) -> StationPort:
        return TappedPort(
            station,
            self._client,
            self.tracker,
            self,
            client_suffix=self._suffix,
        )

    def _client(self, deliver: Callable[[PortEvent], None]) -> StreamPort:
        assert self._connector is not None
        return StreamPort(self._connector, deliver)

    async def _publish(self, message: Publish) -> None:
        self.tracker.published_by_third_party(message)
        try:
            await publish_as_third_party(self._client, message)
        except BadRequest as refused:
            text = "{topic}: could not be published ({reason})"
            raise CannotPlay(say(text, topic=message.topic, reason=refused)) from refused

    async def _tidy_up(self) -> None:
        """Clear all retained messages on an external broker, if it can still be reached."""
        topics = self.tracker.retained_topics
        if not topics:
            return
        try:
            messages = [Publish(topic, b"", retain=True) for topic in topics]
            await publish_as_third_party(self._client, *messages)
        except BadRequest as refused:
            log.warning("retained messages remain under %s (%s)", self.topics.prefix, refused)

    # ------------------------------------------------------------------ processes

    async def _start(self, process: Process) -> None:
        if process is Process.BROKER:
            self._url = await self._broker.start()
            self._connector = MqttConnector(self._url)
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
            store, saved, boot = await _opened(self._folder / DATABASE)
        engine = CloudEngine(
            self.cloud_settings,
            self.topics,
            market=self.conditions.market,
            clean_session=not self._broker.profile.keeps_sessions,
            name=CLOUD + self._suffix,
            boot=boot,
        )
        engine.restore(saved.facts, saved.devices)
        self._cloud = RunningCloud(
            engine,
            store,
            self.clock,
            self.topics,
            self._client,
            self.observer,
            self.tracker,
            port_filter=self.filter,
            changed=self._changed,
        )
        self._serving = asyncio.create_task(self._cloud.service.run(), name="cloud")
        self._serving.add_done_callback(lambda _: self.progress())
        self._cloud.service.post(Start())

    async def _stop_cloud(self) -> None:
        """Kill the cloud: it sends no DISCONNECT, and uncommitted data is lost."""
        cloud, serving = self._cloud, self._serving
        self._cloud = self._serving = None
        if cloud is not None and serving is not None:
            await cloud.crash(serving)


async def _opened(path: Path) -> tuple[Store, Saved, int]:
    """Return the database, its contents, and the number of this start. Raises `StoreError`."""
    # A play does not survive a crash of its machine, so its database need not: no write waits for the disk.
    store = await Store.open(path, outlives_machine=False)
    try:
        return store, await store.load(), await next_boot(store)
    except BaseException:  # also a cancellation: the thread of an open database keeps the process alive
        await store.close()
        raise
