"""A world with services, invoices and mails, and all views of it as values that can be compared."""

from typing import Any

from lab_play import AJAX, HUB, OTHER, Json, LabWorld, Person, setup

from hubsim_contract.lab.bench_actions import CardKind
from hubsim_simulator.hardware.cards import make_card

SECOND_CARD = make_card(CardKind.AJAX, 701)
OF_A_RUN = ("boot", "connection", "sequence", "applied_version", "ask")
"""The fields of a report that differ in a restored world: its hubs boot again, and versions only grow."""


async def busy_world(world: LabWorld) -> Person:
    """Create an active service with an invoice, and one that expires; return the Dealer."""
    dealer = await world.dealer_with_hub()
    await world.put(setup(OTHER, SECOND_CARD))
    await world.add_hub(dealer, OTHER)
    for hub in (HUB, OTHER):
        await world.activate(dealer, hub)
    await world.advance(by="P35D")
    await dealer.send("POST", f"/hubs/{OTHER}/deactivation", {})
    await world.act(HUB, "set_battery", percent=65)
    await world.settle()
    return dealer


def without(fields: Json, *names: str) -> Json:
    return {name: value for name, value in fields.items() if name not in names}


def about_device(record: Json) -> Json:
    """Return the record of a device without numbers and events: its boots are events too."""
    return {
        "online": record["summary"]["online"],
        "desired": without(record["desired"], "version"),
        "report": without(record["report"], *OF_A_RUN),
        "report_findings": record["report_findings"],
        "missing_since_ms": record["missing_since_ms"],
    }


async def snapshot(world: LabWorld) -> Json:
    """Return all views of a world, without values that depend on boots and on positions in the log."""
    found: dict[str, Any] = {"clock": await world.clock_ms()}
    for hub in (HUB, OTHER):
        seen = await world.hub(hub)
        seen["setup"].pop("flash", None)
        seen["applied"].pop("version", None)
        seen["app"].pop("events", None)
        seen["device"] = without(seen["device"], "desired_version", "last_event")
        seen["device"]["reported"] = without(seen["device"]["reported"], *OF_A_RUN)
        seen["messages"] = about_device(seen["messages"]["device"])
        found[hub] = seen
    for card in (AJAX, SECOND_CARD):
        found[card.iccid] = await world.get(f"/sims/{card.iccid}")
    found["invoices"] = await world.get("/invoices")
    found["mails"] = [await world.get(f"/mailboxes/{name}@example.com") for name in ("olga", "sales")]
    return found
