"""The tab Objects: objects, device list, hub information screen, and what people do with a hub."""

import pytest
from playwright.sync_api import expect
from pro_desk import LabWorld, Opens

pytestmark = pytest.mark.browser

WORLD = """
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies:
    wolf: {owner: olga, country: PL, name: Wolf Security, dealer: yes, employees: {ivan: installer}}
  resellers:
    northwatch: {owner: rita, country: PL, name: NorthWatch, dealers: {wolf: approved}}
  hubs:
    front-door: {model: hub-2-plus, company: wolf, object: villa, links: [ethernet], slots: {1: ajax}}
    shed: {model: hub-2, company: wolf, object: barn, links: [ethernet]}
    spare: {model: hub-hybrid, links: [ethernet]}
steps:
  - {clock: +5 min}
"""


def test_an_object_and_a_hub_are_created_and_removed(desk: Opens, world: LabWorld) -> None:
    spare = world.hub("hub-hybrid")
    ivan = desk("ivan", app="app", path="objects")

    ivan.clicks("Create object")
    ivan.fills("Name of the object", "Willa Żurawia")
    ivan.clicks("Create")
    expect(ivan.heading("Willa Żurawia")).to_be_visible()
    ivan.clicks("Add hub")
    ivan.fills("Hub id", "1234")
    ivan.clicks("Add")
    expect(ivan.popup("Add hub").get_by_role("alert")).to_contain_text("invalid_hub_id")
    ivan.fills("Hub id", spare)
    ivan.clicks("Add")
    ivan.follows(f"Hub information screen of {spare}")
    ivan.clicks("Remove hub", "Remove")

    expect(ivan.client.get_by_text("No hub in this object yet.")).to_be_visible()
    ivan.clicks("Delete object", "Delete")
    expect(ivan.client.get_by_role("list", name="Objects")).to_be_visible()
    expect(ivan.client.get_by_text("Willa Żurawia")).to_have_count(0)


def test_objects_are_found_by_their_names(desk: Opens) -> None:
    olga = desk("olga", path="objects")
    expect(olga.client.get_by_role("list", name="Objects").get_by_role("link")).to_have_count(2)

    olga.client.get_by_role("searchbox", name="Search objects").fill("bar")

    expect(olga.client.get_by_role("list", name="Objects").get_by_role("link")).to_have_count(1)
    olga.client.get_by_role("searchbox", name="Search objects").fill("nowhere")
    expect(olga.client.get_by_text("No object matches.")).to_be_visible()


def test_a_hub_is_armed_configured_and_its_history_shown(desk: Opens) -> None:
    ivan = desk("ivan", path="objects")
    ivan.follows("villa", "Hub information screen of")

    ivan.clicks("Arm")
    expect(ivan.button("Disarm")).to_be_visible()
    ivan.clicks("Hub settings")
    ivan.fills("Time between pings", "9")
    ivan.clicks("Save")
    expect(ivan.popup("Hub settings").get_by_role("alert")).to_contain_text("invalid_setting")
    ivan.fills("Time between pings", "30")
    ivan.clicks("Save")
    expect(ivan.client.get_by_text("30 s", exact=True)).to_be_visible()

    ivan.follows("History")
    for fact in ("Hub added", "Hub armed or disarmed", "Hub configured"):
        expect(ivan.client.get_by_text(fact, exact=True).first).to_be_visible()


def test_active_services_forbid_transfer_removal_and_deletion(desk: Opens) -> None:
    olga = desk("olga", path="objects")
    olga.follows("villa")
    olga.clicks("Activation required", "Activate", "Activate")
    expect(olga.button("Activated")).to_be_visible()

    olga.clicks("Delete object", "Delete")
    expect(olga.page.get_by_role("alert")).to_contain_text("has_active_services")
    olga.page.keyboard.press("Escape")
    olga.follows("Hub information screen of")
    olga.clicks("Remove hub", "Remove")
    expect(olga.page.get_by_role("alert")).to_contain_text("has_active_services")
    olga.page.keyboard.press("Escape")
    olga.clicks("Transfer configuration")
    olga.fills("To the hub", olga.page.locator("#pro-targets option").first.get_attribute("value") or "")
    olga.clicks("Transfer")
    expect(olga.page.get_by_role("alert")).to_contain_text("has_active_services")
    olga.page.keyboard.press("Escape")

    olga.tab("Company").click()
    olga.clicks("Delete company", "Delete")
    expect(olga.page.get_by_role("alert")).to_contain_text("has_active_services")


def test_a_change_at_the_hub_appears_on_its_screen_at_once(desk: Opens, world: LabWorld) -> None:
    ivan = desk("ivan", path="objects")
    ivan.follows("villa", "Hub information screen of")
    icons = ivan.client.get_by_role("list", name="Status icons")
    expect(icons.locator("[data-icon=mains]")).to_be_visible()

    world.bench(ivan.page.url.split("/")[-1].split("?")[0], {"do": "set_mains", "present": False})

    expect(icons.locator("[data-icon=no_mains]")).to_be_visible()
