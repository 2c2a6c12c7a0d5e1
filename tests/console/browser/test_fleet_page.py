"""The Fleet page: a grid of all hubs, live, with filters, selection and acts on many hubs."""

import re

import pytest
from console_tab import FRONT_DOOR, MAREK, OLGA, ConsoleTab, NewTab
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


def grid(page: Page) -> Locator:
    found = page.get_by_role("grid", name="Hubs")
    expect(found).to_have_attribute("aria-rowcount", re.compile(r"[2-9]\d|[1-9]\d\d"))
    return found


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row", name=re.compile(name))


def test_hubs_change_while_one_looks(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA, q="willa")
    expect(row(page, "Willa Żurawia")).to_contain_text("100 %")

    tab.call("POST", f"/lab/hubs/{FRONT_DOOR}/actions", {"action": {"do": "set_mains", "present": False}})

    expect(row(page, "Willa Żurawia")).to_contain_text("No mains")
    expect(page.get_by_role("button", name=re.compile("No mains"))).to_contain_text("2")


def test_filters_search_and_order_are_in_the_address(tab: ConsoleTab, new_tab: NewTab) -> None:
    page = tab.open("fleet", OLGA)
    grid(page)

    page.get_by_role("button", name=re.compile("^Activated")).click()
    page.get_by_label("Search hubs").fill("fortis")
    page.get_by_role("columnheader", name="Hub").get_by_role("button").click()

    names = page.locator("[role=rowgroup] a")
    expect(names).to_have_count(4)
    assert names.all_inner_texts() == sorted(names.all_inner_texts(), reverse=True)
    other = new_tab(same=tab).page
    other.goto(page.url)
    expect(other.locator("[role=rowgroup] a")).to_have_count(4)
    assert other.locator("[role=rowgroup] a").all_inner_texts() == names.all_inner_texts()


def test_hubs_are_selected_by_keyboard_and_opened(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)
    table = grid(page)
    table.focus()

    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown"):
        table.press(key)

    expect(page.locator("[role=row][aria-selected=true]")).to_have_count(3)
    expect(page.get_by_text("3 hubs selected")).to_be_visible()
    table.press("Control+a")
    expect(page.get_by_text("21 hubs selected")).to_be_visible()
    table.press("Escape")
    expect(page.locator("[role=row][aria-selected=true]")).to_have_count(0)
    chosen = table.get_attribute("aria-activedescendant")
    table.press("Enter")
    assert chosen is not None
    expect(page).to_have_url(re.compile(f"#/hub/{chosen.rsplit('-', 1)[1]}"))


def test_a_bench_act_reaches_all_selected_hubs(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA, q="hotel")
    expect(page.locator("[role=rowgroup] [role=row]")).to_have_count(2)
    grid_ = page.get_by_role("grid", name="Hubs")
    grid_.focus()
    grid_.press("Control+a")

    page.get_by_role("button", name="Act on the selected").click()
    dialog = page.get_by_role("dialog", name="Act on 2 hubs")
    dialog.get_by_label("Open the lid").check()
    dialog.get_by_role("button", name="Open the lid: 2 hubs").click()

    expect(dialog.get_by_role("status")).to_contain_text("2 hubs done")
    dialog.get_by_role("button", name="Done").click()
    for number in (1, 2):
        expect(row(page, f"Hotel Mirador {number}")).to_contain_text("Lid open")


def test_services_are_stopped_for_the_hubs_that_the_person_may_serve(tab: ConsoleTab) -> None:
    page = tab.open("fleet", MAREK, state="activated")
    expect(page.get_by_role("grid", name="Hubs")).to_have_attribute("aria-rowcount", "10")
    page.get_by_role("grid", name="Hubs").press("Control+a")

    page.get_by_role("button", name="Act on the selected").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Stop now").check()
    dialog.get_by_role("button", name="Stop now: 4 hubs").click()

    expect(dialog.get_by_role("status")).to_contain_text("4 hubs done")
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_role("grid", name="Hubs")).to_have_attribute("aria-rowcount", "6")


def test_refusals_of_many_hubs_are_grouped(tab: ConsoleTab) -> None:
    page = tab.open("fleet", MAREK, q="fortis")
    expect(page.locator("[role=rowgroup] [role=row]").first).to_be_visible()
    page.get_by_role("grid", name="Hubs").press("Control+a")
    page.get_by_role("button", name="Act on the selected").click()
    dialog = page.get_by_role("dialog")

    dialog.get_by_label("Resume").check()
    dialog.get_by_role("button", name=re.compile("Resume: ")).click()

    expect(dialog.get_by_role("status")).to_contain_text("1 hub done")
    expect(dialog.get_by_role("status")).to_contain_text("8 refused")
    expect(dialog.get_by_role("group").first).to_be_visible()


def test_a_hub_that_leaves_the_bench_is_marked_or_gone(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA, q="D90BD34C")
    expect(page.locator("[role=rowgroup] [role=row]")).to_have_count(1)
    page.get_by_role("grid", name="Hubs").press("Control+a")
    page.get_by_role("button", name="Act on the selected").click()
    dialog = page.get_by_role("dialog")

    dialog.get_by_label("Take off the bench").check()
    dialog.get_by_role("button", name="Take off the bench: 1 hub").click()
    expect(dialog.get_by_role("status")).to_contain_text("1 hub done")
    dialog.get_by_role("button", name="Done").click()

    assert "D90BD34C" not in [hub["id"] for hub in tab.call("GET", "/lab/hubs")["hubs"]]
    expect(page.locator("[role=rowgroup] [role=row]").filter(has_text="Not on the bench")).to_have_count(
        page.locator("[role=rowgroup] [role=row]").count()
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_no_accessibility_violations(tab: ConsoleTab, theme: str) -> None:
    page = tab.open("fleet", MAREK, theme=theme)
    grid(page).press("Control+a")
    expect(page.get_by_text("21 hubs selected")).to_be_visible()

    assert tab.violations() == []
    page.get_by_role("button", name="Act on the selected").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert tab.violations(["dialog"]) == []


def test_the_page_fits_a_narrow_screen(new_tab: NewTab) -> None:
    tab = new_tab(viewport={"width": 360, "height": 780})
    page = tab.open("fleet", OLGA)
    grid(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(row(page, "Apteka Pod Lwem").get_by_role("link")).to_be_visible()
