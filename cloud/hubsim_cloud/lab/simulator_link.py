"""The cloud's link to the simulator: requests out, answers in, over a separate MQTT connection.

Owns which run of the simulator is online. A request is sent again after a lost connection or when another
run comes online; the simulator performs it once.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from hubsim_cloud.lab.errors import NoSimulator, NotIdle, refusal_of
from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import AnyBenchAction
from hubsim_contract.lab.protocol import (
    ALL,
    AnyRequest,
    BenchAnswer,
    BenchRequest,
    LabAnswer,
    LabTopics,
    NumberedRequest,
    SimulatorPresence,
    decode_lab,
    encode_lab,
)
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.lab.watching import WatchedBench, WatchLease
from hubsim_contract.mqtt.port import Connect, PortEffect, PortEvent, Publish, Received
from hubsim_contract.mqtt.station import Station
from hubsim_contract.wire.errors import ContractError

T = TypeVar("T")

ANSWER_LIMIT_S = 20.0
"""How long the simulator may take for an answer; longer than its own limit, whose error has the reason."""
BROKER_LIMIT_S = 5.0
"""How long a request waits for the lab's connection to the broker, for example after a start."""
PRESENCE_LIMIT_S = 1.0
"""How long after the connect the retained presence of a simulator may take."""
KEEPALIVE_S = 60


class LabLink:
    """The link. `run` until cancelled; `aclose` afterwards."""

    def __init__(self, open_port: OpenPort, topics: LabTopics, now: Callable[[], Now]) -> None:
        self.simulator: str | None = None
        """The run of the simulator that is online; None: there is none."""
        self.has_seen_simulator = False
        """Whether a simulator was online since the start. Without one, no hub is simulated."""
        self._missed: str | None = None
        """The run that was online when the connection was lost, until its next presence arrives."""
        self.refused_messages = 0
        self._topics = topics
        self._now = now
        self._asker = secrets.token_hex(4)
        self._number = 0
        self._port = open_port(self._on_event)
        connect = Connect(f"lab-{self._asker}", clean=True, keepalive_s=KEEPALIVE_S)
        bench_actions = (topics.bench_answers("", ALL), topics.bench_answers(ALL, ALL))
        filters = (*topics.presences, topics.answers, topics.watched, *bench_actions)
        self._station = Station(connect, filters)
        self._open: dict[int, tuple[Publish, asyncio.Future[LabAnswer]]] = {}
        self._bench_answers: dict[str, asyncio.Future[BenchAnswer]] = {}
        self.on_bench_answer: Callable[[str, str, BenchAnswer], None] | None = None
        """Receives world, hub and answer of every bench action, over HTTP or MQTT; but not of actions over
        MQTT while this connection was lost."""
        self.on_watched: Callable[[WatchedBench], None] | None = None
        """Receives what simulators report from the worlds that this lab watches."""
        self.on_simulator: Callable[[], None] | None = None
        """Called when a simulator comes online, whether it takes requests or is a shard of a fleet."""
        self._woken = asyncio.Event()
        self._changed = asyncio.Event()
        """Set when the connection is established, and when a simulator comes online."""
        self._online_at_ms = 0

    async def run(self) -> None:
        """Stay connected until cancelled."""
        self._perform(self._station.start(self._now().mono_ms))
        while True:
            due_ms = self._station.due()
            wait_s = None if due_ms is None else max(0, due_ms - self._now().mono_ms) / 1000
            try:
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            self._perform(self._station.wake(self._now().mono_ms))

    async def aclose(self) -> None:
        """Close the connection; pending requests raise `NoSimulator`."""
        waiting: list[asyncio.Future[Any]] = [future for _, future in self._open.values()]
        for future in [*waiting, *self._bench_answers.values()]:
            future.cancel()
        await self._port.aclose()

    async def ask(self, what: AnyRequest) -> LabAnswer:
        """Return the answer. Raises `NoSimulator`, `LabRefused`, `NotStored`."""
        self._number += 1
        number = self._number
        payload = encode_lab(NumberedRequest(self._asker, number, what))
        future: asyncio.Future[LabAnswer] = asyncio.get_running_loop().create_future()
        request = Publish(self._topics.requests, payload)
        self._open[number] = (request, future)
        try:
            answered = await self._answer(request, future)
        finally:
            del self._open[number]
        if answered.refused is not None:
            raise refusal_of(answered.refused, answered.text)
        return answered

    async def perform(self, world: str, hub: str, action: AnyBenchAction) -> None:
        """Perform a bench action. Raises `NoSimulator`, `LabRefused`, `NotStored`."""
        self._number += 1
        number = f"{self._asker}-{self._number}"
        future: asyncio.Future[BenchAnswer] = asyncio.get_running_loop().create_future()
        self._bench_answers[number] = future
        try:
            answered = await self._answer(
                Publish(self._topics.bench_actions(world, hub), encode_lab(BenchRequest(number, action))),
                future,
            )
        finally:
            del self._bench_answers[number]
        if answered.refused is not None:
            raise refusal_of(answered.refused, answered.text)

    def lease(self, lease: WatchLease) -> None:
        """Begin, renew or end the watch of a world. Without a connection nothing is sent."""
        if self._station.online:
            self._port.perform(Publish(self._topics.leases, encode_lab(lease)))

    async def _answer(self, request: Publish, future: asyncio.Future[T]) -> T:
        await self._until_found()
        self._port.perform(request)
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                return await future
        except (TimeoutError, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and not future.cancelled():
                raise
            raise NoSimulator from error

    async def has_simulator(self) -> bool:
        """Return whether a simulator is online, as soon as that is known.

        Raises `NoSimulator` for one that was online and has not announced its end, for example when the
        broker was restarted: it still has its side of the world. A last will does not announce an end: a
        broker that stops sends the wills of its clients. Raises `NotIdle` without a connection.
        """
        try:
            await self._until_found()
        except NoSimulator:
            if not self._station.online:
                raise NotIdle(BROKER_LIMIT_S, "the lab's connection to the broker") from None
            if self._missed is not None:
                raise
        return self.simulator is not None

    async def _until_found(self) -> None:
        """Wait until a simulator is online. Raises `NoSimulator`, at once if the time limit has passed."""
        limit_s = BROKER_LIMIT_S
        while self.simulator is None:
            if self._station.online:
                waited_ms = self._now().mono_ms - self._online_at_ms
                limit_s = PRESENCE_LIMIT_S - waited_ms / 1000
            self._changed.clear()
            try:
                async with asyncio.timeout(max(0, limit_s)):
                    await self._changed.wait()
            except TimeoutError:
                raise NoSimulator from None

    def _on_event(self, event: PortEvent) -> None:
        if isinstance(event, Received):
            self._received(event)
            return
        was_online = self._station.online
        self._perform(self._station.receive(event, self._now().mono_ms))
        if self._station.online and not was_online:
            self._online_at_ms = self._now().mono_ms
            self._changed.set()
            self._resend()
        elif was_online and not self._station.online:
            self._missed = self.simulator or self._missed
            self.simulator = None
        self._woken.set()

    def _resend(self) -> None:
        """Send all pending requests again."""
        for request, _ in self._open.values():
            self._port.perform(request)

    def _received(self, message: Received) -> None:
        try:
            if message.topic == self._topics.presence:
                self._on_presence(decode_lab(SimulatorPresence, message.payload))
            elif message.topic == self._topics.answers:
                self._answered(decode_lab(LabAnswer, message.payload))
            elif message.topic == self._topics.watched:
                if self.on_watched is not None:
                    self.on_watched(decode_lab(WatchedBench, message.payload))
            elif self._topics.shard_of(message.topic) is not None:
                self._on_shard(decode_lab(SimulatorPresence, message.payload))
            else:
                self._bench_answered(message.topic, decode_lab(BenchAnswer, message.payload))
        except ContractError:
            self.refused_messages += 1

    def _on_shard(self, presence: SimulatorPresence) -> None:
        if presence.online and self.on_simulator is not None:
            self.on_simulator()

    def _on_presence(self, presence: SimulatorPresence) -> None:
        if presence.online:
            self._on_shard(presence)
            self.simulator, self._missed, self.has_seen_simulator = presence.run, None, True
            self._changed.set()
            self._resend()
        elif presence.run in {self.simulator, self._missed}:
            self.simulator, self._missed = None, presence.run if presence.lost else None

    def _answered(self, answered: LabAnswer) -> None:
        _, future = self._open.get(answered.number, (None, None))
        if answered.asker == self._asker and future is not None and not future.done():
            future.set_result(answered)

    def _bench_answered(self, topic: str, answered: BenchAnswer) -> None:
        place = self._topics.world_and_hub(topic)
        if place is not None and self.on_bench_answer is not None:
            self.on_bench_answer(*place, answered)
        future = self._bench_answers.get(answered.number)
        if future is not None and not future.done():
            future.set_result(answered)

    def _perform(self, effects: list[PortEffect]) -> None:
        for effect in effects:
            self._port.perform(effect)
