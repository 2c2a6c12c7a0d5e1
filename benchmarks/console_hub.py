"""The page of a hub: the time from a bench action to the pixels, and the size of a report without plays.

The built console runs in Chromium on a running `hubsim demo`. The page itself measures: from the click on the
lid to the first frame after the drawing shows it, through API, simulator and stream of events.
"""

import asyncio
import statistics
from datetime import UTC, datetime

import msgspec
from playwright.async_api import Page, async_playwright

from hubsim_scenarios.reports.html import html_report
from hubsim_scenarios.reports.play_record import run_facts
from tools.console.demo_server import ALONE, DemoServer, chromium

HUB = "62359E76"
"""A hub of the demo."""
ACTS = 60
WARM_UP = 10
_ONE_ACT = """() => new Promise(done => {
  const lid = document.querySelector('[role=switch][aria-label="Lid open"]');
  const before = lid.getAttribute('aria-checked');
  const began = performance.now();
  const watch = new MutationObserver(() => {
    if (lid.getAttribute('aria-checked') === before) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  });
  watch.observe(lid, { attributes: true });
  lid.dispatchEvent(new MouseEvent('click', { bubbles: true }));
})"""
"""An act is done when the frame with its change has been drawn."""


class HubPageCost(msgspec.Struct, frozen=True):
    """The figures of the page of a hub."""

    median_ms: float
    """From the action to the pixels."""
    slowest_ms: float
    """The slowest of `ACTS`."""
    report_kb: float
    """The size of a report without plays, in 1,000 bytes."""


async def measure() -> HubPageCost | None:
    """Return the figures; None without Chromium."""
    try:
        program = chromium()
    except FileNotFoundError:
        return None
    server = DemoServer()
    try:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=program, args=ALONE)
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await page.goto(f"{server.url}/console/#/hub/{HUB}?lang=en")
            await page.get_by_role("switch", name="Lid open").wait_for()
            acts = [await _act(page) for _ in range(WARM_UP + ACTS)][WARM_UP:]
            await browser.close()
    finally:
        server.stop()
    return HubPageCost(statistics.median(acts), max(acts), _report_kb())


def show(cost: HubPageCost | None) -> None:
    """Print the figures."""
    if cost is None:
        print("console: the page of a hub was not measured, Chromium is not installed")
        return
    print(
        f"console, page of a hub: {cost.median_ms:.0f} ms from a bench action to the pixels at the median "
        f"(target 100), {cost.slowest_ms:.0f} ms at most; a report without plays has {cost.report_kb:.0f} kB"
    )


async def _act(page: Page) -> float:
    """Return the milliseconds of one action. Changes of the one before are not coalesced with it."""
    await asyncio.sleep(0.15)
    return float(await page.evaluate(_ONE_ACT))


def _report_kb() -> float:
    facts = run_facts(
        version="0", seed=1, world="virtual", where="", command="", began_at=datetime.now(UTC), took_s=0
    )
    return len(html_report([], facts).encode()) / 1000


if __name__ == "__main__":
    show(asyncio.run(measure()))
