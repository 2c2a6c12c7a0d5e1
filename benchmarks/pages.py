"""Pages of long lists: the time of one query in the cloud's core, and of one page of the fleet, without HTTP.

One Dealer has all objects, each with one hub. A page has 50 rows.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from types import SimpleNamespace
from typing import Any, cast

import msgspec

from benchmarks.business import business_of_one_dealer
from hubsim_cloud.domain.pager import LastItem, Pager
from hubsim_cloud.domain.queries import CompanyHistory, Objects, Query
from hubsim_cloud.domain.search import Search
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.lab.fleet_list import FleetList, FleetState
from hubsim_cloud.ports import QueryReceived
from hubsim_contract.core import Now
from hubsim_contract.lab.hub_brief import HubBrief

ROWS = 50
HUBS = 10_000
REPEATS = 30


class PageTimes(msgspec.Struct, frozen=True):
    """The median time of a page in ms, by what it shows."""

    hubs: int
    ms: dict[str, float]


class _NoBench:
    """A roster without hubs: the list is that of the cloud alone."""

    known: Mapping[str, str] = {}

    async def briefs(self, _hubs: Collection[str]) -> Mapping[str, HubBrief]:
        return {}


async def measure(hubs: int = HUBS) -> PageTimes:
    """Return the times with this number of objects, each with a hub. Takes some seconds."""
    engine, dealer = business_of_one_dealer(hubs)
    middle = LastItem(list(engine.state.objects)[hubs // 2], hubs // 2)
    end = LastItem(len(engine.log) - 2 * ROWS, len(engine.log) - 2 * ROWS)
    cases = {
        "objects, first page": _query(engine, dealer, Objects()),
        "objects, middle page": _query(engine, dealer, Objects(), middle),
        "objects, search that finds the last one": _query(
            engine, dealer, Objects(search=f"villa {hubs - 1}")
        ),
        "company history, first page": _query(engine, dealer, CompanyHistory()),
        "company history, page near the end": _query(engine, dealer, CompanyHistory(), end),
        **_fleet(engine),
    }
    return PageTimes(hubs, {name: await _median_ms(case) for name, case in cases.items()})


def show(times: PageTimes) -> None:
    """Print the times."""
    for name, ms in times.ms.items():
        print(f"pages: {name}, {ROWS} of {times.hubs:,}: {ms:.2f} ms")


def _query(
    engine: CloudEngine, dealer: Actor, query: Query, after: LastItem | None = None
) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        event = QueryReceived(0, dealer, query, Pager(ROWS, after))
        msgspec.json.encode(engine.look(event, Now(0, time.time_ns() // 1_000_000)).outcome)

    return ask


def _fleet(engine: CloudEngine) -> dict[str, Callable[[], Awaitable[None]]]:
    feed = SimpleNamespace(serial=0)
    world = SimpleNamespace(
        service=SimpleNamespace(engine=engine),
        plan=SimpleNamespace(settings=CloudSettings()),
        clock=SimpleNamespace(world_ms=lambda: time.time_ns() // 1_000_000),
        feed=feed,
    )
    fleet = FleetList(cast("Any", world), cast("Any", _NoBench()))

    def page(states: frozenset[FleetState], *, after_a_change: bool) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            feed.serial += after_a_change
            rows = await fleet.page(Pager(ROWS), Search(""), states)
            msgspec.json.encode((rows, fleet.counts()))

        return ask

    return {
        "fleet": page(frozenset(), after_a_change=False),
        "fleet, counted again after a change": page(frozenset(), after_a_change=True),
        "fleet, those with a star": page(frozenset({FleetState.STAR}), after_a_change=False),
    }


async def _median_ms(case: Callable[[], Awaitable[None]]) -> float:
    await case()
    took_s = []
    for _ in range(REPEATS):
        began_s = time.perf_counter()
        await case()
        took_s.append(time.perf_counter() - began_s)
    return statistics.median(took_s) * 1e3


if __name__ == "__main__":
    show(asyncio.run(measure()))
