"""The routes of the lab: clock, bench, faults, queries, trace, snapshots and worlds; the same in every world.

They need no token: a cloud serves them on loopback only. Requests of another site's page in a browser on the
same machine are refused, by their `Origin` and `Host` headers.
"""

from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.domain.facts import InvoiceIssued, MailSent
from hubsim_cloud.http.accounts import NewSession
from hubsim_cloud.http.devices import device_stream, device_view
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.problems import Mistake
from hubsim_cloud.http.requests import invalid, read_parameters
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.http.server_sent import MEDIA_TYPE
from hubsim_cloud.http.system_routes import SystemRoute
from hubsim_cloud.lab.contract_rules import RulesView, show_rules
from hubsim_cloud.lab.errors import BadRequest
from hubsim_cloud.lab.examples import LAB_EXAMPLES
from hubsim_cloud.lab.fleet_list import FleetView
from hubsim_cloud.lab.fleet_routes import FleetFilter, show_fleet
from hubsim_cloud.lab.history_routes import FactOrder, HistoryFacts, show_company_history, show_hub_history
from hubsim_cloud.lab.hub_lookup import simulated_hub
from hubsim_cloud.lab.hub_states import AppliedState, AppState, DeviceRecordState
from hubsim_cloud.lab.lab_problems import explained
from hubsim_cloud.lab.lab_route import LabRoute, in_path, in_world, read_sent
from hubsim_cloud.lab.payloads import (
    BenchActionBody,
    CardView,
    ClockView,
    CountersView,
    FaultBody,
    HoldClock,
    HubsView,
    HubView,
    InvoicesView,
    JournalQuery,
    JournalView,
    MailsView,
    MoveClock,
    TraceQuery,
    TraceView,
    WorldsView,
    clock_view,
    journal_view,
)
from hubsim_cloud.lab.people_routes import (
    OperatorSession,
    PeopleFilter,
    PeopleView,
    SessionOrder,
    begin_operator_session,
    begin_session,
    show_people,
)
from hubsim_cloud.lab.records import WorldContent, WorldOrder, WorldRow
from hubsim_cloud.lab.seeding import NO_SEEDS, Seeding, SeedsView, WorldSeeds
from hubsim_cloud.lab.snapshot_routes import SNAPSHOT_ROUTES, SnapshotHandlers
from hubsim_cloud.lab.watch_events import EVENTS
from hubsim_cloud.lab.watch_payloads import ArmedView, CardsView, DeadlinesView, FaultsView, OrdersView
from hubsim_cloud.lab.watch_routes import (
    DeadlineFilter,
    PartFilter,
    WatchFilter,
    disarm_fault,
    show_cards,
    show_deadlines,
    show_faults,
    show_orders,
)
from hubsim_cloud.lab.world_control import WorldControl
from hubsim_cloud.lab.world_manager import WorldManager
from hubsim_contract.clock import LAST_YEAR, LATEST_MS
from hubsim_contract.lab.bench_actions import HubSetup
from hubsim_contract.lab.shown_state import ShownState

LAB = "Lab"


class LabHandlers(SnapshotHandlers):
    """The handlers of the routes."""

    def __init__(self, world_manager: WorldManager, seeds: WorldSeeds = NO_SEEDS) -> None:
        super().__init__(world_manager)
        self._seeding = Seeding(world_manager, seeds)

    # ------------------------------------------------------------------ time

    async def show_clock(self, _request: Request, world: ServedWorld) -> Response:
        """Read the world clock; also possible while it is being moved."""
        return json_answer(clock_view(await self.control(world).read_clock()))

    async def move_clock(self, request: Request, world: ServedWorld) -> Response:
        """Move the world clock forward; every timer on the way fires in order, at its own time.

        The response is sent when cloud, carrier and hubs are idle.
        """
        sent, lab = await read_sent(request, MoveClock), self.control(world)
        await lab.advance(_target_ms(sent, lab))
        return json_answer(clock_view(lab.progress()))

    async def hold_clock(self, request: Request, world: ServedWorld) -> Response:
        """Hold the world clock, or release it to run with real time."""
        sent = await read_sent(request, HoldClock)
        return json_answer(clock_view(await self.control(world).hold(held=sent.held)))

    async def settle(self, _request: Request, world: ServedWorld) -> Response:
        """Wait until the world is idle at this instant."""
        return json_answer(clock_view(await self.control(world).settle()))

    # ------------------------------------------------------------------ the bench

    async def show_hubs(self, _request: Request, world: ServedWorld) -> Response:
        """List the hubs on the bench, with their setup."""
        return json_answer(HubsView(hubs=await self.control(world).hub_setups()))

    async def put_hub(self, request: Request, world: ServedWorld) -> Response:
        """Put a simulated hub on the bench."""
        setup = await read_sent(request, HubSetup)
        await self.control(world).put(setup)
        return json_answer(setup, 201)

    async def take_hub(self, request: Request, world: ServedWorld) -> Response:
        """Take a hub off the bench; its cards leave with it.

        Its connection ends as in a power failure. The cloud keeps what it knows of the hub. To bring the same
        hub back later, read its setup before, and put it again with its `flash`. A hub with
        which the simulator was started is there again when it starts again.
        """
        await self.control(world).take(in_path(request, "hub"))
        return Response(status_code=204)

    async def show_hub(self, request: Request, world: ServedWorld) -> Response:
        """Read a hub in all views: app, report, device, messages, and a simulated one itself with its setup.

        A hub that is not on the bench can be any one, also one that has never connected.
        """
        lab, hub = self.control(world), in_path(request, "hub")
        shown = await simulated_hub(lab, hub)
        view = HubView(
            app=msgspec.convert(lab.app(hub), AppState),
            applied=msgspec.convert(lab.applied(hub), AppliedState),
            device=msgspec.convert(lab.device(hub), DeviceRecordState),
            messages=device_view(request, world, hub),
            shows=None if shown is None else msgspec.convert(shown.shows, ShownState),
            setup=None if shown is None else shown.setup,
        )
        return json_answer(view)

    async def watch_hub(self, request: Request, world: ServedWorld) -> Response:
        """Watch the verdicts on the messages of any hub, as server-sent events.

        The same stream as the operator's, `/v1/operator/hubs/{hub}/device/messages`.
        """
        return device_stream(request, world, self.control(world).world.plan.http)

    async def perform_bench_action(self, request: Request, world: ServedWorld) -> Response:
        """Perform a bench action on a hub: cards, cables, power, lid, coverage."""
        sent = await read_sent(request, BenchActionBody)
        await self.control(world).perform(in_path(request, "hub"), sent.action)
        return Response(status_code=204)

    async def inject_fault(self, request: Request, world: ServedWorld) -> Response:
        """Inject a fault: into the next messages, or into a connection.

        The response is 201 with an id for a fault that waits for messages or orders, and 204 for others.
        """
        sent = await read_sent(request, FaultBody)
        name = await self.control(world).inject(sent.what)
        return Response(status_code=204) if name is None else json_answer(ArmedView(id=name), 201)

    # ------------------------------------------------------------------ queries

    async def show_card(self, request: Request, world: ServedWorld) -> Response:
        """Read the carrier's record of a card."""
        return json_answer(await self.control(world).card(in_path(request, "iccid")))

    async def show_mails(self, request: Request, world: ServedWorld) -> Response:
        """Read the mails of an address."""
        mails = self.control(world).mailbox(in_path(request, "address"))
        return json_answer(MailsView(mails=msgspec.convert(mails, list[MailSent])))

    async def show_invoices(self, _request: Request, world: ServedWorld) -> Response:
        """List all invoices."""
        invoices = msgspec.convert(self.control(world).invoices(), list[InvoiceIssued])
        return json_answer(InvoicesView(invoices=invoices))

    async def show_counters(self, _request: Request, world: ServedWorld) -> Response:
        """Read the number of messages that cloud and carrier have refused."""
        return json_answer(await self.control(world).counters())

    async def show_trace(self, request: Request, world: ServedWorld) -> Response:
        """Read the events of a world other than the main one, `after` a number of events."""
        asked = read_parameters(request, TraceQuery)
        number, events = self.control(world).trace.since(asked.after)
        return json_answer({"events": events, "next": number})

    async def show_journal(self, request: Request, world: ServedWorld) -> Response:
        """Read the journal of a world other than the main one, `after` a number of entries.

        With `wait_s` the response is sent when there are more entries, or after `wait_s` seconds.
        """
        asked = read_parameters(request, JournalQuery)
        journal = self.control(world).journal
        if journal is None:
            raise BadRequest("no_journal", "the main world has no journal: open another world")
        await journal.more(asked.after, asked.wait_s)
        return json_answer(journal_view(journal, asked.after))

    # ------------------------------------------------------------------ worlds

    async def reset_world(self, request: Request, world: ServedWorld) -> Response:
        """Reset the world: it is empty afterwards, and its clock stays where it is.

        With a `seed` or a `file` it has their content, and its clock starts at their instant.
        """
        return json_answer(await self._seeding.reset(world.name, await read_sent(request, WorldContent)))

    async def show_seeds(self, _request: Request, _world: ServedWorld) -> Response:
        """List the world files of this server, from which worlds can start."""
        return json_answer(self._seeding.seeds())

    async def show_worlds(self, _request: Request, _world: ServedWorld) -> Response:
        """List all worlds of this cloud."""
        return json_answer(WorldsView(worlds=await self._world_manager.worlds()))

    async def open_world(self, request: Request, _world: ServedWorld) -> Response:
        """Open another world, with its own clock, users, carrier and hubs, at `/worlds/{name}`."""
        return json_answer(await self._seeding.open(await read_sent(request, WorldOrder)), 201)

    async def remove_world(self, request: Request, _world: ServedWorld) -> Response:
        """Remove a world with everything in it."""
        await self._world_manager.remove(in_path(request, "world"))
        return Response(status_code=204)


LAB_ROUTES: tuple[LabRoute, ...] = (
    LabRoute("GET", "/lab/clock", LabHandlers.show_clock, 200, None, ClockView),
    LabRoute("PUT", "/lab/clock", LabHandlers.hold_clock, 200, HoldClock, ClockView),
    LabRoute("POST", "/lab/clock/advance", LabHandlers.move_clock, 200, MoveClock, ClockView),
    LabRoute("POST", "/lab/settle", LabHandlers.settle, 200, None, ClockView),
    LabRoute("GET", "/lab/people", in_world(show_people), 200, None, PeopleView, PeopleFilter, paged=True),
    LabRoute("POST", "/lab/people/{email}/session", in_world(begin_session), 201, SessionOrder, NewSession),
    LabRoute("POST", "/lab/operator/session", in_world(begin_operator_session), 201, None, OperatorSession),
    LabRoute("GET", "/lab/fleet", in_world(show_fleet), 200, None, FleetView, FleetFilter, paged=True),
    LabRoute("GET", "/lab/hubs", LabHandlers.show_hubs, 200, None, HubsView),
    LabRoute("POST", "/lab/hubs", LabHandlers.put_hub, 201, HubSetup, HubSetup),
    LabRoute("GET", "/lab/hubs/{hub}", LabHandlers.show_hub, 200, None, HubView),
    LabRoute("DELETE", "/lab/hubs/{hub}", LabHandlers.take_hub, 204, None, None),
    LabRoute(
        "GET",
        "/lab/hubs/{hub}/history",
        in_world(show_hub_history),
        200,
        None,
        HistoryFacts,
        FactOrder,
        paged=True,
    ),
    LabRoute(
        "GET",
        "/lab/companies/{company}/history",
        in_world(show_company_history),
        200,
        None,
        HistoryFacts,
        FactOrder,
        paged=True,
    ),
    LabRoute("GET", "/lab/rules", in_world(show_rules), 200, None, RulesView),
    LabRoute("GET", "/lab/hubs/{hub}/messages", LabHandlers.watch_hub, 200, None, MEDIA_TYPE),
    LabRoute("POST", "/lab/hubs/{hub}/actions", LabHandlers.perform_bench_action, 204, BenchActionBody, None),
    LabRoute("POST", "/lab/faults", LabHandlers.inject_fault, 201, FaultBody, ArmedView, may_be_empty=True),
    LabRoute("GET", "/lab/faults", in_world(show_faults), 200, None, FaultsView),
    LabRoute("DELETE", "/lab/faults/{fault}", in_world(disarm_fault), 204, None, None),
    LabRoute("GET", "/lab/deadlines", in_world(show_deadlines), 200, None, DeadlinesView, DeadlineFilter),
    LabRoute("GET", "/lab/cards", in_world(show_cards), 200, None, CardsView, PartFilter, paged=True),
    LabRoute("GET", "/lab/orders", in_world(show_orders), 200, None, OrdersView, PartFilter, paged=True),
    LabRoute("GET", "/lab/watch", LabHandlers.watch_world, 200, None, MEDIA_TYPE, WatchFilter, events=EVENTS),
    LabRoute("GET", "/lab/sims/{iccid}", LabHandlers.show_card, 200, None, CardView),
    LabRoute("GET", "/lab/mailboxes/{address}", LabHandlers.show_mails, 200, None, MailsView),
    LabRoute("GET", "/lab/invoices", LabHandlers.show_invoices, 200, None, InvoicesView),
    LabRoute("GET", "/lab/counters", LabHandlers.show_counters, 200, None, CountersView),
    LabRoute("GET", "/lab/trace", LabHandlers.show_trace, 200, None, TraceView, TraceQuery),
    LabRoute("GET", "/lab/journal", LabHandlers.show_journal, 200, None, JournalView, JournalQuery),
    *SNAPSHOT_ROUTES,
    LabRoute("POST", "/lab/reset", LabHandlers.reset_world, 200, WorldContent, WorldRow),
    LabRoute("GET", "/lab/seeds", LabHandlers.show_seeds, 200, None, SeedsView),
    LabRoute("GET", "/lab/worlds", LabHandlers.show_worlds, 200, None, WorldsView),
    LabRoute("POST", "/lab/worlds", LabHandlers.open_world, 201, WorldOrder, WorldRow),
    LabRoute("DELETE", "/lab/worlds/{world}", LabHandlers.remove_world, 204, None, None),
)


def lab_routes(world_manager: WorldManager, seeds: WorldSeeds = NO_SEEDS) -> tuple[SystemRoute, ...]:
    """Return the routes of a lab; `seeds` reads world files."""
    at = LabHandlers(world_manager, seeds)
    return tuple(
        SystemRoute(
            method=row.method,
            path=row.path,
            handler=explained(partial(row.handler, at), row.handler),
            tag=LAB,
            status=row.status,
            body=row.body,
            answer=row.answer,
            events=row.events,
            may_be_empty=row.may_be_empty,
            body_limit_bytes=row.body_limit_bytes,
            query=row.query,
            paged=row.paged,
            example=LAB_EXAMPLES.get(row.handler.__name__),
        )
        for row in LAB_ROUTES
    )


def _target_ms(sent: MoveClock, lab: WorldControl) -> int:
    if (sent.to is None) == (sent.by is None):
        raise invalid(Mistake("", "give one of `to` and `by`"))
    if sent.by is not None:
        target_ms = lab.progress().world_ms + round(sent.by.total_seconds() * 1000)
    else:
        assert sent.to is not None
        if sent.to.tzinfo is None:
            raise invalid(Mistake("/to", "the offset from UTC is missing, such as Z or +01:00"))
        target_ms = round(sent.to.timestamp() * 1000)
    if target_ms > LATEST_MS:
        raise invalid(Mistake("", f"the clock cannot be moved past 1 December {LAST_YEAR}"))
    return target_ms
