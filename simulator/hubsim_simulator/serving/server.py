"""The simulator as a server: benches of one or more worlds, real time, and one place to ask.

Owns the round in which everything happens: what has stirred is made durable in one transaction, and only
then let go to the broker. Ends with `StoreError` when it cannot be made durable: what is on the disk is
whole, and a simulator started again goes on from there.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import HubSetup
from hubsim_contract.lab.in_flight import OneSideTracker
from hubsim_contract.lab.protocol import (
    Asked,
    BenchAnswer,
    BenchRequest,
    LabAnswer,
    LabTopics,
    OpenWorld,
    SavedBench,
    Sync,
    world_name,
)
from hubsim_contract.lab.tapped_port import TappedPort
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import PortEffect, PortEvent, Publish
from hubsim_simulator.carrier.memory import BadMemory
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.profile import ProfileError
from hubsim_simulator.hardware.refusals import BenchActionRefused
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.serving.endpoint import SimulatorEndpoint
from hubsim_simulator.serving.errors import CannotServe, SimulatorTaken
from hubsim_simulator.serving.lab_requests import (
    DOING,
    Result,
    Synchronised,
    answer,
    model_from,
    settings_from,
    sync,
)
from hubsim_simulator.serving.store import KeptWorld, SimulatorStore, WorldMade
from hubsim_simulator.serving.world_bench import WorldBench, real_ms
from hubsim_simulator.simulated_bench import BenchSettings

MAIN = ""
"""The name of the world that is always there."""
LONGEST_WAIT_MS = 60_000
"""After so long it is looked whether something is due: so late it is noticed that the host has slept."""
GOODBYE_LIMIT_S = 5.0
"""How long what is still under way may take at the end; then connections are cut."""

Connection = Callable[[str, Callable[[PortEvent], None], str], AiomqttPort]
"""Makes the MQTT client of a user (a hub's id, or `simulator`): who gets the events, and a task name."""


def connections(
    url: BrokerUrl, ca: Path | None = None, password: Callable[[str], str] | None = None
) -> Connection:
    """Return how clients connect: each hub under its own name if passwords are known, else as `url` says."""

    def connect(user: str, deliver: Callable[[PortEvent], None], name: str) -> AiomqttPort:
        own = url
        if password is not None:
            own = msgspec.structs.replace(url, username=user, password=password(user))
        return AiomqttPort(own, deliver, name, ca=ca)

    return connect


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
        host_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Take what the main world is made of; its `fleet` stands beside the hubs that were kept.

        `takes_requests`: whether a lab, and hands over the broker, may work the benches. `host_ms`: the
        host's clock, since 1970 in UTC.
        """
        self.benches: dict[str, WorldBench] = {}
        self._connection = connection
        self._store = store
        self._topics = LabTopics(prefix)
        self._made = made
        self._fleet = fleet
        self._host_ms = host_ms
        self._told = Synchronised()
        self._endpoint = SimulatorEndpoint(
            self._topics,
            secrets.token_hex(4),
            self._take_request,
            self._take_hand,
            takes_requests=takes_requests,
        )
        self._port = connection("simulator", self._hear, "simulator")
        self._stir = asyncio.Event()
        self._round = asyncio.Event()
        self._requests: asyncio.Queue[Asked] = asyncio.Queue()
        self._later: list[Publish] = []
        self._stopping = asyncio.Event()
        self._ready = asyncio.Event()

    @property
    def awaited(self) -> list[str]:
        """What is missing until requests are taken; empty when ready."""
        return [] if self._endpoint.ready else ["the broker"]

    @property
    def refused_messages(self) -> int:
        """Messages to the lab that could not be read."""
        return self._endpoint.refused_messages

    async def until_ready(self) -> None:
        """Wait until requests are taken."""
        await self._ready.wait()

    def stop(self) -> None:
        """Ask the server to end in order."""
        self._stopping.set()
        self._stir.set()

    async def run(self) -> None:
        """Serve until `stop`; leave nothing running. Raises `SimulatorTaken`, `StoreError`, `CannotServe`."""
        try:
            self._perform(self._endpoint.start(self._now()))
            await self._until_ready()
            if self._stopping.is_set():
                return
            try:
                await self._stand_all_up()
            except (BadMemory, BenchActionRefused, ProfileError, ValueError) as error:
                raise CannotServe("cannot", f"what was kept does not fit the fleet: {error}") from error
            self._ready.set()
            async with asyncio.TaskGroup() as group:
                serving = group.create_task(self._serve_requests(), name="simulator requests")
                await self._pump()
                serving.cancel()
            await self._farewell()
        finally:
            for bench in self.benches.values():
                await bench.aclose()
            await self._port.aclose()

    # ------------------------------------------------------------------ the host of the requests

    def bench(self, world: str) -> WorldBench:
        """Return the bench of a world. Raises `CannotServe`."""
        if world not in self.benches:
            raise CannotServe("no_such_world", f"there is no world {world!r} here")
        return self.benches[world]

    async def open_world(self, request: OpenWorld) -> None:
        """Make a bench, in place of one of the same name. Raises `CannotServe`, having touched nothing."""
        try:
            made, saved = self._plan(request)
            kept = KeptWorld(made=made, hubs=saved.hubs, carrier=saved.carrier)
            bench = self._stand_up(request.world, kept, durable=False)
        except (BadMemory, BenchActionRefused, ProfileError, ValueError) as error:
            raise CannotServe("cannot", str(error)) from error
        await self.close_world(request.world)
        await self._store.make(request.world, made)
        self.benches[request.world] = bench
        self._stir.set()

    def _plan(self, request: OpenWorld) -> tuple[WorldMade, SavedBench]:
        if request.world == MAIN:
            made = msgspec.structs.replace(self._made, clock=request.clock)
            return made, request.bench or SavedBench(hubs=self._fleet)
        world_name(request.world)
        made = WorldMade(clock=request.clock, carrier=request.carrier, hub=request.hub, models=request.models)
        return made, request.bench or SavedBench()

    async def close_world(self, world: str) -> None:
        """Take a bench away, with what it has retained at the broker."""
        bench = self.benches.pop(world, None)
        if bench is None:
            return
        await bench.aclose()
        for topic in bench.tracker.said.retained_topics:
            self._port.perform(Publish(topic, b"", retain=True))
        await self._store.drop(world)

    async def moved(self, bench: WorldBench) -> None:  # noqa: ARG002 (one round serves all benches)
        """Wait for the next round; there is one as soon as anything stirs."""
        await self._round.wait()

    # ------------------------------------------------------------------ inside

    async def _stand_all_up(self) -> None:
        """Bring the worlds back that were kept, the main one beside them with what is new in its fleet."""
        worlds = await self._store.load()
        if MAIN not in worlds:
            await self._store.make(MAIN, self._made)
        main = worlds.pop(MAIN, KeptWorld(made=self._made))
        main = msgspec.structs.replace(main, made=self._made)
        bench = self.benches[MAIN] = self._stand_up(MAIN, main, durable=True)
        for setup in self._fleet:
            if setup.id not in bench.fleet.hubs:
                bench.put(setup)
        for world, kept in worlds.items():
            self.benches[world] = self._stand_up(world, kept, durable=True)

    def _stand_up(self, world: str, kept: KeptWorld, *, durable: bool) -> WorldBench:
        """Return a new bench; `durable`: it stands in the store just so.

        Raises `CannotServe`, `BadMemory`, `BenchActionRefused`, `ProfileError`, `ValueError`.
        """
        bench = WorldBench(
            world,
            self._settings(world, kept.made),
            kept.made.clock if kept.clock is None else kept.clock.reading(self._host_ms()),
            self._open_station,
            self._stir.set,
            carrier=kept.carrier,
            traced=world != MAIN,
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

    def _settings(self, world: str, made: WorldMade) -> BenchSettings:
        prefix = self._topics.of_world(world)
        return BenchSettings(
            carrier=settings_from(CarrierSettings, made.carrier, prefix=prefix),
            hub=settings_from(HardwareSettings, made.hub),
            models={name: model_from(name, values) for name, values in made.models.items()},
        )

    def _open_station(
        self, world: str, station: str, tracker: OneSideTracker, bench: WorldBench
    ) -> TappedPort:
        user = "simulator" if station == "carrier" else station
        return TappedPort(
            station,
            lambda deliver: self._connection(user, deliver, station),
            tracker,
            bench,
            client_suffix=f"-{world}" if world else "",
        )

    async def _until_ready(self) -> None:
        while not self._endpoint.ready:
            self._check_alone()
            if self._stopping.is_set():
                return
            await self._stirred()

    def _check_alone(self) -> None:
        if self._endpoint.taken:
            self._perform(self._endpoint.stop(self._now()))
            raise SimulatorTaken(self._topics.of_world(MAIN))

    async def _pump(self) -> None:
        """Let happen what is due, make it durable, let it go: round after round, until `stop`."""
        while not self._stopping.is_set():
            await self._stirred()
            self._check_alone()
            for bench in self.benches.values():
                while not bench.clock.held and bench.wake():
                    pass
            await self._one_round()

    async def _stirred(self) -> None:
        """Wait until something has happened, or is due."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait_s()):
                await self._stir.wait()
        self._stir.clear()
        self._perform(self._endpoint.wake(self._now()))

    def _wait_s(self) -> float | None:
        waits = [
            due_ms - bench.clock.world_ms()
            for bench in self.benches.values()
            if not bench.clock.held and (due_ms := bench.due()) is not None
        ]
        desk_ms = self._endpoint.due()
        if desk_ms is not None:
            waits.append(desk_ms - real_ms())
        return max(0, min(*waits, LONGEST_WAIT_MS)) / 1000 if waits else None

    async def _one_round(self) -> None:
        taken = [(bench, *bench.take_changes()) for bench in self.benches.values() if bench.busy]
        later, self._later = self._later, []  # what is answered meanwhile waits for its own changes
        await self._store.keep([changes for _, changes, _ in taken], self._host_ms())
        for bench, _, effects in taken:
            bench.release(effects)
        for publish in later:
            self._port.perform(publish)
        self._round.set()
        self._round = asyncio.Event()

    async def _serve_requests(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                asked = await self._requests.get()
                group.create_task(self._serve(asked), name=f"simulator request {asked.number}")

    async def _serve(self, asked: Asked) -> None:
        try:
            answered = answer(asked, await self._do(asked))
        except CannotServe as error:
            answered = LabAnswer(asker=asked.asker, number=asked.number, refused=error.name, text=str(error))
        self._later += [effect for effect in self._endpoint.answer(answered) if isinstance(effect, Publish)]
        self._stir.set()

    async def _do(self, asked: Asked) -> Result:
        if isinstance(asked.what, Sync):
            return await sync(self, self._told, asked.number, asked.what)
        return await DOING[type(asked.what)](self, asked.what)

    def _take_request(self, asked: Asked) -> None:
        self._requests.put_nowait(asked)

    def _take_hand(self, world: str, hub: str, command: BenchRequest) -> None:
        laid = BenchAnswer(command.number)
        bench = self.benches.get(world)
        if bench is None or hub not in bench.fleet.hubs:
            laid = BenchAnswer(command.number, "no_such_hub", f"no hub {hub} is on this bench")
        else:
            try:
                laid = BenchAnswer(command.number, action=command.action, at_ms=bench.clock.world_ms())
                bench.lay(hub, command.action)
            except BenchActionRefused as refused:
                laid = msgspec.structs.replace(laid, refused=refused.name.value, text=str(refused))
        self._later.append(self._endpoint.answer_bench(world, hub, laid))
        self._stir.set()

    def _hear(self, event: PortEvent) -> None:
        self._perform(self._endpoint.hear(event, self._now()))
        self._stir.set()

    def _perform(self, effects: Iterable[PortEffect]) -> None:
        for effect in effects:
            self._port.perform(effect)

    def _now(self) -> Now:
        now_ms = real_ms()
        return Now(now_ms, now_ms)

    async def _farewell(self) -> None:
        """Bring what is under way to its end, within a limit, and say goodbye."""
        for bench in self.benches.values():
            bench.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_LIMIT_S):
                await self._one_round()
        self._perform(self._endpoint.stop(self._now()))
