"""What the simulator does for the lab, request by request."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from hubsim_contract.lab.delivery import Watermark
from hubsim_contract.lab.protocol import (
    ArmFault,
    Asked,
    CloseWorld,
    CutStation,
    HubShown,
    LabAnswer,
    LabRequest,
    OpenWorld,
    PutHub,
    SaveBench,
    SavedBench,
    ShowWorld,
    Sync,
    Synced,
    WorldShown,
)
from hubsim_contract.lab.quiescence import NotQuiescent, come_to_rest
from hubsim_simulator.hardware.profile import ModelProfile, ProfileError
from hubsim_simulator.hardware.refusals import BenchActionRefused
from hubsim_simulator.hub_setup import setup_of
from hubsim_simulator.serving.errors import CannotServe
from hubsim_simulator.serving.world_bench import WorldBench
from hubsim_simulator.snapshots import HubSnapshot, carrier_snapshot

SYNC_LIMIT_S = 10.0
"""How long the simulated side may take to come to rest; then the request is refused with what is awaited."""

Result = Synced | WorldShown | SavedBench | None


class Host(Protocol):
    """Who has the benches."""

    def bench(self, world: str) -> WorldBench:
        """Return the bench of a world. Raises `CannotServe`."""
        ...

    async def open_world(self, request: OpenWorld) -> None:
        """Make a bench, in place of one of the same name. Raises `CannotServe`."""
        ...

    async def close_world(self, world: str) -> None:
        """Take a bench away, with what it has retained."""
        ...

    async def moved(self, bench: WorldBench) -> None:
        """Wait until something has happened to the bench since the last call."""
        ...


class Synchronised:
    """What was said in the last `Synced` of each world, until the cloud says that it has heard it."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[int, dict[str, Watermark]]] = {}

    def heard(self, bench: WorldBench, number: int) -> None:
        """Take note of the number of the last answer of which the cloud has heard everything."""
        told = self._told.get(bench.world)
        if told is not None and told[0] == number:
            bench.tracker.said.settled(told[1])

    def tell(self, bench: WorldBench, number: int) -> dict[str, Watermark]:
        """Return what the cloud is to wait for."""
        marks = bench.tracker.said.pending()
        self._told[bench.world] = (number, marks)
        return marks


async def sync(host: Host, told: Synchronised, number: int, request: Sync) -> Synced:
    """Set the clock, come to rest, and tell how it stands.

    Raises `CannotServe` past the limit; what is retained for new subscriptions is not awaited again.
    """
    bench = host.bench(request.world)
    told.heard(bench, request.heard)
    if request.again:
        bench.tracker.again()
    bench.set_clock(request.clock)
    bench.tracker.heard.learn(request.said)
    try:
        await come_to_rest(
            lambda: bench.awaited(request.said), bench.wake, lambda: host.moved(bench), SYNC_LIMIT_S
        )
    except NotQuiescent as error:
        bench.tracker.heard.give_up()
        raise CannotServe("not_idle", str(error)) from None
    bench.tracker.heard.agree()
    return Synced(due_ms=bench.due(), said=told.tell(bench, number), noted=bench.take_notes())


async def _open(host: Host, request: OpenWorld) -> None:
    await host.open_world(request)


async def _close(host: Host, request: CloseWorld) -> None:
    await host.close_world(request.world)


async def _put(host: Host, request: PutHub) -> None:
    bench = host.bench(request.world)
    if request.setup.id in bench.fleet.hubs:
        raise CannotServe("hub_exists", f"the hub {request.setup.id} is on the bench already")
    try:
        bench.put(request.setup)
    except BenchActionRefused as refused:
        raise CannotServe(refused.name.value, str(refused)) from refused
    except (ProfileError, ValueError) as error:
        raise CannotServe("cannot", f"{error}") from error


async def _arm(host: Host, request: ArmFault) -> None:
    host.bench(request.world).filter.arm(request.fault)


async def _cut(host: Host, request: CutStation) -> None:
    host.bench(request.world).cut(request.station)


async def _show(host: Host, request: ShowWorld) -> WorldShown:
    bench = host.bench(request.world)
    wanted = bench.fleet.hubs if request.hubs is None else request.hubs
    hubs = {hub: bench.fleet.hubs[hub] for hub in wanted if hub in bench.fleet.hubs}
    carrier = bench.fleet.carrier
    return WorldShown(
        hubs={id_: HubShown(shows=dict(HubSnapshot(hub)), setup=setup_of(hub)) for id_, hub in hubs.items()},
        cards={card: carrier_snapshot(carrier.holding(card)) for card in request.cards},
        carrier={"refused_messages": carrier.refused_messages},
    )


async def _save(host: Host, request: SaveBench) -> SavedBench:
    return host.bench(request.world).save()


DOING: dict[type[LabRequest], Callable[[Host, Any], Awaitable[Result]]] = {
    OpenWorld: _open,
    CloseWorld: _close,
    PutHub: _put,
    ArmFault: _arm,
    CutStation: _cut,
    ShowWorld: _show,
    SaveBench: _save,
}
"""Every request but `Sync`, which needs its number."""


def answer(asked: Asked, result: Result) -> LabAnswer:
    """Return the answer that carries the result."""
    return LabAnswer(
        asker=asked.asker,
        number=asked.number,
        synced=result if isinstance(result, Synced) else None,
        shown=result if isinstance(result, WorldShown) else None,
        bench=result if isinstance(result, SavedBench) else None,
    )


def settings_from(kind: type[Any], values: dict[str, Any], **fixed: Any) -> Any:
    """Return a record of settings from plain values, but for those that are `fixed`.

    Raises `CannotServe` naming what is wrong.
    """
    unknown = sorted(values.keys() - (set(kind.__struct_fields__) - fixed.keys()))
    if unknown:
        raise CannotServe("bad_settings", f"there is no setting {unknown[0]!r}")
    try:
        return msgspec.convert(values | fixed, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise CannotServe("bad_settings", str(error)) from error


def model_from(name: str, values: dict[str, Any]) -> ModelProfile:
    """Return a hub model of the user's own. Raises `CannotServe`, also for one that calls itself otherwise.

    A hub on the bench is kept with the name of its model, and found again by it.
    """
    model: ModelProfile = settings_from(ModelProfile, values)
    if model.name != name:
        raise CannotServe("bad_settings", f"the model {name!r} calls itself {model.name!r}")
    return model
