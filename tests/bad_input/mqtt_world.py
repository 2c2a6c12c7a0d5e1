"""One world on a real broker: a company, a hub in the simulator, a hub on a board, and their whole state."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from garbage import Garbage
from whole_server import OPERATOR_TOKEN, Caller, People, WholeServer, dealer_and_reseller, whole_server

from hubsim_agent.file_memory import FileMemory
from hubsim_agent.ports import HubDisplay
from hubsim_agent.settings import AgentSettings
from hubsim_agent.shell import AgentShell
from hubsim_agent.view import AgentView
from hubsim_contract.lab.bench_actions import CardKind, HubSetup
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.wire.messages import Channel, Hardware, SimCard, SimSlot
from hubsim_contract.wire.topics import DEFAULT_PREFIX, MessageKind, Topics
from hubsim_simulator.hardware.cards import make_card, make_imei

WORLD = "sandbox"
HUB, BOARD, UNKNOWN = "0000AA01", "0000AA02", "0000AAEE"
"""A simulated hub, one on a separate board, and one that does not exist."""
CARD, BOARD_CARD, UNKNOWN_CARD = (make_card(CardKind.AJAX, number).iccid for number in (1, 2, 999))
FOR_THE_CLOUD = (MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS, MessageKind.CONFIRMATION)


BOUND_S = 20


class Board:
    """A board with Ethernet and an Ajax SIM."""

    def __init__(self) -> None:
        self.face: HubDisplay | None = None
        self.shown = asyncio.Event()

    def read(self) -> Hardware:
        sims = (SimSlot(1, SimCard.OK, BOARD_CARD),)
        return Hardware(model="hub-2-plus", firmware="1", channels=(Channel.ETHERNET,), sims=sims)

    async def changes(self) -> AsyncIterator[Hardware]:
        await asyncio.Event().wait()
        yield self.read()

    def show(self, face: HubDisplay) -> None:
        self.face = face
        self.shown.set()


class MqttWorld:
    """The world with its people and hubs."""

    def __init__(
        self, server: WholeServer, world: str, agent: AgentShell, board: Board, people: People
    ) -> None:
        self._board = board
        self.server = server
        self.world = world
        self.people = people
        self.topics = topics_of(world)
        self._agent = agent

    @property
    def lab(self) -> Caller:
        return self.server.anonymous(self.world)

    async def publish_invalid(self, kind: MessageKind, subject: str, garbage: list[Garbage]) -> None:
        """Publish invalid payloads on one topic, and wait until the receiver has processed them."""
        topic = self.topics.of(kind, subject)
        of_hub = self.refused_by_hub()
        of_cloud = self.server.cloud(self.world).service.engine.refused.total()
        await self.server.third_party.publish(topic, *(each.payload for each in garbage))
        if kind is MessageKind.CLOUD_PRESENCE:
            # the cloud publishes its own presence after each of them, so that it is soon not among the last
            refused = self.server.cloud(self.world).service.engine.refused
            await self.server.wait_until_simulator(lambda: self.refused_by_hub() == of_hub + len(garbage))
            await self.server.wait_until_cloud(self.world, lambda: refused.total() == of_cloud + len(garbage))
        else:
            await self.wait_until_processed(kind, subject, garbage[-1].payload)

    async def wait_until_processed(self, kind: MessageKind, subject: str, payload: bytes) -> None:
        topic = self.topics.of(kind, subject)
        if kind in FOR_THE_CLOUD:
            await self.server.wait_for_cloud(self.world, topic, payload)
        elif kind is MessageKind.ORDER or subject == HUB:
            await self.server.wait_for_bench(self.world, topic, payload)

    async def refused_by_cloud(self) -> dict[str, int]:
        """Return the number of refused messages by the violated rule, from the metrics page."""
        name = "hubsim_cloud_mqtt_messages_refused_total{rule="
        lines = (await self.lab.call("GET", "/metrics")).text.splitlines()
        found = (line.removeprefix(name).split("} ") for line in lines if line.startswith(name))
        return {rule.strip('"'): int(float(count)) for rule, count in found}

    async def counters(self) -> tuple[int, int]:
        """Return the refused messages of cloud and carrier, from the lab."""
        seen = await self.lab.get("/lab/counters")
        return seen["cloud"]["refused_messages"], seen["carrier"]["refused_messages"]

    def refused_by_hub(self) -> int:
        agent = self.server.bench(self.world).fleet.hubs[HUB].agent
        assert agent is not None
        return agent.view().refused_messages

    def board(self) -> AgentView:
        view = self._agent.view()
        assert view is not None
        return view

    def state(self) -> dict[str, Any]:
        """Return the state of all parts, except the reports of hubs about refused messages."""
        bench, engine = self.server.bench(self.world), self.server.cloud(self.world).service.engine
        hub, board = bench.fleet.hubs[HUB], self.board()
        return {
            "facts": len(engine.log),
            "devices": {
                name: (each.online, each.boot, each.connection, each.reported)
                for name, each in engine.state.devices.items()
            },
            "events of hubs": {event.kind for each in engine.state.devices.values() for event in each.events}
            - {"message_refused"},
            "carrier": bench.fleet.carrier.memory(),
            "hubs": tuple(bench.fleet.hubs),
            "hub": (hub.hardware.snapshot(), hub.face, hub.channel),
            "board": (board.link, board.boot, board.connection, board.applied_version, board.face),
        }

    async def until_in_reach(self) -> None:
        """Wait until both hubs show the cloud as in reach, and have reported their documents as applied."""
        await self.server.until_in_reach(self.world, HUB)
        async with asyncio.timeout(BOUND_S):
            while self._board.face is None or not self._board.face.cloud_reachable:
                self._board.shown.clear()
                await self._board.shown.wait()
            cloud = self.server.cloud(self.world)
            await cloud.until(lambda: all(map(self._has_applied, (HUB, BOARD))))

    def _has_applied(self, hub: str) -> bool:
        """Return whether the hub has reported its newest document: then it is silent."""
        state = self.server.cloud(self.world).service.engine.state
        reported = state.devices[hub].reported
        return reported is not None and reported.applied_version == state.hubs[hub].version

    async def activate(self, hub: str) -> None:
        """Activate the services of a hub as the Dealer, and wait until the hub has applied it."""
        await self.people.dealer.do("POST", f"/v1/hubs/{hub}/activation", {})
        await self.wait_for_service(hub, "active")

    async def wait_for_service(self, hub: str, service: str) -> None:
        await self.server.applied(self.topics.prefix, hub, service)


def topics_of(world: str) -> Topics:
    return Topics(f"{DEFAULT_PREFIX}/{world}" if world else DEFAULT_PREFIX)


@asynccontextmanager
async def mqtt_world(state: Path, world: str) -> AsyncIterator[MqttWorld]:
    """Create the world: its hubs are online, known, and ready for activation."""
    async with whole_server(state) as server:
        token = OPERATOR_TOKEN
        if world:
            await server.anonymous().do("POST", "/lab/worlds", {"name": world})
        anonymous = server.anonymous(world)
        if world:
            token = (await anonymous.do("POST", "/lab/operator/session"))["token"]
        await anonymous.do("POST", "/lab/hubs", msgspec.to_builtins(_setup(), str_keys=True))
        board = Board()
        async with _agent(server, topics_of(world).prefix, state / "flash", board) as agent:
            people = await dealer_and_reseller(anonymous, token)
            here = MqttWorld(server, world, agent, board, people)
            for hub in (HUB, BOARD):
                await people.add_hub(hub)
                await here.wait_for_service(hub, "activation_required")
            await server.cloud(world).wait_until_idle({})
            await here.until_in_reach()
            yield here


def _setup() -> HubSetup:
    cards = {1: make_card(CardKind.AJAX, 1)}
    return HubSetup(id=HUB, imei=make_imei(1), model="hub-2-plus", links=("ethernet",), slots=cards)


@asynccontextmanager
async def _agent(server: WholeServer, prefix: str, flash: Path, board: Board) -> AsyncIterator[AgentShell]:
    """Run an agent on a separate board at the same broker."""
    shell = AgentShell(
        AgentSettings(hub_id=BOARD, prefix=prefix),
        memory=FileMemory(flash),
        hardware=board,
        open_port=lambda deliver: AiomqttPort(server.url, deliver, "board"),
    )
    running = asyncio.create_task(shell.run())
    try:
        yield shell
    finally:
        shell.stop()
        await asyncio.wait({running})
    running.result()
