"""The armed faults, deadlines, cards and orders of one world, from the cloud's state and the simulator."""

from collections.abc import Sequence

from hubsim_cloud.domain.deadlines import CloudDeadline
from hubsim_cloud.domain.pager import LastItem, Pager
from hubsim_cloud.domain.state import State
from hubsim_cloud.lab.carrier_book import CarrierBook, OrderRecord
from hubsim_cloud.lab.control_plane import CARRIER
from hubsim_cloud.lab.errors import NoSimulator
from hubsim_cloud.lab.fault_book import hub_of
from hubsim_cloud.lab.watch_payloads import Deadline, FaultRow, OrderRow
from hubsim_cloud.lab.world_control import WorldControl
from hubsim_cloud.world.observer import STATION
from hubsim_contract.lab.bench_lists import BenchDeadline, CardRow
from hubsim_contract.lab.faults import FaultStatus
from hubsim_contract.lab.protocol import ShowCards, ShowDeadlines, ShowFaults
from hubsim_contract.wire.identifiers import HUB_ID


async def armed_faults(lab: WorldControl) -> list[FaultRow]:
    """Return the armed faults of both sides. Raises `NoSimulator` when the one that was online is gone."""
    armed: list[FaultStatus] = [*lab.world.filter.armed()]
    try:
        shown = (await lab.look(ShowFaults(world=lab.world.name))).faults
    except NoSimulator:
        if lab.had_simulator:
            raise
        shown = None
    armed += shown.armed if shown is not None else ()
    await lab.watch.book.catch_up(lab.engine.log)
    return [_fault_row(lab, each) for each in sorted(armed, key=lambda each: each.armed_ms)]


def _fault_row(lab: WorldControl, armed: FaultStatus) -> FaultRow:
    """Return the row of a fault. After a restart of the server, one of orders is known by its card only."""
    injected = lab.faults.fault(armed.id) or armed.fault
    hub = hub_of(injected)
    return FaultRow(
        id=armed.id,
        fault=injected,
        hub=hub if hub is None or HUB_ID.fullmatch(hub) else lab.watch.book.hub_of(hub),
        armed_ms=armed.armed_ms,
        left=armed.left,
    )


async def deadlines(lab: WorldControl, limit: int) -> list[Deadline]:
    """Return what is due first on both sides; without a simulator, in the cloud."""
    await lab.watch.book.catch_up(lab.engine.log)
    state, book = lab.engine.state, lab.watch.book
    found = [_of_cloud(state, book, each) for each in lab.engine.deadlines(limit)]
    try:
        shown = (await lab.look(ShowDeadlines(world=lab.world.name, limit=limit))).deadlines
    except NoSimulator:
        shown = None
    if shown is not None:
        found += [_of_bench(state, book, each) for each in shown.deadlines]
    return sorted(found, key=lambda each: each.due_ms)[:limit]


async def cards(lab: WorldControl, pager: Pager, search: str) -> tuple[CardRow, ...]:
    """Return the cards of a page. Raises `NoSimulator`."""
    assert pager.limit is not None
    after = "" if pager.after is None else str(pager.after.key)
    request = ShowCards(world=lab.world.name, after=after, limit=pager.limit, search=search)
    shown = (await lab.look(request)).cards
    assert shown is not None
    if shown.more:
        pager.last = LastItem(shown.cards[-1].iccid, 0)
    return shown.cards


async def orders(lab: WorldControl, pager: Pager, search: str) -> tuple[OrderRow, ...]:
    """Return the orders of a page, the newest first. A search reads the whole list."""
    book, part = lab.watch.book, search.upper()
    await book.catch_up(lab.engine.log)
    found: Sequence[OrderRecord] = book.orders
    if part:
        found = [each for each in found if part in each.iccid or part in (book.hub_of(each.iccid) or "")]
    return pager.of_log(found, lambda record: _row(lab, book, record), newest_first=True)


def _row(lab: WorldControl, book: CarrierBook, record: OrderRecord) -> OrderRow:
    is_newest = book.newest(record.iccid) is record
    return OrderRow(
        iccid=record.iccid,
        hub=book.hub_of(record.iccid),
        sequence=record.sequence,
        profile=record.profile,
        state=record.state,
        placed_ms=record.placed_ms,
        confirmed_ms=record.confirmed_ms,
        attempts=lab.engine.order_attempts(record.iccid) if is_newest else None,
        reason=record.reason or None,
    )


def _of_cloud(state: State, book: CarrierBook, each: CloudDeadline) -> Deadline:
    hub = each.hub or book.hub_of(each.about)
    return _deadline(state, each, STATION, hub, each.company, each.about)


def _of_bench(state: State, book: CarrierBook, each: BenchDeadline) -> Deadline:
    is_carrier = each.station == CARRIER
    hub = book.hub_of(each.card or "") if is_carrier else each.station or None
    return _deadline(state, each, each.station, hub, None, each.card or "")


def _deadline(
    state: State,
    each: CloudDeadline | BenchDeadline,
    who: str,
    hub: str | None,
    company: str | None,
    about: str,
) -> Deadline:
    known = state.hubs.get(hub or "")
    site = None if known is None or known.object is None else state.objects[known.object]
    owner = company or (None if site is None else site.company)
    named = state.companies.get(owner or "")
    return Deadline(
        due_ms=each.due_ms,
        kind=each.kind,
        who=who,
        hub=hub,
        company=owner,
        company_name=None if named is None else named.name,
        object_name=None if site is None else site.name,
        about=about,
    )
