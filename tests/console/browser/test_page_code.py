"""The code of a page is loaded with the page; another build on the server never leaves a dead page."""

import re

import pytest
from console_tab import MAREK, ConsoleTab
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

FLEET = re.compile(r"/console/assets/fleet-[^/]+\.js$")
INDEX = re.compile(r"/console/$")


def refuse(page: Page) -> None:
    """Answer requests for the code of Fleet as a server that does not have the file."""
    page.route(FLEET, lambda route: route.fulfill(status=404))


def show_fleet(page: Page) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Fleet").click()


def test_a_page_of_an_older_build_is_loaded_from_the_newer_one(tab: ConsoleTab) -> None:
    page = tab.page
    refuse(page)

    def newer(route: Route) -> None:
        """Answer the question for the index, not the load of the page."""
        if route.request.resource_type == "fetch":
            page.unroute(FLEET)
            route.fulfill(body='<script src="/console/assets/index-newer000.js"></script>')
        else:
            route.continue_()

    page.route(INDEX, newer)
    tab.open("fleet", MAREK)

    expect(page.get_by_role("heading", level=1)).to_have_text("Fleet")
    expect(page.get_by_role("grid")).to_be_visible()
    assert page.evaluate("performance.getEntriesByType('navigation')[0].type") == "reload"


def test_a_page_that_cannot_be_loaded_has_a_way_on(tab: ConsoleTab) -> None:
    page = tab.page
    refuse(page)
    tab.open("fleet", MAREK)

    alert = page.get_by_role("main").get_by_role("alert")
    expect(alert).to_contain_text("This page could not be loaded from the server.")
    assert tab.violations(["main"]) == []
    page.unroute(FLEET)
    alert.get_by_role("button", name="Load again").click()

    expect(page.get_by_role("grid")).to_be_visible()


def test_the_other_pages_need_no_request_later(tab: ConsoleTab) -> None:
    with tab.page.expect_response(FLEET):
        tab.open("demo", MAREK)
    expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
    refuse(tab.page)

    show_fleet(tab.page)

    expect(tab.page.get_by_role("grid")).to_be_visible()
