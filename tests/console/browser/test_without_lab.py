"""The console of a server without the lab: people sign up and sign in, and see their own pages only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from console_tab import ConsoleTab
from playwright.sync_api import Browser, expect

from tools.console.demo_server import DemoServer

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"  # noqa: S105 (of a test)


@pytest.fixture
def plain_tab(console_browser: Browser, tmp_path: Path) -> Iterator[ConsoleTab]:
    server = DemoServer("up", "--http-port", "0", "--mqtt-port", "0", state=tmp_path / "state")
    tab = ConsoleTab(console_browser.new_context(), server, world="")
    server.call("POST", "/v1/accounts", {"email": "olga@wolf.example", "name": "Olga", "password": PASSWORD})
    yield tab
    tab.page.context.close()
    server.stop()
    assert tab.complaints == []


def test_a_person_signs_in_and_out(plain_tab: ConsoleTab) -> None:
    page = plain_tab.open("pro")
    assert page.get_by_role("link", name="Fleet").count() == 0
    page.get_by_label("E-mail address").fill("olga@wolf.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Wrong credentials")

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("button", name="Who acts").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_a_link_to_a_page_asks_for_the_password_first(plain_tab: ConsoleTab) -> None:
    page = plain_tab.open("pro/objects", lang="pl")

    expect(page.get_by_role("heading", name="Zaloguj się")).to_be_visible()
    assert plain_tab.violations() == []
