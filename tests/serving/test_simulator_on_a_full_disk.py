"""A simulator on a full disk: it refuses changes, answers reads, and continues when there is room."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from listener import BOUND_S, listening_in
from simulator_site import FLEET, HUB, LAB, MARCH_MS, Site

from hubsim_contract.lab.bench_actions import HubSetup, PowerOff
from hubsim_contract.lab.protocol import (
    CANNOT_STORE,
    NOT_STORED,
    ClockReading,
    CloseWorld,
    LabAnswer,
    OpenWorld,
    PutHub,
    ShowFleet,
    ShowWorld,
)
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.serving.server import MAIN, SimulatorServer

pytestmark = pytest.mark.live

CLOCK = ClockReading(MARCH_MS, held=True)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    broker = EmbeddedBroker()
    await broker.start()
    try:
        url = BrokerUrl.parse(broker.url)
        async with listening_in(url) as listener:
            yield Site(url, tmp_path, listener)
    finally:
        await broker.stop()


def spare(hub: str) -> HubSetup:
    """Return the setup of a hub that is switched off and has no card."""
    return msgspec.structs.replace(FLEET[0], id=hub, slots={}, powered=False)


class Disk:
    """The disk of a simulator, which a test fills by putting hubs on the bench."""

    def __init__(self, site: Site, server: SimulatorServer) -> None:
        self._site = site
        self._connection = server._store._database.connection
        self.hubs = [setup.id for setup in FLEET]
        """The hubs that were put on the bench, the last one when the disk was full."""

    async def fill(self) -> LabAnswer:
        """Fill the disk; return the answer to the request that found no room."""
        ((pages,),) = await self._connection.execute_fetchall("PRAGMA page_count")
        await self._connection.execute(f"PRAGMA max_page_count = {pages}")
        while True:
            answered = await self.put()
            if answered.refused is not None:
                return answered

    async def put(self) -> LabAnswer:
        setup = spare(f"{len(self.hubs):08d}")
        answered = await self._site.request(PutHub(world=MAIN, setup=setup))
        if answered.refused in (None, NOT_STORED):
            self.hubs.append(setup.id)
        return answered

    async def make_room(self) -> None:
        await self._connection.execute("PRAGMA max_page_count = 1000000")


async def test_a_full_disk_refuses_changes_and_answers_reads(site: Site) -> None:
    async with site.simulator() as server:
        disk = Disk(site, server)
        first = await disk.fill()

        put, action = await disk.put(), await site.perform(HUB, PowerOff())
        opened = await site.request(OpenWorld(world="second", clock=CLOCK))
        shown = await site.request(ShowFleet(world=MAIN, hubs=(HUB,)))

        assert first.refused == NOT_STORED
        assert (put.refused, action.refused, opened.refused) == (CANNOT_STORE,) * 3
        assert put.text.endswith("; make room on the disk"), put.text
        assert action.text == put.text
        assert server.awaited[0] in put.text
        assert shown.fleet is not None
        assert HUB in shown.fleet.hubs
        assert "second" not in server.benches
        await disk.make_room()


async def test_the_first_request_with_free_space_is_performed(site: Site) -> None:
    async with site.simulator() as server:
        disk = Disk(site, server)
        await disk.fill()
        await disk.make_room()

        answered = await disk.put()

        assert answered.refused is None
        assert HUB in server.benches[MAIN].fleet.hubs
        assert server._writer.trouble is None
    async with site.simulator() as server:
        assert sorted(server.benches[MAIN].fleet.hubs) == sorted(disk.hubs)


async def test_a_change_that_could_not_be_written_takes_effect_with_free_space(site: Site) -> None:
    async with site.simulator() as server:
        await site.settle(MARCH_MS)
        store, disk = server._store, Disk(site, server)
        await store._database.connection.execute("PRAGMA query_only = ON")

        answered = await site.perform(HUB, PowerOff())
        during = site.listener.last(LAB.bench_answers("", HUB))
        kept = (await store.load())[MAIN].hubs
        await store._database.connection.execute("PRAGMA query_only = OFF")
        put = await disk.put()

        assert answered.refused == NOT_STORED
        assert during is not None
        assert next(setup for setup in kept if setup.id == HUB).powered
        assert put.refused is None
        assert site.answered_actions() == [answered.number]
        await site.presence(HUB, b'"online":false')
    async with site.simulator() as server:
        assert not server.benches[MAIN].fleet.hubs[HUB].hardware.powered


async def test_a_world_is_neither_opened_nor_closed_when_that_cannot_be_written(site: Site) -> None:
    async with site.simulator() as server:
        await site.request(OpenWorld(world="second", clock=CLOCK))
        await site.request(PutHub(world="second", setup=spare("0000000A")))
        before, connection = server.benches["second"], server._store._database.connection
        await connection.execute("PRAGMA query_only = ON")

        opened = await site.request(OpenWorld(world="second", clock=CLOCK))
        closed = await site.request(CloseWorld(world="second"))
        shown = await site.request(ShowWorld(world="second", hubs=("0000000A",)))
        still = server.benches["second"]
        await connection.execute("PRAGMA query_only = OFF")
        again = await site.request(CloseWorld(world="second"))

        assert (opened.refused, closed.refused) == (CANNOT_STORE, CANNOT_STORE)
        assert still is before
        assert shown.shown is not None
        assert "0000000A" in shown.shown.hubs
        assert again.refused is None
        assert "second" not in server.benches


async def test_a_simulator_stopped_on_a_full_disk_ends(site: Site) -> None:
    async with site.made() as server:
        serving = asyncio.create_task(server.run())
        await server.until_ready()
        await Disk(site, server).fill()

        server.stop()

        await asyncio.wait_for(serving, BOUND_S)
