"""The live shell, against a port, a board and a flash that are fakes."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Self

import msgspec
import pytest
from agent_bench import DESIRED_TOPIC, HARDWARE, HEARD_TOPIC, HUB_ID, desired, of, published

from hubsim_agent.errors import MemoryStuck
from hubsim_agent.file_memory import FileMemory
from hubsim_agent.ports import HardwareChanged, HubDisplay, MemoryPort
from hubsim_agent.settings import AgentSettings
from hubsim_agent.shell import INBOX_MESSAGES_MAX, AgentShell
from hubsim_contract.core import Now
from hubsim_contract.mqtt.link import ANSWER_LIMIT_MS
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Channel, Hardware, Heard, HubEvent, Presence, Reported

BOUND_S = 10
SETTINGS = AgentSettings(hub_id=HUB_ID)


class FakePort:
    """A broker that accepts everything. A test can wait for the requests of the agent."""

    def __init__(self) -> None:
        self.effects: list[PortEffect] = []
        self.closed = False
        self.deliver: Callable[[PortEvent], None] = lambda _: None
        self._changed = asyncio.Event()

    def open(self, deliver: Callable[[PortEvent], None]) -> "FakePort":
        self.deliver = deliver
        return self

    def perform(self, effect: PortEffect) -> None:
        self.effects.append(effect)
        self._changed.set()
        match effect:
            case Connect():
                self.deliver(Connected())
            case Subscribe():
                self.deliver(Subscribed())
            case Publish() if effect.token:
                self.deliver(Published(effect.token))
            case Publish():
                self._answer(effect)

    def _answer(self, effect: Publish) -> None:
        for report in published([effect], Reported):
            if report.ask:
                heard = Heard(hub=report.hub, boot=report.boot, sequence=report.sequence)
                self.deliver(Received(HEARD_TOPIC, encode(heard)))

    async def aclose(self) -> None:
        self.closed = True

    async def until(self, found: Callable[[list[PortEffect]], bool]) -> None:
        async with asyncio.timeout(BOUND_S):
            while not found(self.effects):
                self._changed.clear()
                await self._changed.wait()


class FakeBoard:
    def __init__(self) -> None:
        self.changed: asyncio.Queue[Hardware] = asyncio.Queue()
        self.faces: list[HubDisplay] = []

    def read(self) -> Hardware:
        return HARDWARE

    async def changes(self) -> AsyncIterator[Hardware]:
        while True:
            yield await self.changed.get()

    def show(self, face: HubDisplay) -> None:
        self.faces.append(face)


class Bench:
    def __init__(self, memory: MemoryPort, port: FakePort | None = None, **options: object) -> None:
        self.port = port or FakePort()
        self.board = FakeBoard()
        self.shell = AgentShell(
            SETTINGS, memory=memory, hardware=self.board, open_port=self.port.open, **options
        )

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.shell.run())
        await self.port.until(lambda effects: bool(published(effects, Reported)))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.shell.stop()
        async with asyncio.timeout(BOUND_S):
            await self.task


async def test_a_desired_document_is_applied_reported_and_stored(tmp_path: Path) -> None:
    memory = FileMemory(tmp_path / "memory")

    async with Bench(memory) as bench:
        bench.port.deliver(Received(DESIRED_TOPIC, encode(desired(5))))
        await bench.port.until(lambda effects: published(effects, Reported)[-1].applied_version == 5)

    async with Bench(memory) as again:
        assert published(again.port.effects, Reported)[0].applied_version == 5


async def test_the_board_receives_each_display(tmp_path: Path) -> None:
    async with Bench(FileMemory(tmp_path / "memory")) as bench:
        pass

    assert [face.cloud_reachable for face in bench.board.faces] == [False, True, False]


async def test_a_change_of_the_board_becomes_an_event(tmp_path: Path) -> None:
    async with Bench(FileMemory(tmp_path / "memory")) as bench:
        bench.board.changed.put_nowait(Hardware(model=HARDWARE.model, firmware="2.30", mains=False))
        await bench.port.until(lambda effects: bool(published(effects, HubEvent)))

    assert "mains_lost" in [event.kind for event in published(bench.port.effects, HubEvent)]


async def test_stop_disconnects_and_closes_the_port(tmp_path: Path) -> None:
    async with Bench(FileMemory(tmp_path / "memory")) as bench:
        pass

    assert published(bench.port.effects, Presence)[-1].online is False
    assert bench.port.effects[-1] == Disconnect()
    assert bench.port.closed


async def test_the_agent_reconnects_after_a_loss_by_its_timer(tmp_path: Path) -> None:
    async with Bench(FileMemory(tmp_path / "memory")) as bench:
        bench.port.deliver(ConnectionLost())
        await bench.port.until(lambda effects: len(of(effects, Connect)) == 2)


async def test_a_stop_before_the_start_ends_the_run_immediately(tmp_path: Path) -> None:
    bench = Bench(FileMemory(tmp_path / "memory"))

    bench.shell.stop()
    async with asyncio.timeout(BOUND_S):
        await bench.shell.run()

    assert bench.port.closed
    assert FileMemory(tmp_path / "memory").read() is not None


async def test_messages_above_the_inbox_limit_are_dropped_and_counted(tmp_path: Path) -> None:
    async with Bench(FileMemory(tmp_path / "memory")) as bench:
        for _ in range(INBOX_MESSAGES_MAX + 500):
            bench.port.deliver(Received("foreign", b""))

        assert bench.shell.dropped_messages >= 499


async def test_a_memory_that_fails_ends_the_run_with_its_error(tmp_path: Path) -> None:
    bench = Bench(FileMemory(tmp_path / "no such folder" / "memory"))

    with pytest.raises(ExceptionGroup) as caught:
        await bench.shell.run()

    assert caught.group_contains(FileNotFoundError)
    assert bench.port.closed


async def test_a_stuck_memory_ends_the_run() -> None:
    released = threading.Event()

    class StuckMemory:
        def read(self) -> bytes | None:
            return None

        def write(self, data: bytes) -> None:
            del data
            released.wait(BOUND_S)

    bench = Bench(StuckMemory(), write_limit_s=0.01)

    with pytest.raises(ExceptionGroup) as caught:
        await bench.shell.run()
    released.set()

    assert caught.group_contains(MemoryStuck)
    assert bench.shell.view().boot > 0


async def test_answers_of_an_abandoned_connection_never_reach_the_next_one(tmp_path: Path) -> None:
    now = Now(0, 0)
    with_wifi = msgspec.structs.replace(HARDWARE, channels=(*HARDWARE.channels, Channel.WIFI))

    class LatePort(FakePort):
        """The answer to the first connection arrives at the instant at which the agent abandons it."""

        def perform(self, effect: PortEffect) -> None:
            if isinstance(effect, Connect) and not of(self.effects, Connect):
                self.effects.append(effect)
                self._changed.set()
                return
            if isinstance(effect, Disconnect) and not of(self.effects, Disconnect):
                bench.shell._inbox.put_nowait(HardwareChanged(with_wifi))
                self.deliver(Connected())
            super().perform(effect)

    bench = Bench(FileMemory(tmp_path / "memory"), LatePort(), clock=lambda: now)
    run = asyncio.create_task(bench.shell.run())
    await bench.port.until(lambda effects: bool(of(effects, Connect)))
    now = Now(ANSWER_LIMIT_MS, ANSWER_LIMIT_MS)
    bench.port.deliver(Received("anything", b""))
    await bench.port.until(lambda effects: bool(published(effects, Reported)))
    bench.shell.stop()
    await run

    assert [presence.connection for presence in published(bench.port.effects, Presence)] == [2, 2]
