"""A simulator on a real broker: restore after a restart, bench actions over MQTT, exclusivity, shutdown."""

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
    BenchRequest,
    ClockReading,
    LabAnswer,
    NumberedRequest,
    OpenWorld,
    PutHub,
    ShowWorld,
    SimulatorPresence,
    Sync,
    decode_lab,
    encode_lab,
)
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Order, Profile
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.serving.errors import CannotServe, SimulatorTaken
from hubsim_simulator.serving.server import MAIN, SimulatorServer
from hubsim_simulator.serving.store import SimulatorStore
from hubsim_simulator.serving.world_bench import Changes

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


def setups(server: SimulatorServer) -> dict[str, HubSetup]:
    return {setup.id: msgspec.structs.replace(setup, flash=None) for setup in server.benches[""].save().hubs}


# ------------------------------------------------------------------ restore after a restart


async def test_a_simulator_that_starts_again_has_its_hubs_as_bench_actions_left_them(site: Site) -> None:
    async with site.simulator() as server:
        for action in (RemoveSim(1), Unplug("ethernet"), SetBattery(40), PowerOff()):
            assert (await site.perform(HUB, action)).refused is None
        assert (await site.perform(SECOND, InsertSim(2, AJAX))).refused is None
        before = setups(server)

    async with site.simulator() as server:
        after = setups(server)

    assert after == before
    assert (after[HUB].slots, after[HUB].links, after[HUB].powered) == ({}, (), False)
    assert after[SECOND].slots[2] == AJAX


async def test_a_restored_hub_has_a_higher_boot_count(site: Site) -> None:
    async with site.simulator():
        first = await site.presence(HUB)
    site.listener.messages.clear()

    async with site.simulator():
        second = await site.presence(HUB)

    assert second.boot > first.boot


async def test_the_carriers_lines_are_restored(site: Site) -> None:
    async with site.simulator() as server:
        await site.settle(MARCH_MS)
        order = Order(iccid=AJAX.iccid, sequence=3, profile=Profile.ACTIVE)
        await site.listener.publish(TOPICS.of(MessageKind.ORDER, AJAX.iccid), encode(order))
        await site.listener.until_received(TOPICS.of(MessageKind.CONFIRMATION, AJAX.iccid), b"accepted")
        await site.settle(MARCH_MS + 60_000)
        before = server.benches[""].fleet.carrier.holding(AJAX.iccid)

    async with site.simulator() as server:
        after = server.benches[""].fleet.carrier.holding(AJAX.iccid)

    assert (before.profile, before.executed_sequence) == (Profile.ACTIVE, 3)
    assert (after.profile, after.executed_sequence) == (Profile.ACTIVE, 3)


async def test_a_waiting_order_is_executed_at_its_time_in_a_world_moved_ahead(
    site: Site,
) -> None:
    ahead_ms = MARCH_MS + 90 * 24 * HOUR_MS
    async with site.simulator():
        await site.settle(ahead_ms)
        order = Order(iccid=AJAX.iccid, sequence=1, profile=Profile.ACTIVE)
        await site.listener.publish(TOPICS.of(MessageKind.ORDER, AJAX.iccid), encode(order))
        await site.listener.until_received(TOPICS.of(MessageKind.CONFIRMATION, AJAX.iccid), b"accepted")

    async with site.simulator() as server:
        bench = server.benches[""]
        restored_ms, waiting = bench.clock.world_ms(), bench.fleet.carrier.holding(AJAX.iccid).waiting

    assert restored_ms == ahead_ms
    assert waiting is not None
    assert waiting.due_ms == ahead_ms + 60_000


async def test_a_running_clock_has_advanced_with_the_host(site: Site) -> None:
    async with site.simulator():
        running = Sync(clock=ClockReading(MARCH_MS + HOUR_MS, held=False))
        assert (await site.request(running)).refused is None
        assert (await site.perform(HUB, PowerOff())).refused is None
    site.host.now_ms += 5 * HOUR_MS

    async with site.simulator() as server:
        at_ms = server.benches[""].clock.world_ms()

    assert MARCH_MS + 6 * HOUR_MS <= at_ms < MARCH_MS + 7 * HOUR_MS


async def test_other_worlds_are_restored_too(site: Site) -> None:
    hub = HubSetup(id="0000AA01", imei=make_imei(9), model="hub-2", slots={1: make_card(CardKind.AJAX, 900)})
    async with site.simulator():
        await site.request(OpenWorld(world="spring", clock=ClockReading(MARCH_MS, held=True)))
        await site.request(PutHub(world="spring", setup=hub))
        await site.settle(MARCH_MS + HOUR_MS, "spring")

    async with site.simulator() as server:
        shown = (await site.request(ShowWorld(world="spring", hubs=None))).shown
        at_ms = server.benches["spring"].clock.world_ms()

    assert shown is not None
    assert shown.hubs["0000AA01"].setup.slots == hub.slots
    assert at_ms >= MARCH_MS


async def test_new_hubs_of_a_fleet_are_added_to_the_stored_hubs(site: Site) -> None:
    async with site.simulator(FLEET[:1]):
        assert (await site.perform(HUB, Unplug("ethernet"))).refused is None

    async with site.simulator(FLEET) as server:
        after = setups(server)

    assert list(after) == [HUB, SECOND]
    assert after[HUB].links == ()


async def test_a_fleet_that_does_not_fit_the_stored_hubs_is_an_error(site: Site) -> None:
    taken = msgspec.structs.replace(FLEET[1], slots={1: AJAX})
    async with site.simulator(FLEET[:1]):
        pass

    async with site.made((*FLEET[:1], taken)) as server:
        with pytest.raises(CannotServe, match=f"do not fit the fleet: the card {AJAX.iccid} is in the hub"):
            await server.run()


# ------------------------------------------------------------------ bench actions over the broker


async def test_every_client_with_the_right_gets_an_answer_to_a_bench_action(site: Site) -> None:
    async with site.simulator():
        done = await site.perform(HUB, PowerOff())
        off = await site.perform(HUB, Restart())
        unknown = await site.perform("0000FFFF", PowerOff())

    assert (done.refused, off.refused, unknown.refused) == (None, "hub_off", "no_such_hub")
    assert off.text == "the hub is off: there is nothing to restart"


async def test_a_bench_action_is_answered_after_it_is_durable(site: Site) -> None:
    async with site.simulator() as server:
        assert (await site.perform(HUB, SetBattery(55))).refused is None
        kept = await server._store.load()

    assert {setup.id: setup.battery_percent for setup in kept[""].hubs}[HUB] == 55


async def test_a_bench_action_during_a_write_is_answered_after_its_own_write(site: Site) -> None:
    async with site.simulator() as server:
        await site.settle(MARCH_MS)
        slow = server._writer._store = SlowStore(server._store)  # type: ignore[assignment]
        server._requests.perform("", HUB, BenchRequest("slow-0", SetBattery(60)))
        await slow.started(1)
        server._requests.perform("", HUB, BenchRequest("slow-1", SetBattery(40)))

        slow.release(1)
        await slow.started(2)
        between = site.answered_actions()
        slow.release(1_000)
        await site.listener.until_received(LAB.bench_answers("", HUB), b"slow-1")

    assert between == ["slow-0"]
    assert site.answered_actions() == ["slow-0", "slow-1"]


async def test_without_the_lab_bench_actions_and_requests_have_no_effect(site: Site) -> None:
    async with site.simulator(lab=False) as server:
        await site.listener.publish(LAB.bench_actions("", HUB), encode_lab(BenchRequest("1", PowerOff())))
        await site.listener.publish(LAB.requests, encode_lab(NumberedRequest("test", 1, ShowWorld())))
        await site.presence(HUB)
        powered = setups(server)[HUB].powered

    assert powered
    assert site.listener.last(LAB.bench_answers("", HUB)) is None
    assert site.listener.last(LAB.answers) is None


async def test_a_request_that_arrives_twice_is_performed_once_and_answered_twice(site: Site) -> None:
    new = HubSetup(id="0000AA01", imei=make_imei(9), model="hub-2")
    request = encode_lab(NumberedRequest("cloud", 1, PutHub(setup=new)))
    async with site.simulator() as server:
        await site.listener.publish(LAB.requests, request)
        await site.listener.until_received(LAB.answers)
        await site.listener.publish(LAB.requests, request)
        answers = [each.payload for each in site.listener.messages if each.topic == LAB.answers]
        await site.listener.until(
            lambda: len([each for each in site.listener.messages if each.topic == LAB.answers]) > 1
        )
        answers = [each.payload for each in site.listener.messages if each.topic == LAB.answers]
        hubs = list(setups(server))

    assert answers[0] == answers[1]
    assert decode_lab(LabAnswer, answers[0]).refused is None
    assert "0000AA01" in hubs


# ------------------------------------------------------------------ exclusivity and shutdown


async def test_a_second_simulator_is_refused_and_the_first_continues(site: Site) -> None:
    async with site.simulator() as first:
        async with site.made(state="another.db") as second:
            with pytest.raises(SimulatorTaken, match="another simulator serves 'hubsim/v1'"):
                await second.run()
        answer = await site.perform(HUB, PowerOff())
        async with listening_in(site.url, "later") as later:
            presence = decode_lab(SimulatorPresence, await later.until_received(LAB.presence))

    assert answer.refused is None
    assert presence == SimulatorPresence(first._endpoint._run, online=True)


async def test_a_simulator_that_ended_together_with_the_broker_does_not_block_the_next(site: Site) -> None:
    dead = encode_lab(SimulatorPresence("dead", online=True))
    await site.listener.publish(LAB.presence, dead, retain=True)

    async with site.simulator():
        answer = await site.perform(HUB, PowerOff())

    assert answer.refused is None


async def test_a_graceful_end_publishes_offline_and_leaves_no_task(site: Site) -> None:
    before = asyncio.all_tasks()

    async with site.simulator():
        await site.presence(HUB)

    presence = decode_lab(
        SimulatorPresence, await site.listener.until_received(LAB.presence, b'"online":false')
    )
    assert not presence.online
    assert {task.get_name() for task in asyncio.all_tasks() - before if "mqtt" in task.get_name()} == set()


class SlowStore:
    """A store in which each write waits for `release`."""

    def __init__(self, store: SimulatorStore) -> None:
        self._store = store
        self._turns = asyncio.Semaphore(0)
        self._started = 0
        self._changed = asyncio.Event()
        self.load, self.make, self.drop = store.load, store.make, store.drop

    async def keep(self, changes: list[Changes], host_ms: int) -> None:
        self._started += 1
        self._changed.set()
        await self._turns.acquire()
        await self._store.keep(changes, host_ms)

    def release(self, times: int) -> None:
        for _ in range(times):
            self._turns.release()

    async def started(self, times: int) -> None:
        async with asyncio.timeout(BOUND_S):
            while self._started < times:
                self._changed.clear()
                await self._changed.wait()


async def test_the_simulator_is_connected_when_each_hub_that_can_connect_is_online(site: Site) -> None:
    async with site.simulator() as server:
        await asyncio.wait_for(server.until_connected(), BOUND_S)

        hubs = server.benches[MAIN].fleet.hubs.values()
        online = [hub.id for hub in hubs if hub.agent is not None and hub.agent.link is LinkState.ONLINE]
        assert server.awaited == []
        assert server.connections.online == len(online) == server.connections.able > 0
