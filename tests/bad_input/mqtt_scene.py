"""One world on a real broker: a company, a hub in the simulator, a hub on a board, and all that is known."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from garbage import Garbage
from whole_server import OPERATOR_TOKEN, Caller, Parties, WholeServer, parties, whole_server

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
"""A simulated hub, one on a board of its own, and one that nobody has ever seen."""
CARD, BOARD_CARD, UNKNOWN_CARD = (make_card(CardKind.AJAX, number).iccid for number in (1, 2, 999))
RECEIVED_BY_CLOUD = (MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS, MessageKind.CONFIRMATION)


class Board:
    """A board with Ethernet and an Ajax SIM."""

    def read(self) -> Hardware:
        sims = (SimSlot(1, SimCard.OK, BOARD_CARD),)
        return Hardware(model="hub-2-plus", firmware="1", channels=(Channel.ETHERNET,), sims=sims)

    async def changes(self) -> AsyncIterator[Hardware]:
        await asyncio.Event().wait()
        yield self.read()

    def show(self, face: HubDisplay) -> None:
        pass


class Scene:
    """The world, with everybody in it."""

    def __init__(self, server: WholeServer, world: str, agent: AgentShell, who: Parties) -> None:
        self.server = server
        self.world = world
        self.who = who
        self.topics = topics_of(world)
        self._agent = agent

    @property
    def lab(self) -> Caller:
        return self.server.nobody(self.world)

    async def hears(self, kind: MessageKind, subject: str, garbage: list[Garbage]) -> None:
        """Publish garbage on one topic, and wait until whoever listens there has dealt with it."""
        topic = self.topics.of(kind, subject)
        await self.server.third_party.says(topic, *(each.payload for each in garbage))
        await self.dealt_with(kind, subject, garbage[-1].payload)

    async def dealt_with(self, kind: MessageKind, subject: str, payload: bytes) -> None:
        topic = self.topics.of(kind, subject)
        if kind in RECEIVED_BY_CLOUD:
            await self.server.cloud_has(self.world, topic, payload)
        elif kind is MessageKind.ORDER or subject == HUB:
            await self.server.bench_has(self.world, topic, payload)

    async def refused_by_cloud(self) -> dict[str, int]:
        """Return the refused messages by the rule they break, from the metrics page."""
        name = "hubsim_cloud_mqtt_messages_refused_total{rule="
        lines = (await self.lab.call("GET", "/metrics")).text.splitlines()
        found = (line.removeprefix(name).split("} ") for line in lines if line.startswith(name))
        return {rule.strip('"'): int(float(count)) for rule, count in found}

    async def counters(self) -> tuple[int, int]:
        """Return what the lab says that cloud and carrier have refused."""
        seen = await self.lab.sees("/lab/counters")
        return seen["cloud"]["refused_messages"], seen["carrier"]["refused_messages"]

    def refused_by_hub(self) -> int:
        agent = self.server.bench(self.world).fleet.hubs[HUB].agent
        assert agent is not None
        return agent.view().refused_messages

    def board(self) -> AgentView:
        view = self._agent.view()
        assert view is not None
        return view

    def looks(self) -> dict[str, Any]:
        """Return all that is known of anybody, but for what hubs tell of refused messages."""
        bench, engine = self.server.bench(self.world), self.server.cloud(self.world).service.engine
        hub, board = bench.fleet.hubs[HUB], self.board()
        return {
            "facts": len(engine.log),
            "devices": {
                name: (each.online, each.boot, each.connection, each.reported)
                for name, each in engine.state.devices.items()
            },
            "told by hubs": {event.kind for each in engine.state.devices.values() for event in each.events}
            - {"message_refused"},
            "carrier": bench.fleet.carrier.memory(),
            "hubs": tuple(bench.fleet.hubs),
            "hub": (hub.hardware.snapshot(), hub.face, hub.channel),
            "board": (board.link, board.boot, board.connection, board.applied_version, board.face),
        }

    async def activates(self, hub: str) -> None:
        """Let the Dealer activate the services of a hub, and wait until the hub has applied it."""
        await self.who.dealer.does("POST", f"/v1/hubs/{hub}/activation", {})
        await self.applies(hub, "active")

    async def applies(self, hub: str, service: str) -> None:
        await self.server.applied(self.topics.prefix, hub, service)


def topics_of(world: str) -> Topics:
    return Topics(f"{DEFAULT_PREFIX}/{world}" if world else DEFAULT_PREFIX)


@asynccontextmanager
async def scene(state: Path, world: str) -> AsyncIterator[Scene]:
    """Let the world come into being: its hubs are online, known, and ready for activation."""
    async with whole_server(state) as server:
        token = OPERATOR_TOKEN
        if world:
            token = (await server.nobody().does("POST", "/lab/worlds", {"name": world}))["operator_token"]
        nobody = server.nobody(world)
        await nobody.does("POST", "/lab/hubs", msgspec.to_builtins(_setup(), str_keys=True))
        async with _board(server, topics_of(world).prefix, state / "flash") as agent:
            who = await parties(nobody, token)
            here = Scene(server, world, agent, who)
            for hub in (HUB, BOARD):
                await who.adds(hub)
                await here.applies(hub, "activation_required")
            await server.cloud(world).wait_until_idle({})
            yield here


def _setup() -> HubSetup:
    cards = {1: make_card(CardKind.AJAX, 1)}
    return HubSetup(id=HUB, imei=make_imei(1), model="hub-2-plus", links=("ethernet",), slots=cards)


@asynccontextmanager
async def _board(server: WholeServer, prefix: str, flash: Path) -> AsyncIterator[AgentShell]:
    """Run an agent on a board of its own at the same broker."""
    shell = AgentShell(
        AgentSettings(hub_id=BOARD, prefix=prefix),
        memory=FileMemory(flash),
        hardware=Board(),
        open_port=lambda deliver: AiomqttPort(server.url, deliver, "board"),
    )
    running = asyncio.create_task(shell.run())
    try:
        yield shell
    finally:
        shell.stop()
        await asyncio.wait({running})
    running.result()
