"""The history of a hub or a company, for a bench: all facts, whichever company had the hub at that time."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.domain.types import SortOrder
from hubsim_cloud.domain.views.history import HistoryRow, history_rows
from hubsim_cloud.http.devices import known_hub
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Problem
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.lab.lab_route import in_path
from hubsim_cloud.lab.list_requests import ListRequest
from hubsim_cloud.lab.world_control import WorldControl
from hubsim_cloud.service.history_index import index_log


class FactOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The order of a history."""

    sort: SortOrder = SortOrder.OLDEST_FIRST
    """The order of the facts, by their time."""


class HistoryFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts, in the order of the request."""

    rows: tuple[HistoryRow, ...]
    next_page: str | None


async def show_hub_history(lab: WorldControl, request: Request, world: ServedWorld) -> Response:
    """List all facts about a hub, also from times when other companies looked after it."""
    hub = known_hub(request, world)
    await index_log(lab.engine.archive)
    return _page(request, world, lab.engine.archive.all_of_hub(hub))


async def show_company_history(lab: WorldControl, request: Request, world: ServedWorld) -> Response:
    """List all facts about a company, also those about a deleted company."""
    company = in_path(request, "company")
    if company not in lab.engine.state.companies:
        raise Problem(
            RefusalName.COMPANY_NOT_FOUND,
            "This company never existed: check its id.",
            facts={"company": company},
        )
    await index_log(lab.engine.archive)
    return _page(request, world, lab.engine.archive.of_company(company))


def _page(request: Request, world: ServedWorld, facts: Sequence[Fact]) -> Response:
    asked = ListRequest(request, world, FactOrder.__struct_fields__)
    pager = asked.pager()
    rows = history_rows(pager, facts, asked.read(FactOrder).sort)
    return json_answer(HistoryFacts(rows=rows, next_page=asked.next_page(pager)))
