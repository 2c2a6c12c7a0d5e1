"""Every page of PRO Desktop and the PRO app: accessible in both themes, and usable at 360 px."""

import pytest
from playwright.sync_api import expect
from pro_desk import Desk, Opens

pytestmark = pytest.mark.browser

WORLD = """
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, mila, rita, adam, zoe]
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
    back-door: {model: hub-hybrid-4g, company: wolf, object: villa, links: [ethernet], slots: {1: ajax}}
steps:
  - {clock: +5 min}
  - {as: ivan, do: activate, hub: front-door}
  - {as: ivan, do: schedule_deactivation, hub: front-door}
  - {clock: start of next month}
  - {as: ivan, do: activate, hub: front-door}
  - {as: ivan, do: schedule_deactivation, hub: front-door}
"""
PAGES = (
    ("olga", "pro", "company"),
    ("olga", "pro", "company/employees"),
    ("olga", "pro", "company/settings"),
    ("olga", "pro", "company/settings/additional"),
    ("olga", "pro", "company/history"),
    ("olga", "pro", "services/resellers"),
    ("olga", "pro", "services/dashboard"),
    ("adam", "pro", "services/requests"),
    ("rita", "pro", "services/dealers"),
    ("rita", "pro", "services/reseller-dashboard"),
    ("rita", "pro", "services/payments"),
    ("rita", "pro", "mailbox"),
    ("olga", "pro", "sign-up"),
    ("mila", "pro", "objects"),
    ("mila", "pro", "objects/{object}"),
    ("mila", "pro", "objects/{object}/{hub}"),
    ("mila", "pro", "objects/{object}/{hub}/history"),
    ("mila", "pro", "objects/{object}/{hub}/services_will_expire_soon"),
    ("ivan", "app", "objects"),
    ("ivan", "app", "objects/{object}"),
    ("ivan", "app", "objects/{object}/{hub}"),
)
OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def goes(desk: Desk, app: str, path: str) -> None:
    """Show a page once its view is loaded."""
    hub = desk.lab.hub("hub-2-plus")
    row = next(each for each in desk.call("GET", "/lab/fleet")["hubs"] if each["hub"] == hub)
    desk.goes(app, path.format(object=row["object"], hub=hub))
    expect(desk.page.get_by_role("main").get_by_role("heading", level=1)).not_to_be_empty()
    expect(desk.page.locator("[aria-busy=true]")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_mistake_that_axe_finds(desk: Opens, theme: str) -> None:
    desks: dict[str, Desk] = {}

    found = []
    for person, app, path in PAGES:
        if person not in desks:
            desks[person] = desk(person, theme=theme)
        seen = desks[person]
        goes(seen, app, path)
        found += [f"{app}/{path}: {line}" for line in seen.violations(["#main"])]

    assert found == [], "\n".join(found)


def test_no_page_is_wider_than_360_px(desk: Opens) -> None:
    desks: dict[str, Desk] = {}

    wide = []
    for person, app, path in PAGES:
        if person not in desks:
            desks[person] = desk(person, width=360)
        seen = desks[person]
        goes(seen, app, path)
        if seen.page.evaluate(OVERFLOWS):
            wide.append(f"{app}/{path}")

    assert wide == []


def test_the_pop_ups_have_no_mistake_that_axe_finds(desk: Opens) -> None:
    mila = desk("mila")
    goes(mila, "pro", "objects/{object}")

    found = []
    mila.clicks("Expires soon")
    found += mila.violations(["#main"])
    mila.clicks("Stop now")
    expect(mila.popup("Stop now")).to_be_visible()
    found += mila.violations(["#main"])
    mila.page.keyboard.press("Escape")
    mila.clicks("Activation required")
    expect(mila.page.get_by_role("radio").first).to_be_visible()
    found += mila.violations(["#main"])

    assert found == [], "\n".join(found)
