"""The handlers for those who watch a world: the live events, and what is armed, due and ordered in it."""

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hubsim_cloud.domain.search import SearchText
from hubsim_cloud.http.devices import read_hub
from hubsim_cloud.http.paging import DEFAULT_LIMIT, MAX_LIMIT, read_limit
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Mistake
from hubsim_cloud.http.requests import invalid, read_query
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.http.server_sent import StreamResponse, read_mark, stream_head
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.lab.lab_route import in_path
from hubsim_cloud.lab.list_requests import ListRequest
from hubsim_cloud.lab.watch_buffer import WatchReader
from hubsim_cloud.lab.watch_lists import armed_faults, cards, deadlines, orders
from hubsim_cloud.lab.watch_payloads import CardsView, DeadlinesView, FaultsView, OrdersView
from hubsim_cloud.lab.world_control import WorldControl
from hubsim_cloud.lab.world_manager import WorldManager
from hubsim_cloud.lab.world_watch import WorldWatch
from hubsim_cloud.service.notices import StreamPosition

HUBS_MAX = 200
"""The number of hubs in the filter of one reader."""
_HUB = "hub"


class WatchFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filter of a reader."""

    hub: list[str] = []
    """The hubs whose events the reader gets, each in a separate parameter; without one, all hubs."""


class DeadlineFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The length of the list."""

    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    """The largest number of deadlines."""


class PartFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filter of a list of cards or orders."""

    search: SearchText | None = None
    """A part of the ICCID, or of the id of the hub; null: all."""


class WatchHandlers:
    """The handlers of these routes."""

    def __init__(self, world_manager: WorldManager) -> None:
        self._world_manager = world_manager

    async def watch_world(self, request: Request, world: ServedWorld) -> Response:
        """Watch everything that happens in a world, as server-sent events, also while its clock runs.

        The first event is `hello`. Then follow `message` (an MQTT message at one stage of its way), `hub` (a
        hub looks different), `act` (a person sent a command), `hands` (a bench action), `order` (an order to
        the carrier), `fault`, `clock`, `play` and `missed` (events that a simulator did not report). With
        `hub`, which can be repeated, the events about other hubs are left out. A reader that reconnects with
        `Last-Event-ID` misses nothing while the events are kept. When the world is reset, restored or
        removed, the stream ends with `stream_ended`, and the next one begins with another `run`.
        """
        hubs, mark = _hubs(request), read_mark(request)
        if request.method == "HEAD":
            return stream_head()
        lab = self.control(world)
        return WorldStream(lab.watch, hubs, mark, lab.world.plan.http)

    def control(self, world: ServedWorld) -> WorldControl:
        """Return the control of a world. Raises `NotThere`."""
        return self._world_manager.of(world.name)


class WorldStream(StreamResponse[WatchReader]):
    """The events of one world, until the world or the cloud ends."""

    def __init__(
        self,
        watch: WorldWatch,
        hubs: frozenset[str] | None,
        mark: StreamPosition | None,
        settings: HttpSettings,
    ) -> None:
        super().__init__(settings)
        self._watch = watch
        self._hubs = hubs
        self._mark = mark

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's shape)
        """Send events. Raises `TooManyWatchers` before anything is sent."""
        reader = await self._watch.open(self._hubs, self._mark)
        try:
            await self.serve(reader, receive, send)
        finally:
            self._watch.leave(reader)

    def news(self, stream: WatchReader) -> bytes:
        """Return the events that the reader has not sent."""
        return stream.take()


def _hubs(request: Request) -> frozenset[str] | None:
    """Return the hubs of the filter; None without one. Problems: `invalid_request`, `invalid_hub_id`."""
    found: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name != _HUB:
            raise invalid(Mistake(f"?{name}", f"unknown parameter; use `{_HUB}`"))
        found.add(read_hub(value))
    if len(found) > HUBS_MAX:
        raise invalid(Mistake(f"?{_HUB}", f"at most {HUBS_MAX} hubs can be given"))
    return frozenset(found) or None


async def show_faults(lab: WorldControl, _request: Request, _world: ServedWorld) -> Response:
    """List the faults that wait for messages or orders."""
    return json_answer(FaultsView(faults=await armed_faults(lab)))


async def disarm_fault(lab: WorldControl, request: Request, _world: ServedWorld) -> Response:
    """Disarm a fault. Messages that it has held back arrive when they are due."""
    await lab.disarm(in_path(request, "fault"))
    return Response(status_code=204)


async def show_deadlines(lab: WorldControl, request: Request, _world: ServedWorld) -> Response:
    """List what will happen by itself, the next first: in the cloud, at the carrier and in the hubs.

    Without a simulator the list has the deadlines of the cloud.
    """
    asked = read_query(request, DeadlineFilter.__struct_fields__)
    return json_answer(DeadlinesView(deadlines=await deadlines(lab, read_limit(asked.get("limit")))))


async def show_cards(lab: WorldControl, request: Request, world: ServedWorld) -> Response:
    """List the cards in hubs and those with a line at the carrier, by ICCID."""
    asked = ListRequest(request, world, PartFilter.__struct_fields__)
    pager = asked.pager()
    rows = await cards(lab, pager, asked.read(PartFilter).search or "")
    return json_answer(CardsView(cards=rows, next_page=asked.next_page(pager)))


async def show_orders(lab: WorldControl, request: Request, world: ServedWorld) -> Response:
    """List the orders to the carrier, the newest first."""
    asked = ListRequest(request, world, PartFilter.__struct_fields__)
    pager = asked.pager()
    rows = await orders(lab, pager, asked.read(PartFilter).search or "")
    return json_answer(OrdersView(orders=rows, next_page=asked.next_page(pager)))
