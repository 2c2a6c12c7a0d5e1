"""The services of a hub: its tiles, pop-ups and screens, in both clients (guide A, S, U, X)."""

import pytest
from playwright.sync_api import expect
from pro_desk import Desk, LabWorld, Opens

pytestmark = pytest.mark.browser

WORLD = """
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, mila, rita, adam]
  companies:
    wolf:
      owner: olga
      country: PL
      name: Wolf Security
      dealer: yes
      employees: {ivan: installer, mila: service_manager}
  resellers:
    northwatch: {owner: rita, country: PL, name: NorthWatch, dealers: {wolf: approved}}
    cityguard: {owner: adam, country: PL, name: CityGuard, dealers: {wolf: requested}}
  hubs:
    front-door: {model: hub-2-plus, company: wolf, object: villa, links: [ethernet], slots: {1: ajax}}
steps:
  - {clock: +5 min}
"""
SECOND_TILE = "Access to some features may expire if they are not activated"
CLIENTS = pytest.mark.parametrize(
    ("person", "app"),
    [("mila", "pro"), ("ivan", "pro"), ("ivan", "app")],
    ids=["service manager", "installer", "installer in the PRO app"],
)
"""The roles that handle the services, and their clients (guide A2)."""


def at_devices(desk: Desk) -> Desk:
    """Go the path Objects > object > device list."""
    desk.tab("Objects").click()
    desk.client.get_by_role("list", name="Objects").get_by_role("link").first.click()
    return desk


def star(desk: Desk) -> object:
    return desk.client.get_by_role("list", name="Status icons").first.locator("[data-icon=star]")


def at_information(desk: Desk) -> Desk:
    """Go from the device list to the hub information screen."""
    desk.follows("Hub information screen of")
    return desk


def activates(desk: Desk) -> None:
    at_devices(desk).clicks("Activation required", "Activate", "Activate")
    expect(desk.button("Activated")).to_be_visible()


@pytest.mark.walks("A4", "A5", "A6", "A7", "A8")
@CLIENTS
def test_services_are_activated_by_the_tile_in_the_device_list(desk: Opens, person: str, app: str) -> None:
    seen = at_devices(desk(person, app=app))
    expect(star(seen)).to_have_count(0)

    seen.clicks("Activation required")
    form = seen.popup("Ajax Services")
    expect(form.get_by_role("radio", name="Ajax SIM")).to_be_checked()
    expect(form.get_by_role("radio", name="NorthWatch")).to_be_checked()
    seen.clicks("Activate")
    expect(seen.popup("Activate")).to_contain_text("Ajax invoices the chosen Reseller.")
    seen.clicks("Cancel")
    expect(seen.button("Activation required")).to_be_visible()
    expect(star(seen)).to_have_count(0)

    seen.clicks("Activation required", "Activate", "Activate")
    expect(seen.button("Activated")).to_be_visible()
    expect(star(seen)).to_be_visible()
    at_information(seen)
    expect(seen.button("Activated")).to_be_visible()
    expect(star(seen)).to_be_visible()


@pytest.mark.walks("A4", "A7")
def test_services_are_activated_by_the_same_tile_on_the_hub_information_screen(desk: Opens) -> None:
    seen = at_information(at_devices(desk("mila")))

    seen.clicks("Activation required", "Activate", "Activate")

    expect(seen.heading("Device list")).to_have_count(1)
    expect(seen.button("Activated")).to_be_visible()
    expect(star(seen)).to_be_visible()


@pytest.mark.walks("A6")
def test_with_several_resellers_the_user_must_choose(desk: Opens) -> None:
    adam = desk("adam", path="services/requests")
    adam.clicks("Approve Wolf Security", "Approve")
    seen = at_devices(desk("ivan"))

    seen.clicks("Activation required")
    for name in ("NorthWatch", "CityGuard"):
        expect(seen.popup("Ajax Services").get_by_role("radio", name=name)).not_to_be_checked()
    seen.clicks("Activate")
    expect(seen.page.get_by_role("alert")).to_contain_text("reseller_required")
    seen.clicks("Back")
    seen.popup("Ajax Services").get_by_role("radio", name="CityGuard").check()
    seen.clicks("Activate", "Activate")

    expect(seen.button("Activated")).to_be_visible()
    adam.follows("Dashboard")
    expect(adam.client.get_by_role("row").filter(has_text="Ajax SIM")).to_contain_text("1")


@pytest.mark.walks("S2", "S3", "A8")
@CLIENTS
def test_deactivation_leads_to_the_screen_services_will_expire_soon(
    desk: Opens, person: str, app: str
) -> None:
    seen = desk(person, app=app)
    activates(seen)

    seen.clicks("Activated", "Deactivate")
    expect(seen.popup("Deactivate")).to_contain_text("The services end on 1 February 2026.")
    seen.clicks("Cancel")
    expect(seen.button("Activated")).to_be_visible()
    seen.clicks("Activated", "Deactivate", "Deactivate")

    expect(seen.heading("Services will expire soon")).to_be_visible()
    expect(seen.button(SECOND_TILE)).to_be_visible()
    seen.follows("Back to the device list")
    for place in (seen, at_information(seen)):
        expect(place.button("Expires soon")).to_be_visible()
        expect(place.button(SECOND_TILE)).to_be_visible()
        expect(star(place)).to_be_visible()


@pytest.mark.walks("U2", "A8")
@CLIENTS
def test_resuming_leads_to_the_screen_services_activated(desk: Opens, person: str, app: str) -> None:
    seen = desk(person, app=app)
    activates(seen)
    seen.clicks("Activated", "Deactivate", "Deactivate")
    seen.follows("Back to the device list")

    seen.clicks("Expires soon", "Resume", "Cancel")
    expect(seen.button("Expires soon")).to_be_visible()
    seen.clicks("Expires soon", "Resume", "Resume")

    expect(seen.heading("Services activated")).to_be_visible()
    seen.follows("Back to the device list")
    for place in (seen, at_information(seen)):
        expect(place.button("Activated")).to_be_visible()
        expect(place.button(SECOND_TILE)).to_have_count(0)


@pytest.mark.walks("X3", "A8")
@CLIENTS
@pytest.mark.parametrize("expiring", [False, True], ids=["active", "expiring"])
def test_stopping_leads_to_the_device_list_and_cuts_off_the_sim(
    desk: Opens, world: LabWorld, person: str, app: str, expiring: bool
) -> None:
    seen = desk(person, app=app)
    activates(seen)
    tile = "Activated"
    if expiring:
        seen.clicks("Activated", "Deactivate", "Deactivate")
        seen.follows("Back to the device list")
        tile = "Expires soon"

    seen.clicks(tile, "Stop now", "Cancel")
    expect(seen.button(tile)).to_be_visible()
    seen.clicks(tile, "Stop now", "Stop")

    expect(seen.button("Activation required")).to_be_visible()
    expect(star(seen)).to_have_count(0)
    world.advance("PT1H")
    at_information(seen)
    expect(seen.client.get_by_text("cut off", exact=True)).to_be_visible()
    expect(seen.button("Activation required")).to_be_visible()


def test_what_another_person_does_appears_at_once_also_in_an_open_pop_up(desk: Opens) -> None:
    mila, ivan = desk("mila"), desk("ivan", app="app")
    activates(mila)
    at_devices(ivan)
    expect(ivan.button("Activated")).to_be_visible()
    ivan.clicks("Activated", "Deactivate")
    expect(ivan.popup("Deactivate")).to_be_visible()

    mila.clicks("Activated", "Stop now", "Stop")

    expect(ivan.page.get_by_role("alert")).to_contain_text("not_active")
    ivan.page.keyboard.press("Escape")
    expect(ivan.button("Activation required")).to_be_visible()


def test_services_end_on_the_first_in_front_of_the_user(desk: Opens, world: LabWorld) -> None:
    seen = desk("mila")
    activates(seen)
    seen.clicks("Activated", "Deactivate", "Deactivate")
    seen.follows("Back to the device list")
    expect(seen.button("Expires soon")).to_be_visible()

    world.advance("P20D")

    expect(seen.button("Activation required")).to_be_visible()
    expect(star(seen)).to_have_count(0)


def test_a_hub_without_an_ajax_sim_has_no_tile_and_its_activation_is_refused(
    desk: Opens, world: LabWorld
) -> None:
    world.bench(world.hub("hub-2-plus"), {"do": "remove_sim", "slot": 1})
    world.advance("PT5M")
    seen = at_devices(desk("ivan"))
    expect(seen.button("Activation required")).to_have_count(0)

    seen.clicks("Activate Ajax Services", "Activate")

    expect(seen.page.get_by_role("alert")).to_contain_text("sim_not_installed")


def test_the_pop_ups_are_usable_by_keyboard_alone(desk: Opens) -> None:
    seen = at_devices(desk("ivan"))
    tile = seen.button("Activation required")

    tile.focus()
    seen.page.keyboard.press("Enter")
    expect(seen.popup("Ajax Services")).to_be_visible()
    expect(seen.popup("Ajax Services").locator(":focus")).to_have_count(1)
    seen.page.keyboard.press("Escape")

    expect(seen.page.get_by_role("dialog")).to_have_count(0)
    expect(tile).to_be_focused()
