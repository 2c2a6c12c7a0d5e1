"""The checks after a storm, independent of the processes that were killed.

Each acknowledged command took effect once. Cloud, hubs and carrier show the same state. The invoices follow
from the histories.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from storm_line import Json, Line, signed_in
from storm_record import FIELDS, ComparableFact, Granted, GrantedCommands, comparable
from storm_users import Users

from hubsim_agent.memory import decode_memory
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.store import Store
from hubsim_contract.wire.topics import Topics

DATABASE = "cloud.db"
ZONE = ZoneInfo("Europe/Warsaw")
"""The time zone of the Dealers' months."""
FEE_CENTS = 500
"""The monthly fee of the only package."""
PAST_ALL_DELAYS = "PT3H"
"""Longer than the carrier's delay, and than the cloud waits before it repeats an order."""
SENT_AGAIN = 60


def comparable_rows(rows: Iterable[Json]) -> Counter[ComparableFact]:
    """Return the facts that users caused, from the rows of a history."""
    return Counter(
        comparable(row["fact"], row["by"], row["details"]) for row in rows if row["fact"] in FIELDS
    )


# ------------------------------------------------------------------ acknowledged commands


async def check_histories(line: Line, record: GrantedCommands) -> None:
    """Check that owners can sign in, and that each history contains exactly the granted commands."""
    assert record.emails, "no company was created"
    for company, email in record.emails.items():
        owner = await signed_in(line, email, company)
        rows = await owner.get_all("/company/history", "rows")
        assert comparable_rows(rows) == record.facts(company), company
        accounts = await owner.get_all("/session/accounts", "accounts")
        assert company in {row["account"] for row in accounts}


async def check_hub_histories(line: Line, users: Users) -> None:
    """Check the history of each hub in the same way."""
    for dealership in users.dealerships:
        owner = await signed_in(line, users.record.emails[dealership.company], dealership.company)
        for hub in dealership.hubs:
            rows = await owner.get_all(f"/hubs/{hub}/history", "rows")
            granted = users.record.facts(dealership.company)
            mine = Counter({fact: count for fact, count in granted.items() if fact[2][0] == hub})
            assert comparable_rows(rows) == mine, hub


async def check_sent_again(line: Line, record: GrantedCommands, rng: Random) -> None:
    """Check that repeated requests get the same answer again, and change nothing."""
    granted = record.granted
    for each in rng.sample(granted, min(SENT_AGAIN, len(granted))):
        await _check_replayed(line, each)


async def _check_replayed(line: Line, each: Granted) -> None:
    again = await each.request.send(line)
    assert (again.status_code, again.content) == (each.answer.status_code, each.answer.content), each.fact
    assert again.headers["idempotency-replayed"] == "true"


class Stored(NamedTuple):
    """The content of a stopped cloud's database."""

    facts: list[Fact]
    engine: CloudEngine


async def stored(state: Path) -> Stored:
    """Read a whole database; a gap between its facts is an error of the store."""
    store = await Store.open(state / DATABASE)
    try:
        saved = await store.load()
        await store.check()
    finally:
        await store.close()
    engine = CloudEngine(CloudSettings(), Topics())
    engine.restore(saved.facts, saved.devices)
    return Stored(saved.facts, engine)


def facts_of_users(facts: Iterable[Fact]) -> Counter[ComparableFact]:
    """Return the facts that users caused."""
    rows = (msgspec.to_builtins(fact) for fact in facts)
    return Counter(comparable(row["fact"], row["by"], row) for row in rows if row["fact"] in FIELDS)


def check_facts(facts: list[Fact], record: GrantedCommands) -> None:
    """Check that the facts caused by users are exactly the granted ones, in the order of time."""
    assert facts_of_users(facts) == record.facts()
    assert all(before.at_ms <= after.at_ms for before, after in pairwise(facts)), (
        "a fact is older than its predecessor"
    )


# ------------------------------------------------------------------ cloud, hubs and carrier


async def check_converged(line: Line, hubs: Iterable[str]) -> None:
    """Advance past all pending delays; check that app, hub and carrier show the same state afterwards."""
    await line.lab("POST", "/clock/advance", {"by": PAST_ALL_DELAYS})
    for hub in hubs:
        seen = await line.lab("GET", f"/hubs/{hub}")
        app, shows = seen["app"], seen["shows"]
        assert {name: app[name] for name in ("tile", "second_tile", "star", "service")} == {
            name: shows[name] for name in ("tile", "second_tile", "star", "service")
        }, hub
        assert (app["online"], shows["link"], shows["buffered_events"]) == (True, "online", 0), hub
        wanted = "active" if app["service"] in {"active", "expiring"} else "inactive"
        card = await line.lab("GET", f"/sims/{seen['setup']['slots']['1']['iccid']}")
        assert (card["profile"], card["ordered"]) == (wanted, None), (hub, card, app["service"])
        assert shows["registered"] == (wanted == "active"), hub


def check_versions(engine: CloudEngine, setups: list[Json]) -> None:
    """Check that the desired version of each hub is the one that it has applied, reported and stored."""
    for setup in setups:
        hub = engine.state.hubs[setup["id"]]
        reported = engine.state.devices[hub.id].reported
        assert reported is not None
        assert (reported.applied_version, memory_of(setup).desired.version) == (hub.version, hub.version)


def memory_of(setup: Json) -> Any:
    """Return the stored memory of the hub's agent."""
    flash = msgspec.convert(setup["flash"], bytes)
    return decode_memory(flash, setup["id"])


# ------------------------------------------------------------------ invoices


async def pass_two_month_ends(line: Line) -> None:
    """Move the clock into the month after the next one."""
    now = datetime.fromtimestamp((await line.lab("GET", "/clock"))["world_ms"] / 1000, ZONE)
    months = now.year * 12 + now.month - 1 + 2
    target = datetime(months // 12, months % 12 + 1, 1, 1, tzinfo=ZONE)
    await line.lab("POST", "/clock/advance", {"to": target.astimezone(UTC).isoformat()})


def check_invoices(facts: list[Fact], invoices: list[Json]) -> None:
    """Check that each hub with a running service is on one line of the month's invoice; check the sums."""
    lines = Counter(
        (invoice["month"], invoice["dealer"], line["hub"])
        for invoice in invoices
        for line in invoice["lines"]
    )
    assert lines == Counter(_accounts([msgspec.to_builtins(fact) for fact in facts]))
    assert lines, "no service was running"
    for invoice in invoices:
        fees = [line["fee_cents"] for line in invoice["lines"]]
        assert invoice["total_cents"] == sum(fees)
        assert set(fees) == {FEE_CENTS}


def _accounts(rows: list[Json]) -> set[tuple[str, str, str]]:
    """Return (month, Dealer, hub) for every complete month in which the hub's service was running."""
    until = max(row["at_ms"] for row in rows)
    began: dict[str, Json] = {}
    found: set[tuple[str, str, str]] = set()
    for row in rows:
        if row["fact"] == "service_activated":
            began[row["subscription"]] = row
        elif row["fact"] in {"service_stopped", "service_ended"}:
            run = began.pop(row["subscription"])
            found |= _months(run, max(row["at_ms"] - 1, run["at_ms"]))
    for run in began.values():
        found |= _months(run, until)
    passed = _month(until)
    return {account for account in found if account[0] < passed}


def _months(run: Json, last_ms: int) -> set[tuple[str, str, str]]:
    """Return the months from the start of the run to its last instant."""
    found, at_ms = set(), run["at_ms"]
    while _month(at_ms) < _month(last_ms):
        found.add((_month(at_ms), run["company"], run["hub"]))
        at_ms += 86_400_000
    return found | {(_month(last_ms), run["company"], run["hub"])}


def _month(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZONE).strftime("%Y-%m")
