"""The types of the lab's answers: what is sent has every field of its type, and no other."""

import inspect
from typing import Any

import msgspec
import pytest
from lab_play import HUB, OTHER, LabWorld, setup

from hubsim_cloud.http.schemas import schemas
from hubsim_cloud.lab.fleet_list import FleetView
from hubsim_cloud.lab.lab_route import LabRoute
from hubsim_cloud.lab.payloads import (
    CardView,
    CountersView,
    HubsView,
    HubView,
    InvoicesView,
    JournalView,
    MailsView,
    SnapshotsView,
    WorldsView,
)
from hubsim_cloud.lab.people_routes import PeopleView
from hubsim_cloud.lab.routes import LAB_ROUTES
from hubsim_contract.lab.hub_brief import LedColor
from hubsim_contract.lab.shown_state import LedLighting, ShownState
from hubsim_scenarios.hosting.play_routes import PLAY_ROUTES, PlayRoute
from hubsim_simulator.hardware.led import LedColour, LedPattern
from hubsim_simulator.snapshots import HUB_FIELDS

OPEN = {
    ("TraceView", "events"),
    ("HistoryRow", "details"),
    *(("JournalStart", name) for name in ("carrier", "hub")),
    *(("SimulatedSide", name) for name in ("carrier", "hub", "models")),
    ("PlayView", "looks"),
    ("StepSnapshots", "hubs"),
    *(("WorldOrder", name) for name in ("cloud", "carrier", "hub", "models", "market")),
}
"""Groups of settings, with the names of the scenario language; events of a trace and rows of a history;
snapshots of hubs in a play, with the fields that its world has."""
ROUTES: tuple[LabRoute | PlayRoute, ...] = (*LAB_ROUTES, *PLAY_ROUTES)
READERS = ("read_query(", "read_parameters(", "ListRequest(", "_page(request", "_hubs(request)")
"""The functions that read a query string."""
NO_PARAMETERS = "read_query(request, ())"
ANSWERS: dict[str, type[msgspec.Struct]] = {
    f"/hubs/{HUB}": HubView,
    f"/hubs/{OTHER}": HubView,
    "/hubs/0000AAFF": HubView,
    "/hubs": HubsView,
    "/fleet": FleetView,
    "/people": PeopleView,
    "/mailboxes/sales@example.com": MailsView,
    "/invoices": InvoicesView,
    "/counters": CountersView,
    "/sims/89883000000000000011": CardView,
    "/worlds": WorldsView,
    "/snapshots": SnapshotsView,
}


def same(found: Any, kind: type[Any]) -> bool:
    """Return whether a value has exactly the fields of the type, except those with defaults."""
    return bool(as_json(msgspec.json.decode(msgspec.json.encode(found), type=kind)) == as_json(found))


def as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


@pytest.mark.live
async def test_the_answers_of_the_lab_are_of_their_types(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)
    await world.put(setup(OTHER, powered=False))
    await world.add_hub(dealer, "0000AAFF")
    await world.advance(to_ms=1_770_000_000_000)

    found = {path: await world.get(path) for path in ANSWERS}

    assert [path for path, kind in ANSWERS.items() if not same(found[path], kind)] == []
    assert found["/invoices"]["invoices"]
    assert found["/mailboxes/sales@example.com"]["mails"]


@pytest.mark.live
async def test_a_journal_is_of_its_type(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await world.activate(dealer)
    await world.act(HUB, "set_battery", percent=50)

    journal = await world.get("/journal")

    assert same(journal, JournalView)


def test_a_hub_shows_exactly_the_fields_of_its_type() -> None:
    assert tuple(HUB_FIELDS) == ShownState.__struct_fields__


def test_the_words_of_the_led_are_those_of_the_simulator() -> None:
    assert [color.value for color in LedColor] == [colour.value for colour in LedColour]
    assert [pattern.value for pattern in LedLighting] == [pattern.value for pattern in LedPattern]


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: row.handler.__name__)
def test_a_route_that_reads_a_query_string_describes_it(row: LabRoute | PlayRoute) -> None:
    source = inspect.getsource(inspect.unwrap(row.handler)).replace(NO_PARAMETERS, "")
    reads = any(reader in source for reader in READERS)

    assert (row.query is not None or getattr(row, "paged", False)) == reads


def test_only_settings_traces_histories_and_snapshots_of_plays_are_open_objects() -> None:
    kinds = [kind for row in ROUTES for kind in (row.body, row.answer) if isinstance(kind, type)]

    found = {
        (name, field)
        for name, schema in schemas(kinds, {}).items()
        for field, value in schema.get("properties", {}).items()
        if is_open(value)
    }

    assert found == OPEN


def is_open(schema: Any) -> bool:
    """Return whether the schema, or a part of it, is an object with any fields."""
    if isinstance(schema, list):
        return any(map(is_open, schema))
    if not isinstance(schema, dict):
        return False
    anything = schema.get("additionalProperties") in (None, {}, True)
    return (schema.get("type") == "object" and "properties" not in schema and anything) or any(
        map(is_open, schema.values())
    )
