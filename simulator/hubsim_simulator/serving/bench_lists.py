"""What a lab lists of a bench: cards, armed faults, and what is due first."""

from collections.abc import Iterator
from heapq import nsmallest

from hubsim_contract.lab.bench_actions import Card, CardKind
from hubsim_contract.lab.bench_lists import BenchDeadline, BenchTimer, CardRow, CardsShown
from hubsim_contract.lab.faults import CarrierReason, FailOrders, FaultStatus, RefuseOrders
from hubsim_contract.lab.protocol import ShowCards
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.wire.messages import OrderStage
from hubsim_simulator.carrier.carrier_choice import carrier_here
from hubsim_simulator.carrier.subscriber_lines import Commissioning, SubscriberLine
from hubsim_simulator.fleet import CARRIER, Fleet
from hubsim_simulator.hub import SimulatedHub
from hubsim_simulator.serving.world_bench import WorldBench

# ------------------------------------------------------------------ cards


def cards_of(fleet: Fleet, request: ShowCards) -> CardsShown:
    """Return the cards of a request, by ICCID."""
    found = nsmallest(request.limit + 1, _numbers(fleet, request))
    rows = tuple(_row(fleet, iccid) for iccid in found[: request.limit])
    return CardsShown(cards=rows, more=len(found) > request.limit)


def _numbers(fleet: Fleet, request: ShowCards) -> Iterator[str]:
    search = request.search.upper()
    for iccid in dict.fromkeys([*fleet.cards_in_hubs, *fleet.carrier.cards]):
        if iccid > request.after and (search in iccid or search in (fleet.hub_with(iccid) or "")):
            yield iccid


def _row(fleet: Fleet, iccid: str) -> CardRow:
    hub = fleet.hub_with(iccid)
    slot, card = (None, None) if hub is None else _place(fleet.hubs[hub], iccid)
    kind = CardKind.AJAX if card is None else card.kind
    is_known = kind is CardKind.AJAX and carrier_here(fleet.carrier) is not None
    holding = fleet.carrier.holding(iccid) if is_known else None
    return CardRow(
        iccid=iccid,
        kind=kind,
        hub=hub,
        slot=slot,
        condition=None if card is None else card.condition,
        profile=None if holding is None else holding.profile,
        ordered=None if holding is None or holding.waiting is None else holding.waiting.profile,
        suspended=holding is not None and holding.suspended,
        data=None if holding is None else holding.data.value,
        attached_hub=None if holding is None else holding.attached_hub,
    )


def _place(hub: SimulatedHub, iccid: str) -> tuple[int | None, Card | None]:
    slots = hub.hardware.cards_by_slot().items()
    return next(((slot, card) for slot, card in slots if card.iccid == iccid), (None, None))


# ------------------------------------------------------------------ faults


def armed_faults(bench: WorldBench) -> list[FaultStatus]:
    """Return the armed faults of a bench: those of messages, then those of orders."""
    carrier = carrier_here(bench.fleet.carrier)
    lines = [] if carrier is None else carrier.obstacles()
    return [*bench.filter.armed(), *map(_obstacle, lines)]


def disarm(bench: WorldBench, name: str) -> bool:
    """Disarm a fault; return whether it was armed here."""
    if bench.filter.disarm(name):
        return True
    carrier = carrier_here(bench.fleet.carrier)
    card = None if carrier is None else carrier.clear_obstacle(name)
    if card is None:
        return False
    bench.fleet.changed_cards[card] = None
    bench.progress()
    return True


def _obstacle(line: SubscriberLine) -> FaultStatus:
    obstacle = line.obstacle
    assert obstacle is not None
    kind = RefuseOrders if obstacle.stage is OrderStage.REFUSED else FailOrders
    fault = kind(hub=line.iccid, reason=CarrierReason(obstacle.reason), count=obstacle.left)
    return FaultStatus(id=obstacle.name, fault=fault, armed_ms=obstacle.armed_ms, left=obstacle.left)


# ------------------------------------------------------------------ deadlines


def deadlines_of(bench: WorldBench, limit: int) -> list[BenchDeadline]:
    """Return what is due first on a bench."""
    found = [_of_hub(due, hub) for due, hub in bench.fleet.timers(limit)]
    carrier = carrier_here(bench.fleet.carrier)
    if carrier is not None:
        found += [_of_line(due, line) for due, line in carrier.timers(limit)]
        due_ms = carrier.connection_due_ms
        if due_ms is not None:
            kind = BenchTimer.CARRIER_CONNECTION
            found.append(BenchDeadline(due_ms=due_ms, kind=kind, station=CARRIER))
    delayed_ms = bench.filter.due()
    if delayed_ms is not None:
        found.append(BenchDeadline(due_ms=delayed_ms, kind=BenchTimer.DELAYED_MESSAGE, station=""))
    return sorted(found, key=lambda each: each.due_ms)[:limit]


def _of_hub(due_ms: int, hub: SimulatedHub) -> BenchDeadline:
    if hub.hardware.due() == due_ms:
        kind = BenchTimer.HUB_HARDWARE
    elif hub.path_due() == due_ms:
        kind = BenchTimer.HUB_NETWORK
    elif hub.agent is not None and hub.agent.link is LinkState.ONLINE:
        kind = BenchTimer.HUB_PROGRAM
    else:
        kind = BenchTimer.HUB_CONNECTION
    return BenchDeadline(due_ms=due_ms, kind=kind, station=hub.id)


def _of_line(due_ms: int, line: SubscriberLine) -> BenchDeadline:
    if line.waiting is not None and line.waiting.due_ms == due_ms:
        kind = BenchTimer.ORDER_EXECUTION
    elif line.session is not None and line.session.ends_ms == due_ms:
        kind = BenchTimer.SESSION_END
    elif line.commissioning is Commissioning.RUNNING and line.commissioning_ends_ms == due_ms:
        kind = BenchTimer.COMMISSIONING_END
    else:
        kind = BenchTimer.DATA_MONTH
    return BenchDeadline(due_ms=due_ms, kind=kind, station=CARRIER, card=line.iccid)
