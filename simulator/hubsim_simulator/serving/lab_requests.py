"""The simulator's handlers for the lab's requests."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from hubsim_contract.lab.bench_lists import CardsShown, DeadlinesShown, FaultsShown
from hubsim_contract.lab.delivery import Watermark
from hubsim_contract.lab.protocol import (
    ActOnCarrier,
    ArmFault,
    BenchAnswer,
    BenchRequest,
    CloseWorld,
    CutStation,
    DisarmFault,
    FleetShown,
    HubShown,
    LabAnswer,
    LabRequest,
    NumberedRequest,
    OpenWorld,
    PutHub,
    SaveBench,
    SavedBench,
    ShowCards,
    ShowDeadlines,
    ShowFaults,
    ShowFleet,
    ShowWorld,
    Sync,
    Synced,
    TakeHub,
    WorldShown,
)
from hubsim_contract.lab.quiescence import NotQuiescent, wait_until_idle
from hubsim_contract.lab.shards import Shard
from hubsim_simulator.briefs import brief_of
from hubsim_simulator.carrier.carrier_choice import carrier_here
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.profile import ModelProfile, ProfileError
from hubsim_simulator.hardware.refusals import BenchActionRefused
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub_setup import setup_of
from hubsim_simulator.serving.bench_lists import armed_faults, cards_of, deadlines_of, disarm
from hubsim_simulator.serving.errors import CannotServe
from hubsim_simulator.serving.store import WorldMade
from hubsim_simulator.serving.world_bench import WorldBench
from hubsim_simulator.simulated_bench import BenchSettings
from hubsim_simulator.snapshots import HubSnapshot, carrier_snapshot

SYNC_LIMIT_S = 10.0
"""How long the simulated side may take to become idle; then the request is refused with what is awaited."""

Result = Synced | WorldShown | FleetShown | SavedBench | FaultsShown | CardsShown | DeadlinesShown | None


class BenchHost(Protocol):
    """The owner of the benches."""

    def bench(self, world: str) -> WorldBench:
        """Return the bench of a world. Raises `CannotServe`."""
        ...

    async def open_world(self, request: OpenWorld) -> None:
        """Create a bench, in place of one of the same name. Raises `CannotServe`."""
        ...

    async def close_world(self, world: str) -> None:
        """Remove a bench, with everything that it has retained."""
        ...

    async def until_round(self) -> None:
        """Wait for the next round, which every change of a bench starts."""
        ...


class SyncedMarks:
    """The messages reported in the last `Synced` of each world, until the cloud confirms them."""

    def __init__(self) -> None:
        self._marks: dict[str, tuple[int, dict[str, Watermark]]] = {}

    def confirm(self, bench: WorldBench, number: int) -> None:
        """Record the number of the last answer whose messages the cloud has all received."""
        reported = self._marks.get(bench.world)
        if reported is not None and reported[0] == number:
            bench.tracker.sent_log.confirm(reported[1])

    def report(self, bench: WorldBench, number: int) -> dict[str, Watermark]:
        """Return the messages for which the cloud must wait."""
        marks = bench.tracker.sent_log.pending()
        self._marks[bench.world] = (number, marks)
        return marks


async def sync(host: BenchHost, marks: SyncedMarks, number: int, request: Sync) -> Synced:
    """Set the clock, wait until the bench is idle, and report its state.

    Raises `CannotServe` after the limit; messages retained for new subscriptions are not awaited again.
    """
    bench = host.bench(request.world)
    marks.confirm(bench, request.received)
    if request.resubscribed:
        bench.tracker.restart()
    bench.set_clock(request.clock)
    bench.tracker.note_sent(request.sent)
    try:
        await wait_until_idle(lambda: bench.awaited(request.sent), bench.wake, host.until_round, SYNC_LIMIT_S)
    except NotQuiescent as error:
        bench.tracker.received_log.give_up()
        raise CannotServe("not_idle", str(error)) from None
    bench.tracker.received_log.confirm_idle()
    return Synced(due_ms=bench.due(), sent=marks.report(bench, number), events=bench.take_events())


async def _open(host: BenchHost, request: OpenWorld) -> None:
    await host.open_world(request)


async def _close(host: BenchHost, request: CloseWorld) -> None:
    await host.close_world(request.world)


async def _put(host: BenchHost, request: PutHub) -> None:
    bench = host.bench(request.world)
    if request.setup.id in bench.fleet.hubs:
        raise CannotServe("hub_exists", f"the hub {request.setup.id} is on the bench already")
    try:
        bench.put(request.setup)
    except BenchActionRefused as refused:
        raise CannotServe(refused.name.value, str(refused)) from refused
    except (ProfileError, ValueError) as error:
        raise CannotServe("cannot", f"{error}") from error


async def _take(host: BenchHost, request: TakeHub) -> None:
    bench = host.bench(request.world)
    if request.hub not in bench.fleet.hubs:
        raise CannotServe("no_such_hub", f"no hub {request.hub} is on this bench")
    port = bench.take(request.hub)
    if port is not None:
        await port.aclose()


async def _arm(host: BenchHost, request: ArmFault) -> None:
    host.bench(request.world).filter.arm(request.fault, request.id)


async def _act_on_carrier(host: BenchHost, request: ActOnCarrier) -> None:
    bench = host.bench(request.world)
    if carrier_here(bench.fleet.carrier) is None:
        raise CannotServe("cannot", "the carrier of this fleet is in another process: use its shard 1")
    bench.act_on_carrier(request.fault, request.id)


async def _cut(host: BenchHost, request: CutStation) -> None:
    host.bench(request.world).cut(request.station)


async def _show(host: BenchHost, request: ShowWorld) -> WorldShown:
    bench = host.bench(request.world)
    requested = bench.fleet.hubs if request.hubs is None else request.hubs
    hubs = {hub: bench.fleet.hubs[hub] for hub in requested if hub in bench.fleet.hubs}
    carrier = bench.fleet.carrier
    return WorldShown(
        hubs={id_: HubShown(shows=dict(HubSnapshot(hub)), setup=setup_of(hub)) for id_, hub in hubs.items()},
        cards={card: carrier_snapshot(carrier.holding(card)) for card in request.cards},
        carrier={"refused_messages": carrier.refused_messages},
    )


async def _show_fleet(host: BenchHost, request: ShowFleet) -> FleetShown:
    bench = host.bench(request.world)
    fleet, roster = bench.fleet, bench.roster
    return FleetShown(
        hubs={hub: brief_of(fleet.hubs[hub], fleet.carrier) for hub in request.hubs if hub in fleet.hubs},
        roster=roster,
        models=None
        if request.roster == roster
        else {hub.id: hub.hardware.model for hub in fleet.hubs.values()},
    )


async def _show_faults(host: BenchHost, request: ShowFaults) -> FaultsShown:
    return FaultsShown(armed=tuple(armed_faults(host.bench(request.world))))


async def _show_cards(host: BenchHost, request: ShowCards) -> CardsShown:
    return cards_of(host.bench(request.world).fleet, request)


async def _show_deadlines(host: BenchHost, request: ShowDeadlines) -> DeadlinesShown:
    return DeadlinesShown(deadlines=tuple(deadlines_of(host.bench(request.world), request.limit)))


async def _disarm(host: BenchHost, request: DisarmFault) -> None:
    if not disarm(host.bench(request.world), request.id):
        raise CannotServe("no_such_fault", f"no fault {request.id} is armed on this bench")


async def _save(host: BenchHost, request: SaveBench) -> SavedBench:
    return host.bench(request.world).save()


def perform_action(bench: WorldBench | None, hub: str, command: BenchRequest) -> BenchAnswer:
    """Perform a bench action, and return its answer; `bench`: None for an unknown world."""
    if bench is None or hub not in bench.fleet.hubs:
        return BenchAnswer(command.number, "no_such_hub", f"no hub {hub} is on this bench")
    answered = BenchAnswer(command.number, action=command.action, at_ms=bench.clock.world_ms())
    try:
        bench.perform(hub, command.action)
    except BenchActionRefused as refused:
        return msgspec.structs.replace(answered, refused=refused.name.value, text=str(refused))
    return answered


DOING: dict[type[LabRequest], Callable[[BenchHost, Any], Awaitable[Result]]] = {
    OpenWorld: _open,
    CloseWorld: _close,
    PutHub: _put,
    TakeHub: _take,
    ShowFaults: _show_faults,
    ShowCards: _show_cards,
    ShowDeadlines: _show_deadlines,
    DisarmFault: _disarm,
    ArmFault: _arm,
    ActOnCarrier: _act_on_carrier,
    CutStation: _cut,
    ShowWorld: _show,
    ShowFleet: _show_fleet,
    SaveBench: _save,
}
"""The handlers of all requests except `Sync`, which needs its number."""
READS = frozenset({ShowFaults, ShowCards, ShowDeadlines, ShowWorld, ShowFleet, SaveBench})
"""The requests that change nothing."""


def answer(asked: NumberedRequest, result: Result) -> LabAnswer:
    """Return the answer with the result of a request."""
    return LabAnswer(
        asker=asked.asker,
        number=asked.number,
        synced=result if isinstance(result, Synced) else None,
        shown=result if isinstance(result, WorldShown) else None,
        fleet=result if isinstance(result, FleetShown) else None,
        bench=result if isinstance(result, SavedBench) else None,
        faults=result if isinstance(result, FaultsShown) else None,
        cards=result if isinstance(result, CardsShown) else None,
        deadlines=result if isinstance(result, DeadlinesShown) else None,
    )


def settings_from(kind: type[Any], values: dict[str, Any], **fixed: Any) -> Any:
    """Return a record of settings from plain values; `fixed` values cannot be set.

    Raises `CannotServe`, which names the error.
    """
    unknown = sorted(values.keys() - (set(kind.__struct_fields__) - fixed.keys()))
    if unknown:
        raise CannotServe("bad_settings", f"unknown setting {unknown[0]!r}")
    try:
        return msgspec.convert(values | fixed, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise CannotServe("bad_settings", str(error)) from error


def model_from(name: str, values: dict[str, Any]) -> ModelProfile:
    """Return the user's own hub model. Raises `CannotServe`, also when `name` is not the model's name.

    A hub on the bench is stored with the name of its model, and found by it.
    """
    model: ModelProfile = settings_from(ModelProfile, values)
    if model.name != name:
        raise CannotServe("bad_settings", f"the model {name!r} has the name {model.name!r}")
    return model


def bench_settings(made: WorldMade, prefix: str, shard: Shard, run: str) -> BenchSettings:
    """Return the settings of a bench whose topics have this prefix; `run` names the run of the process.

    Raises `CannotServe`.
    """
    return BenchSettings(
        carrier=settings_from(CarrierSettings, made.carrier, prefix=prefix),
        hub=settings_from(HardwareSettings, made.hub),
        models={name: model_from(name, values) for name, values in made.models.items()},
        shard=shard,
        run=run,
    )
