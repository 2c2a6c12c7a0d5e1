"""Simulators on a real broker, one after the other, with a listener."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from listener import BOUND_S, Listener

from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup
from hubsim_contract.lab.protocol import (
    BenchAnswer,
    BenchRequest,
    ClockReading,
    LabAnswer,
    LabTopics,
    NumberedRequest,
    Sync,
    decode_lab,
    encode_lab,
)
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.port import PortEffect, PortEvent, Publish
from hubsim_contract.mqtt.stream_port import StreamPort
from hubsim_contract.wire.messages import Presence
from hubsim_contract.wire.topics import DEFAULT_PREFIX, MessageKind, Topics
from hubsim_simulator.fleet_file import counted_fleet
from hubsim_simulator.serving.fleet_connections import connections
from hubsim_simulator.serving.server import SimulatorServer
from hubsim_simulator.serving.store import SimulatorStore, WorldMade

MARCH_MS = 1_772_323_200_000
HOUR_MS = 3_600_000
TOPICS, LAB = Topics(), LabTopics()
FLEET = counted_fleet(2, "hub-2").hubs
HUB, SECOND = FLEET[0].id, FLEET[1].id
AJAX = FLEET[0].slots[1]


class Host:
    """The host's clock, which a test sets."""

    now_ms = MARCH_MS

    def __call__(self) -> int:
        return self.now_ms


class SentBy:
    """A client of the simulator that records what is sent through it."""

    def __init__(self, port: StreamPort, sent: list[PortEffect]) -> None:
        self._port = port
        self._sent = sent
        self.sever, self.aclose = port.sever, port.aclose

    def perform(self, effect: PortEffect) -> None:
        self._sent.append(effect)
        self._port.perform(effect)


class Site:
    """A broker, a listener, and a folder for the databases of simulators."""

    def __init__(self, url: BrokerUrl, folder: Path, listener: Listener) -> None:
        self.url = url
        self.folder = folder
        self.listener = listener
        self.host = Host()
        self.sent: list[PortEffect] = []
        """The effects of all simulators, in their order."""
        self._number = 0

    @asynccontextmanager
    async def simulator(
        self, fleet: tuple[HubSetup, ...] = FLEET, *, state: str = "simulator.db", lab: bool = True
    ) -> AsyncIterator[SimulatorServer]:
        """Run a simulator in the `with` block; raises its error if it ends with one."""
        async with self.made(fleet, state=state, lab=lab) as server:
            serving = asyncio.create_task(server.run())
            try:
                async with asyncio.timeout(BOUND_S):
                    await server.until_ready()
                yield server
            finally:
                server.stop()
                await asyncio.wait({serving})
            serving.result()

    @asynccontextmanager
    async def made(
        self, fleet: tuple[HubSetup, ...] = FLEET, *, state: str = "simulator.db", lab: bool = True
    ) -> AsyncIterator[SimulatorServer]:
        store = await SimulatorStore.open(self.folder / state)
        made = WorldMade(
            clock=ClockReading(self.host.now_ms, held=True), carrier={"activation_delay_ms": 60_000}
        )
        try:
            yield SimulatorServer(
                self._connect,  # type: ignore[arg-type]  # it can do what a port can
                store,
                DEFAULT_PREFIX,
                made,
                fleet,
                takes_requests=lab,
                host_ms=self.host,
            )
        finally:
            await store.close()

    def _connect(self, user: str, deliver: Callable[[PortEvent], None]) -> SentBy:
        return SentBy(connections(self.url)(user, deliver), self.sent)

    def answered_actions(self) -> list[str]:
        """Return the numbers of the bench actions that were answered."""
        topic = LAB.bench_answers("", HUB)
        payloads = [each.payload for each in self.sent if isinstance(each, Publish) and each.topic == topic]
        return [decode_lab(BenchAnswer, payload).number for payload in payloads]

    async def perform(self, hub: str, action: AnyBenchAction) -> BenchAnswer:
        """Perform a bench action over the broker; return the answer."""
        self._number += 1
        number = f"action-{self._number}"
        await self.listener.publish(LAB.bench_actions("", hub), encode_lab(BenchRequest(number, action)))
        answer = await self.listener.until_received(LAB.bench_answers("", hub), f'"{number}"'.encode())
        return decode_lab(BenchAnswer, answer)

    async def request(self, what: object) -> LabAnswer:
        """Send a request as a lab does; return the answer."""
        self._number += 1
        asked = NumberedRequest("test", self._number, what)  # type: ignore[arg-type]  # one of AnyRequest
        await self.listener.publish(LAB.requests, encode_lab(asked))
        await self.listener.until(lambda: self._number in self._answers())
        return self._answers()[self._number]

    def _answers(self) -> dict[int, LabAnswer]:
        payloads = [each.payload for each in self.listener.messages if each.topic == LAB.answers]
        return {answer.number: answer for answer in (decode_lab(LabAnswer, payload) for payload in payloads)}

    async def settle(self, world_ms: int, world: str = "") -> None:
        """Set the clock, and wait until the world is idle."""
        answered = await self.request(Sync(world=world, clock=ClockReading(world_ms, held=True)))
        assert answered.refused is None, answered.text

    async def presence(self, hub: str, words: bytes = b'"online":true') -> Presence:
        payload = await self.listener.until_received(TOPICS.of(MessageKind.PRESENCE, hub), words)
        return msgspec.json.decode(payload, type=Presence)
