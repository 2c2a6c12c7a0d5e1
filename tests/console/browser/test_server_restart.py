"""The pages continue by themselves when the server was away."""

from pathlib import Path

import pytest
from console_tab import OLGA, ConsoleTab
from playwright.sync_api import Browser, expect

from tools.console.demo_server import DemoServer

pytestmark = pytest.mark.browser


def test_a_banner_is_shown_while_the_server_is_away_and_the_page_continues_after_it(
    console_browser: Browser, tmp_path: Path
) -> None:
    server = DemoServer(state=tmp_path / "state")
    tab = ConsoleTab(console_browser.new_context(), server, world="")
    page = tab.open("fleet", OLGA)
    expect(page.get_by_role("status", name="Connection: live")).to_be_visible()

    server.stop()
    page.get_by_text("The server is away.").wait_for()
    again = DemoServer(port=server.port, state=tmp_path / "state")

    try:
        expect(page.get_by_text("The server is away.")).to_have_count(0, timeout=30_000)
        again.call("POST", "/lab/clock/advance", {"by": "P1D"})
        expect(page.get_by_role("group", name="World time")).to_contain_text("26 March 2026")
    finally:
        again.stop()
        page.context.close()
