"""A simulator on a real broker: what was kept comes back, hands over MQTT, one at a time, ends in order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from listener import BOUND_S, listening_in
from simulator_site import AJAX, FLEET, HOUR_MS, HUB, LAB, MARCH_MS, SECOND, TOPICS, Site

from hubsim_contract.lab.bench_actions import (
    CardKind,
    HubSetup,
    InsertSim,
    PowerOff,
    RemoveSim,
    Restart,
    SetBattery,
    Unplug,
)
from hubsim_contract.lab.protocol import (
    Asked,
    BenchRequest,
    ClockReading,
    LabAnswer,
    OpenWorld,
    PutHub,
    ShowWorld,
    SimulatorPresence,
    Sync,
    decode_lab,
    encode_lab,
)
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Order, Profile
from hubsim_contract.wire.topics import DEFAULT_PREFIX, MessageKind
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.serving.errors import CannotServe, SimulatorTaken
from hubsim_simulator.serving.server import SimulatorServer, connections
from hubsim_simulator.serving.store import SimulatorStore, WorldMade
from hubsim_simulator.serving.world_bench import Changes
from hubsim_storage.errors import StoreError

pytestmark = pytest.mark.live


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


def stands(server: SimulatorServer) -> dict[str, HubSetup]:
    return {setup.id: msgspec.structs.replace(setup, flash=None) for setup in server.benches[""].save().hubs}


# ------------------------------------------------------------------ what was kept comes back


async def test_a_simulator_that_starts_again_has_its_hubs_as_hands_left_them(site: Site) -> None:
    async with site.simulator() as server:
        for action in (RemoveSim(1), Unplug("ethernet"), SetBattery(40), PowerOff()):
            assert (await site.lays(HUB, action)).refused is None
        assert (await site.lays(SECOND, InsertSim(2, AJAX))).refused is None
        before = stands(server)

    async with site.simulator() as server:
        after = stands(server)

    assert after == before
    assert (after[HUB].slots, after[HUB].links, after[HUB].powered) == ({}, (), False)
    assert after[SECOND].slots[2] == AJAX


async def test_a_hub_that_comes_back_counts_one_boot_more(site: Site) -> None:
    async with site.simulator():
        first = await site.presence(HUB)
    site.listener.heard.clear()

    async with site.simulator():
        second = await site.presence(HUB)

    assert second.boot > first.boot


async def test_the_carriers_lines_are_as_they_were(site: Site) -> None:
    async with site.simulator() as server:
        await site.rests(MARCH_MS)
        order = Order(iccid=AJAX.iccid, sequence=3, profile=Profile.ACTIVE)
        await site.listener.says(TOPICS.of(MessageKind.ORDER, AJAX.iccid), encode(order))
        await site.listener.hears(TOPICS.of(MessageKind.CONFIRMATION, AJAX.iccid), b"accepted")
        await site.rests(MARCH_MS + 60_000)
        before = server.benches[""].fleet.carrier.holding(AJAX.iccid)

    async with site.simulator() as server:
        after = server.benches[""].fleet.carrier.holding(AJAX.iccid)

    assert (before.profile, before.executed_sequence) == (Profile.ACTIVE, 3)
    assert (after.profile, after.executed_sequence) == (Profile.ACTIVE, 3)


async def test_an_order_that_was_under_way_is_carried_out_at_its_time_in_a_world_moved_ahead(
    site: Site,
) -> None:
    ahead_ms = MARCH_MS + 90 * 24 * HOUR_MS
    async with site.simulator():
        await site.rests(ahead_ms)
        order = Order(iccid=AJAX.iccid, sequence=1, profile=Profile.ACTIVE)
        await site.listener.says(TOPICS.of(MessageKind.ORDER, AJAX.iccid), encode(order))
        await site.listener.hears(TOPICS.of(MessageKind.CONFIRMATION, AJAX.iccid), b"accepted")

    async with site.simulator() as server:
        bench = server.benches[""]
        stands_at_ms, waiting = bench.clock.world_ms(), bench.fleet.carrier.holding(AJAX.iccid).waiting

    assert stands_at_ms == ahead_ms
    assert waiting is not None
    assert waiting.due_ms == ahead_ms + 60_000


async def test_a_world_whose_clock_runs_has_gone_on_with_the_host(site: Site) -> None:
    async with site.simulator():
        running = Sync(clock=ClockReading(MARCH_MS + HOUR_MS, held=False))
        assert (await site.asks(running)).refused is None
        assert (await site.lays(HUB, PowerOff())).refused is None
    site.host.now_ms += 5 * HOUR_MS

    async with site.simulator() as server:
        at_ms = server.benches[""].clock.world_ms()

    assert MARCH_MS + 6 * HOUR_MS <= at_ms < MARCH_MS + 7 * HOUR_MS


async def test_other_worlds_come_back_too(site: Site) -> None:
    hub = HubSetup(id="0000AA01", imei=make_imei(9), model="hub-2", slots={1: make_card(CardKind.AJAX, 900)})
    async with site.simulator():
        await site.asks(OpenWorld(world="spring", clock=ClockReading(MARCH_MS, held=True)))
        await site.asks(PutHub(world="spring", setup=hub))
        await site.rests(MARCH_MS + HOUR_MS, "spring")

    async with site.simulator() as server:
        shown = (await site.asks(ShowWorld(world="spring", hubs=None))).shown
        at_ms = server.benches["spring"].clock.world_ms()

    assert shown is not None
    assert shown.hubs["0000AA01"].setup.slots == hub.slots
    assert at_ms >= MARCH_MS


async def test_a_fleet_that_has_grown_stands_beside_the_hubs_that_were_kept(site: Site) -> None:
    async with site.simulator(FLEET[:1]):
        assert (await site.lays(HUB, Unplug("ethernet"))).refused is None

    async with site.simulator(FLEET) as server:
        after = stands(server)

    assert list(after) == [HUB, SECOND]
    assert after[HUB].links == ()


async def test_a_fleet_that_does_not_fit_what_was_kept_is_told(site: Site) -> None:
    taken = msgspec.structs.replace(FLEET[1], slots={1: AJAX})
    async with site.simulator(FLEET[:1]):
        pass

    async with site.made((*FLEET[:1], taken)) as server:
        with pytest.raises(CannotServe, match=f"does not fit the fleet: the card {AJAX.iccid} is in the hub"):
            await server.run()


# ------------------------------------------------------------------ hands over the broker


async def test_anybody_with_the_right_lays_hands_and_is_answered(site: Site) -> None:
    async with site.simulator():
        done = await site.lays(HUB, PowerOff())
        off = await site.lays(HUB, Restart())
        nobody = await site.lays("0000FFFF", PowerOff())

    assert (done.refused, off.refused, nobody.refused) == (None, "hub_off", "no_such_hub")
    assert off.text == "the hub is off: there is nothing to restart"


async def test_the_answer_to_hands_leaves_after_they_are_durable(site: Site) -> None:
    async with site.simulator() as server:
        assert (await site.lays(HUB, SetBattery(55))).refused is None
        kept = await server._store.load()

    assert {setup.id: setup.battery_percent for setup in kept[""].hubs}[HUB] == 55


async def test_hands_that_are_laid_while_others_are_being_written_wait_for_their_own_turn(site: Site) -> None:
    async with site.simulator() as server:
        await site.rests(MARCH_MS)
        slow = server._store = SlowStore(server._store)  # type: ignore[assignment]
        server._take_hand("", HUB, BenchRequest("slow-0", SetBattery(60)))
        await slow.begun(1)
        server._take_hand("", HUB, BenchRequest("slow-1", SetBattery(40)))

        slow.lets_through(1)
        await slow.begun(2)
        between = site.answered_hands()
        slow.lets_through(1_000)
        await site.listener.hears(LAB.bench_answers("", HUB), b"slow-1")

    assert between == ["slow-0"]
    assert site.answered_hands() == ["slow-0", "slow-1"]


async def test_without_the_lab_hands_and_requests_are_not_even_heard(site: Site) -> None:
    async with site.simulator(lab=False) as server:
        await site.listener.says(LAB.bench_actions("", HUB), encode_lab(BenchRequest("1", PowerOff())))
        await site.listener.says(LAB.requests, encode_lab(Asked("test", 1, ShowWorld())))
        await site.presence(HUB)
        powered = stands(server)[HUB].powered

    assert powered
    assert site.listener.last(LAB.bench_answers("", HUB)) is None
    assert site.listener.last(LAB.answers) is None


async def test_a_request_that_comes_twice_is_done_once_and_answered_twice(site: Site) -> None:
    new = HubSetup(id="0000AA01", imei=make_imei(9), model="hub-2")
    request = encode_lab(Asked("cloud", 1, PutHub(setup=new)))
    async with site.simulator() as server:
        await site.listener.says(LAB.requests, request)
        await site.listener.hears(LAB.answers)
        await site.listener.says(LAB.requests, request)
        answers = [each.payload for each in site.listener.heard if each.topic == LAB.answers]
        await site.listener.until(
            lambda: len([each for each in site.listener.heard if each.topic == LAB.answers]) > 1
        )
        answers = [each.payload for each in site.listener.heard if each.topic == LAB.answers]
        hubs = list(stands(server))

    assert answers[0] == answers[1]
    assert decode_lab(LabAnswer, answers[0]).refused is None
    assert "0000AA01" in hubs


# ------------------------------------------------------------------ one at a time, and its ends


async def test_a_second_simulator_is_refused_and_the_first_goes_on(site: Site) -> None:
    async with site.simulator() as first:
        async with site.made(state="another.db") as second:
            with pytest.raises(SimulatorTaken, match="another simulator serves under 'hubsim/v1'"):
                await second.run()
        laid = await site.lays(HUB, PowerOff())
        async with listening_in(site.url, "newcomer") as newcomer:
            presence = decode_lab(SimulatorPresence, await newcomer.hears(LAB.presence))

    assert laid.refused is None
    assert presence == SimulatorPresence(first._endpoint._run, online=True)


async def test_a_simulator_that_died_together_with_the_broker_keeps_nobody_out(site: Site) -> None:
    dead = encode_lab(SimulatorPresence("dead", online=True))
    await site.listener.says(LAB.presence, dead, retain=True)

    async with site.simulator():
        laid = await site.lays(HUB, PowerOff())

    assert laid.refused is None


async def test_an_end_in_order_says_goodbye_and_leaves_nothing_running(site: Site) -> None:
    before = asyncio.all_tasks()

    async with site.simulator():
        await site.presence(HUB)

    presence = decode_lab(SimulatorPresence, await site.listener.hears(LAB.presence, b'"online":false'))
    assert not presence.online
    assert {task.get_name() for task in asyncio.all_tasks() - before if "mqtt" in task.get_name()} == set()


class SlowStore:
    """A store that keeps as much as it is let."""

    def __init__(self, store: SimulatorStore) -> None:
        self._store = store
        self._turns = asyncio.Semaphore(0)
        self._begun = 0
        self._news = asyncio.Event()
        self.load, self.make, self.drop = store.load, store.make, store.drop

    async def keep(self, changes: list[Changes], host_ms: int) -> None:
        self._begun += 1
        self._news.set()
        await self._turns.acquire()
        await self._store.keep(changes, host_ms)

    def lets_through(self, times: int) -> None:
        for _ in range(times):
            self._turns.release()

    async def begun(self, times: int) -> None:
        async with asyncio.timeout(BOUND_S):
            while self._begun < times:
                self._news.clear()
                await self._news.wait()


class FullStore:
    """A store on a disk that is full from some moment on."""

    def __init__(self, store: SimulatorStore) -> None:
        self._store = store
        self.full = False
        self.load, self.make, self.drop = store.load, store.make, store.drop

    async def keep(self, changes: list[Changes], host_ms: int) -> None:
        if self.full:
            raise StoreError(Path("simulator.db"), "could not be written: the disk is full")
        await self._store.keep(changes, host_ms)


async def test_what_cannot_be_made_durable_is_not_let_go_and_ends_the_simulator(site: Site) -> None:
    store = await SimulatorStore.open(site.folder / "simulator.db")
    try:
        full = FullStore(store)
        made = WorldMade(clock=ClockReading(MARCH_MS, held=True))
        server = SimulatorServer(connections(site.url), full, DEFAULT_PREFIX, made, FLEET)  # type: ignore[arg-type]
        serving = asyncio.create_task(server.run())
        await site.presence(HUB)
        full.full = True

        await site.listener.says(LAB.bench_actions("", HUB), encode_lab(BenchRequest("last", PowerOff())))

        with pytest.raises(ExceptionGroup) as ended:
            await asyncio.wait_for(serving, BOUND_S)
        kept = await store.load()
    finally:
        await store.close()
    assert ended.group_contains(StoreError, match="the disk is full")
    assert site.listener.last(LAB.bench_answers("", HUB)) is None
    assert all(setup.powered for setup in kept[""].hubs)
