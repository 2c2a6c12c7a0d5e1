"""Work for many hubs is done in parts: queries are answered in between, commands after it."""

import asyncio
from typing import Any, cast

import pytest
from cloud_bench import CountingWatcher
from engine_bench import HUB, MONTH_END_MS, CloudBench

from hubsim_cloud.domain.commands import Activate, AddHub, CreateObject, ScheduleDeactivation
from hubsim_cloud.domain.fact_log import FactPage
from hubsim_cloud.domain.facts import ServiceEnded
from hubsim_cloud.domain.queries import CompanyDetails
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.service import decision_batch
from hubsim_cloud.service.rows import Kept
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Batch, Store
from hubsim_contract.core import Now
from hubsim_contract.wire.identifiers import luhn_digit

HUBS = ("0000AA02", "0000AA03", "0000AA04")


class StepStore:
    """A store that commits one batch for each step."""

    def __init__(self) -> None:
        self.committed: list[Batch] = []
        self.asked = asyncio.Event()
        self._steps = asyncio.Semaphore(0)

    async def step(self) -> None:
        """End one commit, and wait until the next one is asked for."""
        await self.asked.wait()
        self.asked.clear()
        self._steps.release()
        await self.asked.wait()

    def release_all(self) -> None:
        for _ in range(100):
            self._steps.release()

    async def commit(self, batch: Batch) -> None:
        self.asked.set()
        await self._steps.acquire()
        self.committed.append(batch)

    async def kept(self, _names: set[tuple[str, str]]) -> dict[tuple[str, str], Kept]:
        return {}

    async def pack(self) -> list[FactPage]:
        return []

    async def pack_events(self) -> bool:
        return False


class MonthEndClock:
    def now(self) -> Now:
        return Now(MONTH_END_MS, MONTH_END_MS)


def ended(batch: Batch) -> int:
    return sum(isinstance(fact, ServiceEnded) for fact in batch.facts)


async def test_a_query_is_answered_between_the_parts_and_a_command_after_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decision_batch, "CATCH_UP_AT_ONCE", 1)
    bench = CloudBench()
    dealer = bench.dealer_with_hub()
    for hub in HUBS:
        site = bench.does(dealer, CreateObject(name="Villa"))["object"]
        bench.does(dealer, AddHub(object=site, hub=hub, model="hub-2"))
        digits = f"8988300000{hub[-2:]}000000"
        bench.hub_reports(hub=hub, iccid=digits + luhn_digit(digits))
    for hub in (HUB, *HUBS):
        bench.does(dealer, Activate(hub=hub))
        bench.does(dealer, ScheduleDeactivation(hub=hub))
    store = StepStore()
    service = CloudService(
        bench.engine, cast("Store", store), MonthEndClock(), lambda _: None, cast("Any", CountingWatcher())
    )
    serving = asyncio.create_task(service.run())

    command = asyncio.create_task(service.command(dealer, CreateObject(name="After")))
    await store.step()
    query = asyncio.create_task(service.look(dealer, CompanyDetails()))
    await store.step()

    async with asyncio.timeout(5):
        assert not isinstance(await query, Refusal)
    assert not command.done()
    assert 0 < sum(map(ended, store.committed)) < 1 + len(HUBS)

    store.release_all()
    async with asyncio.timeout(5):
        await command
    assert sum(map(ended, store.committed)) == 1 + len(HUBS)
    assert [type(fact).__name__ for fact in store.committed[-1].facts] == ["InvoiceIssued", "ObjectCreated"]
    serving.cancel()
    await asyncio.wait({serving})
