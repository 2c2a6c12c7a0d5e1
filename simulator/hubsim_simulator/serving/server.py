"""The simulator as a server: benches of one or more worlds in real time, and one endpoint for requests.

Owns the round in which everything happens: all changes become durable in one transaction, then their effects
are sent to the broker. While its database cannot be written, the simulator changes nothing: timers wait,
changes are refused, and reads are answered. It continues when the database can be written again.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import msgspec

from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import HubSetup
from hubsim_contract.lab.in_flight import OneSideTracker
from hubsim_contract.lab.protocol import LabTopics, OpenWorld, SavedBench, world_name
from hubsim_contract.lab.shards import WHOLE, Shard
from hubsim_contract.lab.tapped_port import TappedPort
from hubsim_contract.mqtt.port import PortEffect, PortEvent, Publish
from hubsim_simulator.carrier.memory import BadMemory
from hubsim_simulator.hardware.profile import ProfileError
from hubsim_simulator.hardware.refusals import BenchActionRefused
from hubsim_simulator.serving.connection_count import ConnectionCount
from hubsim_simulator.serving.connection_meter import ConnectionMeter
from hubsim_simulator.serving.endpoint import SimulatorEndpoint
from hubsim_simulator.serving.errors import CannotServe, CannotStore, SimulatorTaken
from hubsim_simulator.serving.fleet_connections import Connection
from hubsim_simulator.serving.lab_requests import bench_settings
from hubsim_simulator.serving.permanent_objects import creating_permanent_objects
from hubsim_simulator.serving.request_runner import RequestRunner
from hubsim_simulator.serving.round_writer import PROBE_EVERY_S, RoundWriter
from hubsim_simulator.serving.store import KeptWorld, SimulatorStore, WorldMade
from hubsim_simulator.serving.watch_publisher import WatchPublisher
from hubsim_simulator.serving.world_bench import WorldBench, real_ms
from hubsim_storage.errors import StoreError

MAIN = ""
"""The name of the world that always exists."""
LONGEST_WAIT_MS = 60_000
"""How often the server checks its timers. A sleep of the host is noticed after this time at the latest."""
STOP_LIMIT_S = 5.0
"""How long the last round may take at a stop; then connections are cut."""


class SimulatorServer:
    """One run of the simulator. `run` until `stop` is called."""

    def __init__(
        self,
        connection: Connection,
        store: SimulatorStore,
        prefix: str,
        made: WorldMade,
        fleet: tuple[HubSetup, ...] = (),
        *,
        takes_requests: bool = True,
        shard: Shard = WHOLE,
        host_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Take the settings of the main world; its `fleet` is added to the hubs that were stored.

        `takes_requests`: whether a lab, and bench actions over the broker, may control the benches. `shard`:
        the hubs that this simulator can have; all of `fleet` are in it.
        `host_ms`: the host's clock, since 1970 in UTC.
        """
        self.benches: dict[str, WorldBench] = {}
        self._connection = connection
        self._store = store
        self._writer = RoundWriter(store, host_ms)
        self._topics = LabTopics(prefix)
        self._made = made
        self._shard = shard
        self._fleet = fleet
        self._takes_requests = takes_requests and shard.is_whole
        self._run = secrets.token_hex(4)
        self._host_ms = host_ms
        self._endpoint = SimulatorEndpoint(
            self._topics,
            self._run,
            lambda asked: self._requests.queue(asked),  # noqa: PLW0108 (it is made below)
            lambda *action: self._requests.perform(*action),  # noqa: PLW0108 (it is made below)
            lambda lease: self._watched.lease(lease, real_ms()),
            takes_requests=takes_requests,
            shard=shard,
        )
        self._port = connection("simulator", self._on_event)
        self._changed = asyncio.Event()
        self._requests = RequestRunner(self, self.benches, self._endpoint, self._writer, self._changed.set)
        self._round = asyncio.Event()
        self._watched = WatchPublisher(self._topics, self._run)
        self._stopping = asyncio.Event()
        self._ready = asyncio.Event()
        self._connected = asyncio.Event()

    @property
    def awaited(self) -> list[str]:
        """The missing conditions for being ready; empty when ready.

        Once all hubs have been connected, only the simulator's own connection counts.
        """
        if self._writer.trouble is not None:
            return [str(self._writer.trouble)]
        if not self._endpoint.ready:
            trouble = self._endpoint.trouble
            return [f"the broker: {trouble}" if trouble else "the broker"]
        if self._connected.is_set():
            return []
        count = self.connections
        return [f"the connections of {count.able - count.online} of {count.able} hubs"]

    @property
    def connections(self) -> ConnectionCount:
        """The connected hubs of the main world."""
        return self.benches[MAIN].connections if MAIN in self.benches else ConnectionCount()

    @property
    def meter(self) -> ConnectionMeter:
        """How the hubs of the main world connect."""
        return self.benches[MAIN].meter if MAIN in self.benches else ConnectionMeter()

    @property
    def refused_messages(self) -> int:
        """The number of messages to the lab that could not be read."""
        return self._endpoint.refused_messages

    @property
    def refused_by_part(self) -> dict[str, int]:
        """The number of messages that hubs and carrier of the main world, and the lab, have refused."""
        main = self.benches.get(MAIN)
        return {
            "hubs": self.connections.refused_messages,
            "carrier": 0 if main is None else main.fleet.carrier.refused_messages,
            "lab": self.refused_messages,
        }

    async def until_ready(self) -> None:
        """Wait until the server takes requests."""
        await self._ready.wait()

    async def until_connected(self) -> None:
        """Wait until all hubs of the main world that can connect have been connected."""
        await self._connected.wait()

    def stop(self) -> None:
        """Stop the server gracefully: `run` returns after a last round."""
        self._stopping.set()
        self._changed.set()

    async def run(self) -> None:
        """Serve until `stop`, and close everything. Raises `SimulatorTaken`, `CannotServe`.

        Raises `StoreError` only at the start.
        """
        try:
            self._perform(self._endpoint.start(self._now()))
            await self._until_ready()
            if self._stopping.is_set():
                return
            try:
                with creating_permanent_objects():
                    await self._restore_all()
            except (BadMemory, BenchActionRefused, ProfileError, ValueError) as error:
                raise CannotServe("cannot", f"the stored worlds do not fit the fleet: {error}") from error
            self._ready.set()
            async with asyncio.TaskGroup() as group:
                serving = group.create_task(self._requests.run(), name="simulator requests")
                await self._pump()
                serving.cancel()
            await self._finish()
        finally:
            for bench in self.benches.values():
                await bench.aclose()
            await self._port.aclose()

    # ------------------------------------------------------------------ the host of the benches

    def bench(self, world: str) -> WorldBench:
        """Return the bench of a world. Raises `CannotServe`."""
        if world not in self.benches:
            raise CannotServe("no_such_world", f"unknown world {world!r}")
        return self.benches[world]

    async def open_world(self, request: OpenWorld) -> None:
        """Create a bench, in place of one of the same name. Raises `CannotServe` and then changes nothing."""
        try:
            made, saved = self._plan(request)
            kept = KeptWorld(made=made, hubs=saved.hubs, carrier=saved.carrier)
            bench = self._build_bench(request.world, kept, durable=False)
            for fault in saved.faults:
                bench.filter.rearm(fault)
        except (BadMemory, BenchActionRefused, ProfileError, ValueError) as error:
            raise CannotServe("cannot", str(error)) from error
        try:
            await self._remove(request.world, self._store.make(request.world, made))
        except CannotStore:
            await bench.aclose()
            raise
        self.benches[request.world] = bench
        self._changed.set()

    def _plan(self, request: OpenWorld) -> tuple[WorldMade, SavedBench]:
        if request.world == MAIN:
            made = msgspec.structs.replace(self._made, clock=request.clock)
            return made, request.bench or SavedBench(hubs=self._fleet)
        world_name(request.world)
        made = WorldMade(clock=request.clock, carrier=request.carrier, hub=request.hub, models=request.models)
        return made, request.bench or SavedBench()

    async def close_world(self, world: str) -> None:
        """Remove a bench, with everything that it has retained at the broker. Raises `CannotStore`."""
        if world in self.benches:
            await self._remove(world, self._store.drop(world))
        self._watched.drop(world)

    async def _remove(self, world: str, writing: Awaitable[None]) -> None:
        """Remove a bench, if there is one, after a transaction. Raises `CannotStore`; then it stays."""
        bench = self.benches.pop(world, None)  # a round must not write it after the transaction
        try:
            await writing
        except StoreError as error:
            if bench is not None:
                self.benches[world] = bench
            raise CannotStore(error) from error
        if bench is not None:
            await bench.aclose()
            for topic in bench.tracker.sent_log.retained_topics:
                self._port.perform(Publish(topic, b"", retain=True))

    async def until_round(self) -> None:
        """Wait for the next round, which every change of a bench starts."""
        await self._round.wait()

    # ------------------------------------------------------------------ inside

    async def _restore_all(self) -> None:
        """Restore the stored worlds and the main world, and add the new hubs of its fleet."""
        worlds = await self._store.load()
        if MAIN not in worlds:
            await self._store.make(MAIN, self._made)
        main = worlds.pop(MAIN, KeptWorld(made=self._made))
        main = msgspec.structs.replace(main, made=self._made)
        bench = self.benches[MAIN] = self._build_bench(MAIN, main, durable=True)
        for setup in self._fleet:
            if setup.id not in bench.fleet.hubs:
                bench.put(setup)
        if not self._takes_requests:
            self._fleet = ()  # only a request can begin the world again
        for world, kept in worlds.items():
            self.benches[world] = self._build_bench(world, kept, durable=True)

    def _build_bench(self, world: str, kept: KeptWorld, *, durable: bool) -> WorldBench:
        """Return a new bench; `durable`: the store has it in exactly this state.

        Raises `CannotServe`, `BadMemory`, `BenchActionRefused`, `ProfileError`, `ValueError`.
        """
        bench = WorldBench(
            world,
            bench_settings(
                kept.made, self._topics.of_world(world), WHOLE if world else self._shard, self._run
            ),
            kept.made.clock if kept.clock is None else kept.clock.reading(self._host_ms()),
            self._open_station,
            self._changed.set,
            carrier=kept.carrier,
            traced=world != MAIN,
            tracked=self._takes_requests,
            watch=self._watched.of(world),
        )
        if not durable:
            bench.fleet.changed_cards |= dict.fromkeys(bench.fleet.carrier.cards)
        bench.start()
        for setup in kept.hubs:
            if durable:
                bench.put_back(setup)
            else:
                bench.put(setup)
        return bench

    def _open_station(
        self, world: str, station: str, tracker: OneSideTracker, bench: WorldBench
    ) -> TappedPort:
        user = "simulator" if station == "carrier" else station
        return TappedPort(
            station,
            lambda deliver: self._connection(user, deliver),
            tracker,
            bench,
            client_suffix=f"-{world}" if world else "",
        )

    async def _until_ready(self) -> None:
        while not self._endpoint.ready:
            self._check_alone()
            if self._stopping.is_set():
                return
            await self._until_woken()

    def _check_alone(self) -> None:
        if self._endpoint.taken:
            self._perform(self._endpoint.stop(self._now()))
            raise SimulatorTaken(self._topics.of_world(MAIN), self._shard, self._endpoint.other)

    async def _pump(self) -> None:
        """Run round after round until `stop`: fire timers, make the changes durable, send the effects."""
        while not self._stopping.is_set():
            await self._until_woken()
            self._check_alone()
            for bench in self._running():
                while bench.wake():
                    pass
            await self._one_round()

    async def _until_woken(self) -> None:
        """Wait until something has changed or is due."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait_s()):
                await self._changed.wait()
                self._changed.clear()
        self._perform(self._endpoint.wake(self._now()))

    def _wait_s(self) -> float | None:
        waits = [
            due_ms - bench.clock.world_ms()
            for bench in self._running()
            if (due_ms := bench.due()) is not None
        ]
        if self._writer.trouble is not None:
            waits.append(round(PROBE_EVERY_S * 1000))
        now_ms = real_ms()
        watched_ms = self._watched.due(self.benches) if self._endpoint.ready else None
        instants = [self._endpoint.due(), watched_ms]
        waits += [instant_ms - now_ms for instant_ms in instants if instant_ms is not None]
        return max(0, min(*waits, LONGEST_WAIT_MS)) / 1000 if waits else None

    def _running(self) -> list[WorldBench]:
        """Return the benches whose timers fire."""
        if self._writer.trouble is not None:
            return []
        return [bench for bench in self.benches.values() if not bench.clock.held]

    async def _one_round(self) -> None:
        answers = self._requests.take_answers()  # later ones wait until their own changes are durable
        self._perform(await self._writer.write(self.benches, answers))
        if self._endpoint.ready:
            fleets = ((world, bench.fleet) for world, bench in self.benches.items())
            self._perform(self._watched.take(fleets, real_ms()))
        if not self._connected.is_set() and self.connections.online == self.connections.able:
            self._connected.set()
        self._round.set()
        self._round = asyncio.Event()

    def _on_event(self, event: PortEvent) -> None:
        self._watched.receive(event)
        self._perform(self._endpoint.handle(event, self._now()))
        self._changed.set()

    def _perform(self, effects: Iterable[PortEffect]) -> None:
        for effect in effects:
            self._port.perform(effect)

    def _now(self) -> Now:
        return Now(now_ms := real_ms(), now_ms)

    async def _finish(self) -> None:
        """Run a last round, within a limit, and disconnect."""
        for bench in self.benches.values():
            bench.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_LIMIT_S):
                await self._one_round()
        self._perform(self._endpoint.stop(self._now()))
