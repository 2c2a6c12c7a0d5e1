"""The agent as on a board: its own shell, a file for memory, a real broker, and no simulator."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubsim_agent.file_memory import FileMemory
from hubsim_agent.ports import HubDisplay
from hubsim_agent.settings import AgentSettings
from hubsim_agent.shell import AgentShell
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    PortEvent,
    Publish,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.messages import Channel, Desired, Hardware, Presence, Reported, ServiceState
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.broker.embedded import EmbeddedBroker

pytestmark = pytest.mark.live
BOUND_S = 10
HUB = "0A1B2C3D"
TOPICS = Topics()


class Board:
    """A board with Ethernet; its screen records what it shows."""

    def __init__(self) -> None:
        self.shown: list[HubDisplay] = []

    def read(self) -> Hardware:
        return Hardware(model="hub-2-plus", firmware="1.0.0", channels=(Channel.ETHERNET,))

    async def changes(self) -> AsyncIterator[Hardware]:
        await asyncio.Event().wait()
        yield self.read()

    def show(self, face: HubDisplay) -> None:
        self.shown.append(face)


class ManualCloud:
    """A client that acts as the cloud, and waits for messages of hubs."""

    def __init__(self, url: str) -> None:
        self._events: asyncio.Queue[PortEvent] = asyncio.Queue()
        self._messages: asyncio.Queue[Received] = asyncio.Queue()
        self.port = AiomqttPort(BrokerUrl.parse(url), self._on_event, "cloud")

    def _on_event(self, event: PortEvent) -> None:
        if isinstance(event, Received):
            self._messages.put_nowait(event)
        else:
            self._events.put_nowait(event)

    async def begin(self) -> None:
        self.port.perform(Connect("cloud", clean=True, keepalive_s=60))
        await self._until(Connected)
        self.port.perform(
            Subscribe((TOPICS.of(MessageKind.REPORTED, "+"), TOPICS.of(MessageKind.PRESENCE, "+")))
        )
        await self._until(Subscribed)

    async def lost(self) -> None:
        await self._until(ConnectionLost)

    def desire(self, desired: Desired) -> None:
        self.port.perform(Publish(TOPICS.of(MessageKind.DESIRED, HUB), encode(desired), retain=True))

    async def reported(self, version: int) -> Reported:
        while True:
            message = await self._message()
            if isinstance(message, Reported) and message.applied_version == version:
                return message

    async def presence(self, *, online: bool) -> Presence:
        while True:
            message = await self._message()
            if isinstance(message, Presence) and message.online is online:
                return message

    async def _message(self) -> object:
        event = await asyncio.wait_for(self._messages.get(), BOUND_S)
        address = TOPICS.read(event.topic)
        assert address is not None
        return decode(address.kind, event.payload)

    async def _until(self, kind: type[PortEvent]) -> None:
        async with asyncio.timeout(BOUND_S):
            while not isinstance(await self._events.get(), kind):
                pass


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    broker = EmbeddedBroker()
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def cloud(broker: EmbeddedBroker) -> AsyncIterator[ManualCloud]:
    cloud = ManualCloud(broker.url)
    await cloud.begin()
    yield cloud
    await cloud.port.aclose()


def shell(broker: EmbeddedBroker, board: Board, folder: Path) -> AgentShell:
    return AgentShell(
        AgentSettings(hub_id=HUB),
        memory=FileMemory(folder / "memory"),
        hardware=board,
        open_port=lambda deliver: AiomqttPort(BrokerUrl.parse(broker.url), deliver, HUB),
    )


async def test_a_board_applies_and_stores_the_desired_state_and_publishes_its_end(
    broker: EmbeddedBroker, cloud: ManualCloud, tmp_path: Path
) -> None:
    board = Board()
    agent = shell(broker, board, tmp_path)
    running = asyncio.create_task(agent.run())
    await cloud.presence(online=True)

    cloud.desire(Desired(hub=HUB, version=7, service=ServiceState.ACTIVE))
    reported = await cloud.reported(7)
    agent.stop()
    last = await cloud.presence(online=False)
    await asyncio.wait_for(running, BOUND_S)

    assert reported.service is ServiceState.ACTIVE
    assert board.shown[-1].star
    assert (last.boot, last.connection) == (reported.boot, 1)
    again = shell(broker, board, tmp_path)
    second = asyncio.create_task(again.run())
    after_restart = await cloud.reported(7)
    again.stop()
    await asyncio.wait_for(second, BOUND_S)
    assert after_restart.boot > reported.boot


async def test_a_board_reconnects_after_a_restart_of_the_broker(
    broker: EmbeddedBroker, cloud: ManualCloud, tmp_path: Path
) -> None:
    agent = shell(broker, Board(), tmp_path)
    running = asyncio.create_task(agent.run())
    first = await cloud.presence(online=True)

    await broker.restart()
    await cloud.lost()
    await cloud.begin()
    second = await cloud.presence(online=True)

    assert (second.boot, second.connection) > (first.boot, first.connection)
    agent.stop()
    await asyncio.wait_for(running, BOUND_S)
