"""Addresses of things that are not there: each has a page about it, with a way to continue."""

import re

import pytest
from console_tab import OLGA, ConsoleTab, DemoPerson
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("who", [OLGA, None])
def test_an_unknown_world_offers_the_worlds_that_exist(tab: ConsoleTab, who: DemoPerson | None) -> None:
    page = tab.open("fleet", who, world="spring")

    page.get_by_role("heading", name="There is no world spring", exact=True).wait_for()
    expect(page.get_by_role("button", name=tab.world)).to_be_visible()
    assert tab.violations() == []
    page.get_by_role("button", name="Main world").click()

    expect(page.get_by_role("heading", name="Fleet", exact=True)).to_be_visible()
    expect(page.get_by_role("group", name="World time")).to_contain_text("2026")


def test_an_unknown_page_offers_all_pages(tab: ConsoleTab) -> None:
    page = tab.open("flet/3390F28D", OLGA)

    page.get_by_role("heading", name="There is no such page").wait_for()
    expect(page.get_by_role("alert")).to_contain_text("#/flet/3390F28D")
    expect(page).to_have_title(re.compile("^There is no such page"))
    assert tab.violations() == []
    page.get_by_role("navigation", name="All pages").get_by_role("link", name="Fleet").click()

    expect(page.get_by_role("heading", name="Fleet", exact=True)).to_be_visible()


def test_an_unknown_page_is_described_in_polish(tab: ConsoleTab) -> None:
    page = tab.open("flet", OLGA, lang="pl")

    expect(page.get_by_role("heading", name="Nie ma takiej strony")).to_be_visible()


@pytest.mark.parametrize(
    ("hub", "text"),
    [("0000AAFF", "This world has no hub 0000AAFF"), ("shed", "no hub shed is on this bench")],
)
def test_an_unknown_hub_leads_to_all_hubs(tab: ConsoleTab, hub: str, text: str) -> None:
    page = tab.open(f"hub/{hub}", OLGA)

    expect(page.get_by_role("alert").filter(has_text=text)).to_be_visible()
    assert tab.violations() == []
    page.get_by_role("link", name="Show all hubs").click()

    expect(page.get_by_role("main")).to_contain_text("3390F28D")
