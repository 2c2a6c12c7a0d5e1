"""The fixtures of the browser tests: a server for each worker, a browser for each module, a world for each.

A browser has the event loop of its process while it is open, so it does not outlive its module: tests of
other modules on the same worker have their own loops.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from console_tab import STEP_MS, ConsoleTab, NewTab
from playwright.sync_api import Browser, expect, sync_playwright

from tools.console.demo_server import ALONE, DemoServer, chromium

expect.set_options(timeout=STEP_MS)


@pytest.fixture(scope="session")
def demo_server() -> Iterator[DemoServer]:
    server = DemoServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def console_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    home = str(tmp_path_factory.mktemp("home"))  # it writes into its user's home otherwise
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium(), args=ALONE, env={**os.environ, "HOME": home}
        )
        yield browser
        browser.close()


@pytest.fixture
def demo_world(demo_server: DemoServer) -> Iterator[str]:
    """A world like that of the demo, for one test."""
    name = str(demo_server.call("POST", "/lab/worlds", {"seed": "demo"})["name"])
    yield name
    demo_server.call("DELETE", f"/lab/worlds/{name}")


@pytest.fixture
def new_tab(console_browser: Browser, demo_server: DemoServer, demo_world: str) -> Iterator[NewTab]:
    """Open further tabs: `new_tab(viewport=..., color_scheme="dark")`; `same=tab` is in the same browser."""
    tabs: list[ConsoleTab] = []

    def make(*, same: ConsoleTab | None = None, **options: Any) -> ConsoleTab:
        if same is None:
            usual = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
            context = console_browser.new_context(**{**usual, **options})
        else:
            context = same.page.context
        tabs.append(ConsoleTab(context, demo_server, demo_world))
        return tabs[-1]

    yield make
    for tab in tabs:
        tab.page.context.close()
    assert [line for tab in tabs for line in tab.complaints] == []


@pytest.fixture
def tab(new_tab: NewTab) -> ConsoleTab:
    """A tab of the console; the test fails if its page complains."""
    return new_tab()
