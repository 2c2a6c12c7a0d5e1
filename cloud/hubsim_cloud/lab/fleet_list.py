"""All hubs of a world in one list, with counts by state: in objects, on the bench, and all others.

Owns a copy of the order and of the counts, which are made again only after a change. A page of the list makes
only its own rows, and asks the simulator for its own hubs.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import chain

import msgspec

from hubsim_cloud.domain.pager import LastItem, Pager
from hubsim_cloud.domain.search import Search
from hubsim_cloud.domain.state import Hub, Site, State
from hubsim_cloud.lab.bench_roster import BenchRoster
from hubsim_cloud.lab.fleet_view import FleetHub, fleet_hub
from hubsim_cloud.world.world import CloudWorld
from hubsim_contract.wire.messages import ServiceState
from hubsim_contract.wire.service import RUNNING


class FleetState(StrEnum):
    """The states by which hubs are counted and filtered."""

    NOT_AVAILABLE = "not_available"
    ACTIVATION_REQUIRED = "activation_required"
    ACTIVE = "active"
    EXPIRING = "expiring"
    """The states of the service, one for each hub."""
    ONLINE = "online"
    OFFLINE = "offline"
    """Connected to the cloud or not, as far as the cloud knows."""
    STAR = "star"
    """The service is active or expiring."""
    IN_OBJECT = "in_object"
    ON_BENCH = "on_bench"
    UNASSIGNED = "unassigned"
    """It was in an object or has published a message, but is in no object now and not on the bench."""


class FleetView(msgspec.Struct, frozen=True, kw_only=True):
    """The hubs in the order in which the cloud got to know them, then the others. This is one page."""

    hubs: tuple[FleetHub, ...]
    total: int
    """The number of all hubs."""
    counts: dict[FleetState, int]
    """The number of hubs in each state, among all hubs, with any filter."""
    next_page: str | None


class FleetList:
    """The list of one world."""

    def __init__(self, world: CloudWorld, roster: BenchRoster) -> None:
        self._world = world
        self._roster = roster
        self._models: Mapping[str, str] = {}
        self._state: State | None = None
        self._order = (0, 0)
        self._serial = 0
        self._hubs: Sequence[str] = ()
        self._counts: dict[FleetState, int] | None = None

    async def page(self, pager: Pager, search: Search, states: frozenset[FleetState]) -> tuple[FleetHub, ...]:
        """Return the rows of a page of the hubs that the search finds and that have all of these states.

        Raises `NoSimulator` when the simulator that was online is gone.
        """
        while True:
            models = self._roster.known
            hubs, last = self._page(pager, search, states, models)
            briefs = await self._roster.briefs(hubs)
            if self._roster.known is models:
                break
        pager.last = last
        state, settings = self._world.service.engine.state, self._world.plan.settings
        now_ms = self._world.clock.world_ms()
        return tuple(fleet_hub(state, hub, now_ms, settings, briefs.get(hub)) for hub in hubs)

    def counts(self) -> tuple[int, dict[FleetState, int]]:
        """Return the number of all hubs, and of those in each state."""
        self._follow(self._roster.known)
        if self._counts is None:
            state = self._world.service.engine.state
            models, counts = self._models, dict.fromkeys(FleetState, 0)
            cases = Counter(_case(state, hub, on_bench=hub in models) for hub in self._hubs)
            for case, number in cases.items():
                for each in _STATES[case]:
                    counts[each] += number
            self._counts = counts
        return len(self._hubs), self._counts

    def _page(
        self, pager: Pager, search: Search, states: frozenset[FleetState], models: Mapping[str, str]
    ) -> tuple[tuple[str, ...], LastItem | None]:
        self._follow(models)
        state = self._world.service.engine.state

        def wanted(hub: str) -> bool:
            if states and not states <= states_of(state, hub, on_bench=hub in models):
                return False
            return not search or search.finds(*_texts(state, hub, models))

        part = Pager(pager.limit, pager.after)
        is_whole = not states and not search
        return part.of_keys(self._hubs, str, name=str, wanted=None if is_whole else wanted), part.last

    def _follow(self, models: Mapping[str, str]) -> None:
        """Make the order again after a change of the state, of the devices or of the roster."""
        state = self._world.service.engine.state
        order, serial = (state.position, len(state.devices)), self._world.feed.serial
        if state is not self._state or models is not self._models or order != self._order:
            self._hubs = tuple(dict.fromkeys(chain(state.hubs, models, state.devices)))
            self._counts = None
        if serial != self._serial:
            self._counts = None
        self._state, self._models, self._order, self._serial = state, models, order, serial


def states_of(state: State, hub: str, *, on_bench: bool) -> frozenset[FleetState]:
    """Return the states of a hub."""
    return _STATES[_case(state, hub, on_bench=on_bench)]


def _case(state: State, hub: str, *, on_bench: bool) -> tuple[ServiceState, bool, bool, bool]:
    """Return the key of a hub in `_STATES`."""
    known, device = state.hubs.get(hub), state.devices.get(hub)
    is_online = device is not None and device.online
    if known is None:
        return ServiceState.NOT_AVAILABLE, is_online, False, on_bench
    return known.wanted.service, is_online, known.object is not None, on_bench


def _states(
    service: ServiceState, *, is_online: bool, is_in_object: bool, on_bench: bool
) -> frozenset[FleetState]:
    found = {FleetState(service.value), FleetState.ONLINE if is_online else FleetState.OFFLINE}
    if service in RUNNING:
        found.add(FleetState.STAR)
    if is_in_object:
        found.add(FleetState.IN_OBJECT)
    if on_bench:
        found.add(FleetState.ON_BENCH)
    if not (is_in_object or on_bench):
        found.add(FleetState.UNASSIGNED)
    return frozenset(found)


_BOTH = (False, True)
_STATES = {
    (service, is_online, is_in_object, on_bench): _states(
        service, is_online=is_online, is_in_object=is_in_object, on_bench=on_bench
    )
    for service in ServiceState
    for is_online in _BOTH
    for is_in_object in _BOTH
    for on_bench in _BOTH
}
"""The states of a hub for all cases, so that a hub costs one look-up."""


def _texts(state: State, hub: str, models: Mapping[str, str]) -> tuple[str | None, ...]:
    """Return the texts of a hub in which a search looks: id, model, object, company, country, cards."""
    known: Hub | None = state.hubs.get(hub)
    if known is None:
        return (hub, models.get(hub))
    cards = (sim.iccid for sim in known.sims)
    site: Site | None = None if known.object is None else state.objects[known.object]
    if site is None or site.company is None:
        return (hub, models.get(hub) or known.model, None if site is None else site.name, *cards)
    company = state.companies[site.company]
    return (hub, models.get(hub) or known.model, site.name, company.name, company.country, *cards)
