"""The list of all hubs of a world, for a bench: short rows, counts by state, search, filter and pages."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.domain.search import Search, SearchText
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Mistake
from hubsim_cloud.http.requests import invalid
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.http.validation_text import cut, meant
from hubsim_cloud.lab.fleet_list import FleetState, FleetView
from hubsim_cloud.lab.list_requests import ListRequest
from hubsim_cloud.lab.world_control import WorldControl


class FleetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filter of the list of hubs."""

    search: SearchText | None = None
    """Words in the hub's id, model, cards, object, company and country; null: all hubs."""
    state: str | None = None
    """One or more names of `counts`, separated by commas: hubs that have all of these states."""


async def show_fleet(lab: WorldControl, request: Request, world: ServedWorld) -> Response:
    """List all hubs: those in objects, those on the bench, and those that only publish messages."""
    asked = ListRequest(request, world, FleetFilter.__struct_fields__)
    wanted = asked.read(FleetFilter)
    states, pager = _states(wanted.state), asked.pager()
    hubs = await lab.fleet.page(pager, Search(wanted.search or ""), states)
    total, counts = lab.fleet.counts()
    return json_answer(FleetView(hubs=hubs, total=total, counts=counts, next_page=asked.next_page(pager)))


def _states(text: str | None) -> frozenset[FleetState]:
    names = () if text is None else tuple(text.split(","))
    known = tuple(state.value for state in FleetState)
    for name in names:
        if name not in known:
            raise invalid(Mistake("?state", f"unknown state {cut(name)!r}{meant(name, known)}"))
    return frozenset(map(FleetState, names))
