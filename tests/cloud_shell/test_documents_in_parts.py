"""The documents of many hubs are sent in parts after a connection; commands are answered in between."""

import asyncio
import gc
from typing import Any, cast

import pytest
from cloud_bench import CountingWatcher
from engine_bench import HUB, MONTH_END_MS, NINE_MS, TOPICS, CloudBench

from hubsim_cloud import outbox
from hubsim_cloud.domain.commands import Activate, AddHub, CreateObject, ScheduleDeactivation
from hubsim_cloud.domain.fact_log import FactPage
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.ports import CloudEffect
from hubsim_cloud.service.rows import Kept
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Batch, Store
from hubsim_contract.core import Now, Start, Wake
from hubsim_contract.mqtt.port import Connected, PortEffect, Publish, Subscribed
from hubsim_contract.wire.topics import MessageKind

HUBS = (HUB, "0000AA02", "0000AA03", "0000AA04", "0000AA05")
DOCUMENT_TOPICS = {TOPICS.of(MessageKind.DESIRED, hub): hub for hub in HUBS}


@pytest.fixture(autouse=True)
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "DOCUMENTS_AT_ONCE", 2)


def documents(effects: list[CloudEffect] | list[PortEffect]) -> list[str]:
    """Return the hubs whose documents are sent, in their order."""
    topics = [effect.topic for effect in effects if isinstance(effect, Publish)]
    return [DOCUMENT_TOPICS[topic] for topic in topics if topic in DOCUMENT_TOPICS]


def bench_with_hubs() -> tuple[CloudBench, Actor]:
    """Return a cloud that is not connected yet, and the owner of its hubs."""
    bench = CloudBench()
    dealer = bench.dealer_with_hub()
    for hub in HUBS[1:]:
        site = bench.does(dealer, CreateObject(name="Villa"))["object"]
        bench.does(dealer, AddHub(object=site, hub=hub, model="hub-2"))
    return bench, dealer


def test_each_wake_sends_the_next_part_until_every_hub_has_its_document() -> None:
    bench, _ = bench_with_hubs()

    parts = [documents(bench.goes_online())]
    while bench.engine.has_more_to_send:
        assert bench.engine.due() == bench.now_ms
        parts.append(documents(bench.handle(Wake())))

    assert parts == [list(HUBS[:2]), list(HUBS[2:4]), [HUBS[4]]]
    assert documents(bench.handle(Wake())) == []


def test_a_new_connection_begins_again_with_the_first_part() -> None:
    bench, _ = bench_with_hubs()
    bench.goes_online()

    parts = [documents(bench.reconnects())]
    while bench.engine.has_more_to_send:
        parts.append(documents(bench.handle(Wake())))

    assert parts == [list(HUBS[:2]), list(HUBS[2:4]), [HUBS[4]]]


def test_a_new_document_does_not_wait_for_the_parts_before_it() -> None:
    bench, _ = bench_with_hubs()
    bench.goes_online()

    effects = bench.hub_reports(hub=HUBS[4])

    assert documents(effects) == [HUBS[4]]
    assert bench.engine.has_more_to_send


def test_without_a_connection_nothing_more_is_to_be_sent() -> None:
    bench, _ = bench_with_hubs()
    assert not bench.engine.has_more_to_send

    bench.goes_online()

    assert bench.engine.has_more_to_send


class HeldStore:
    """A store whose commits wait until they are released."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.released = asyncio.Semaphore(0)

    async def commit(self, _batch: Batch) -> None:
        self.asked.set()
        await self.released.acquire()

    async def pack(self) -> list[FactPage]:
        return []

    async def pack_events(self) -> bool:
        return False

    async def kept(self, _names: set[tuple[str, str]]) -> dict[tuple[str, str], Kept]:
        return {}


class StandingClock:
    def now(self) -> Now:
        return Now(NINE_MS, NINE_MS)


async def test_a_command_is_answered_between_the_parts() -> None:
    bench, dealer = bench_with_hubs()
    store, sent = HeldStore(), list[PortEffect]()
    service = CloudService(
        bench.engine,
        cast("Store", store),
        StandingClock(),
        sent.append,
        cast("Any", CountingWatcher()),
    )
    for event in (Start(), Connected(), Subscribed()):
        service.post(event)
    serving = asyncio.create_task(service.run())
    await store.asked.wait()
    command = asyncio.create_task(service.command(dealer, CreateObject(name="In between")))

    async with asyncio.timeout(5):
        for _ in range(2):
            store.asked.clear()
            store.released.release()
            await store.asked.wait()
        await command

    assert len(documents(sent)) < len(HUBS)
    assert not service.idle
    for _ in HUBS:
        store.released.release()
    async with asyncio.timeout(5):
        while not service.idle:  # noqa: ASYNC110 (the service has no event for it)
            await asyncio.sleep(0)
    assert sorted(documents(sent)) == sorted(HUBS)
    serving.cancel()
    await asyncio.wait({serving})


def test_records_of_hubs_and_services_are_not_looked_through_by_the_garbage_collector() -> None:
    bench = CloudBench()
    dealer = bench.dealer_with_hub()
    bench.goes_online()
    bench.does(dealer, Activate(hub=HUB))
    bench.does(dealer, ScheduleDeactivation(hub=HUB))
    bench.passes(MONTH_END_MS - bench.now_ms)
    state = bench.engine.state

    tables: tuple[dict[str, Any], ...] = (
        state.hubs,
        state.devices,
        state.objects,
        state.subscriptions,
        state.profiles,
    )

    for table in tables:
        assert table
        assert not any(map(gc.is_tracked, table.values()))
