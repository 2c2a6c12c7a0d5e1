"""The fixtures of tests of the HTML report in a browser: a browser, a tab without a network, a report."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from reported import EVIL, EVIL_FILE, one_of_each, played, run

from hubsim_scenarios.reports.html import html_report

ALONE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Options that keep the browser from using the network by itself."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    home = str(tmp_path_factory.mktemp("home"))  # it writes into its user's home otherwise
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=ALONE, env={**os.environ, "HOME": home}
        )
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """Messages and errors of the console, and requests to the network."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(10_000)
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: _note_foreign(request.url, complaints))
    yield tab
    context.close()
    assert complaints == []


def _note_foreign(url: str, complaints: list[str]) -> None:
    if not url.startswith("file:"):
        complaints.append(url)


@pytest.fixture
def report(tmp_path: Path) -> str:
    evil = played(
        '{fault: inject, message: desired, hub: villa, payload: "</script><b>x</b>"}',
        title=f'"{EVIL}"',
        file=EVIL_FILE,
    )
    file = tmp_path / "report.html"
    file.write_text(html_report([*one_of_each(), evil], run()), encoding="utf-8")
    return file.as_uri()
