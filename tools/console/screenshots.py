"""`python -m tools.console.screenshots`: pictures of all pages of the console in both languages and themes.

They are for the documentation, and for people who look at a change of the pages. The folder is emptied first.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import click
from playwright.sync_api import Browser, Page, sync_playwright

from tools.console.demo_server import ALONE, DemoServer, chromium

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/console"
LANGUAGES = ("en", "pl")
THEMES = ("light", "dark")
FORTIS = {"as": "marek@fortis.example", "company": "company-2"}
"""The owner of a Dealer with many objects."""
INSTALLER = {"as": "kasia@fortis.example", "company": "company-2"}
JEWELLER, CARD = "701F237A", "object-2"
"""A hub with both channels and active services, and its object."""
CABLE = ("unplug", "plug")
SCALE = 0.625
"""The pictures are smaller than the window: 800 by 500 pixels for 1280 by 800."""

PAUSE_MS = 1_500
"""A page has everything on it after this time."""


class Shot(NamedTuple):
    """One page to take a picture of."""

    name: str
    path: str
    query: dict[str, str]
    width: int = 1280
    height: int = 800
    hands: tuple[dict[str, object], ...] = ()
    """Bench actions on the hub while the page is shown."""


SHOTS = (
    Shot("demo", "demo", {"as": "olga@wolf.example", "company": "company-1"}),
    Shot("story", "hub/3390F28D", {"as": "olga@wolf.example", "company": "company-1", "step": "insert"}),
    Shot("pro-objects", "pro/objects", FORTIS),
    Shot("pro-devices", f"pro/objects/{CARD}", FORTIS),
    Shot("pro-services", "pro/services", FORTIS),
    Shot("app", f"app/objects/{CARD}", INSTALLER),
    Shot("hub", f"hub/{JEWELLER}", INSTALLER),
    Shot("inside", "inside/messages", FORTIS, hands=tuple({"do": do, "link": "ethernet"} for do in CABLE)),
    Shot("fleet", "fleet", FORTIS),
    Shot("scenarios", "scenarios", FORTIS),
    Shot("phone", "demo", {"as": "olga@wolf.example", "company": "company-1"}, width=390, height=800),
    Shot("presenter", f"hub/{JEWELLER}", {**INSTALLER, "large": "1"}, width=1920, height=1080),
)


@click.command()
@click.option("--only", multiple=True, help="The name of a picture, such as hub; can be repeated.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, show_default="docs/console"
)
def main(only: tuple[str, ...], folder: Path) -> None:
    """Take pictures of the pages of the console."""
    folder.mkdir(parents=True, exist_ok=True)
    shots = [shot for shot in SHOTS if not only or shot.name in only]
    if not only:
        for old in folder.glob("*.png"):
            old.unlink()
    server = DemoServer()
    try:
        with tempfile.TemporaryDirectory() as home, sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=chromium(), args=ALONE, env={**os.environ, "HOME": home}
            )
            for file in _pictures(browser, server, shots, folder):
                click.echo(file)
            browser.close()
    finally:
        server.stop()


def _pictures(browser: Browser, server: DemoServer, shots: list[Shot], folder: Path) -> Iterator[Path]:
    for shot in shots:
        context = browser.new_context(
            viewport={"width": shot.width, "height": shot.height},
            device_scale_factor=SCALE,
            reduced_motion="reduce",
        )
        page = context.new_page()
        for language in LANGUAGES:
            for theme in THEMES:
                file = folder / f"{shot.name}-{language}-{theme}.png"
                _take(page, server, shot, {"lang": language, "theme": theme}, file)
                yield file
        context.close()


def _take(page: Page, server: DemoServer, shot: Shot, look: dict[str, str], file: Path) -> None:
    page.goto("about:blank")  # an address that differs after the `#` alone would not load the page again
    page.goto(f"{server.url}/console/#/{shot.path}?{urlencode({**shot.query, **look})}")
    page.get_by_role("heading", level=1).first.wait_for()
    page.get_by_role("banner").locator("time").wait_for()
    for action in shot.hands:
        server.call("POST", f"/lab/hubs/{JEWELLER}/actions", {"action": action})
        server.call("POST", "/lab/clock/advance", {"by": "PT1M"})
    page.wait_for_timeout(PAUSE_MS)
    page.screenshot(path=file)


if __name__ == "__main__":
    main()
