"""The Scenarios page: the catalog, plays with breakpoints, time travel, and files from the disk."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from console_tab import OLGA, ConsoleTab, DemoServer
from playwright.sync_api import Browser, Page, expect

from hubsim_scenarios.product.files import CATALOG

pytestmark = pytest.mark.browser
CABLE = "826-any-link-and-any-slot"
JOURNEY = "001-first-login-to-stop-now"
FAST = "0"


@pytest.fixture(autouse=True)
def plays(demo_server: DemoServer) -> Iterator[None]:
    """Remove the plays of the test."""
    yield
    for play in demo_server.call("GET", "/lab/plays")["plays"]:
        demo_server.call("DELETE", f"/lab/plays/{play['play']}")


def open_scenario(tab: ConsoleTab, id_: str, **query: str) -> Page:
    page = tab.open(f"scenarios/{id_}", OLGA, **query)
    expect(page.get_by_role("region", name="Source")).to_be_visible()
    page.get_by_label("Pace of the play").select_option(FAST)
    return page


def drop(page: Page, name: str, content: str) -> None:
    """Drop a file on the page."""
    transfer = page.evaluate_handle(
        "([name, text]) => {"
        " const data = new DataTransfer(); data.items.add(new File([text], name)); return data; }",
        [name, content],
    )
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})


def test_the_catalog_is_found_by_clause_tag_and_words(tab: ConsoleTab) -> None:
    page = tab.open("scenarios", OLGA)
    count = page.get_by_text(re.compile(r"^\d+ scenarios$"))
    expect(count).to_have_text(f"{len(list(CATALOG.glob('*.yaml')))} scenarios")

    page.get_by_label("Clause of the guide").select_option("X4")
    page.get_by_label("Search scenarios").fill("dealer delete")

    expect(
        page.get_by_role("link", name="A Dealer company cannot be deleted while services run")
    ).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Tag", exact=True).select_option("modem")
    expect(count).not_to_have_text(f"{len(list(CATALOG.glob('*.yaml')))} scenarios")
    assert "tag=modem" in page.url


def test_a_play_shows_its_verdict_and_each_step_can_be_looked_at(tab: ConsoleTab) -> None:
    page = open_scenario(tab, JOURNEY)

    page.get_by_role("button", name="Play", exact=True).click()

    state = page.get_by_role("region", name="The play")
    expect(state).to_contain_text("All steps passed", timeout=60_000)
    expect(state).to_contain_text("step 36 of 36")
    travel = page.get_by_role("slider", name="Step of the play")
    hubs = page.get_by_role("group", name="The hubs after this step")
    expect(hubs).to_contain_text("Activation required")
    expect(hubs).to_contain_text("Hub 2 Plus")
    travel.press("Home")
    expect(page.get_by_text("at the beginning")).to_be_visible()
    expect(hubs).to_contain_text("no tile")


def test_a_play_pauses_at_a_breakpoint_steps_and_continues(tab: ConsoleTab) -> None:
    page = open_scenario(tab, JOURNEY)
    page.get_by_role("button", name="Breakpoint at line 25").click()
    expect(page).to_have_url(re.compile("break=25"))

    page.get_by_role("button", name="Play", exact=True).click()

    state = page.get_by_role("region", name="The play")
    expect(state).to_contain_text("paused")
    expect(state).to_contain_text("Paused before: add employee")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(state).to_contain_text("step 7 of 36")
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(state).to_contain_text("All steps passed", timeout=60_000)


def test_a_play_is_stopped_and_its_world_can_be_shown(tab: ConsoleTab) -> None:
    page = open_scenario(tab, JOURNEY)
    page.get_by_role("button", name="Step", exact=True).click()
    state = page.get_by_role("region", name="The play")
    expect(state).to_contain_text("paused")

    page.get_by_role("button", name="Show this world in the console").click()
    expect(page.get_by_role("group", name="World time")).to_contain_text("15 January 2026")
    page.get_by_role("button", name="Stop", exact=True).click()

    expect(state).to_contain_text("stopped")


def test_a_play_that_begins_elsewhere_is_followed(tab: ConsoleTab) -> None:
    page = tab.open(f"scenarios/{JOURNEY}", OLGA, world="")
    expect(page.get_by_role("region", name="Source")).to_be_visible()
    expect(page.get_by_role("status", name="Connection: live")).to_be_visible()

    play = tab.server.call("POST", "/lab/plays", {"scenario": JOURNEY, "pause": True})

    expect(page.get_by_role("region", name="The play")).to_contain_text("Paused before: create company")
    assert play["play"] in page.url


def test_a_file_that_was_saved_with_a_mistake_shows_it(console_browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "journey.yaml"
    file.write_bytes((CATALOG / f"{CABLE}.yaml").read_bytes())
    server = DemoServer("run", "--ui", "--no-browser", "--port", "0", str(file))
    try:
        tab = ConsoleTab(console_browser.new_context(), server, "")
        page = tab.open("scenarios/own-journey")
        expect(page.get_by_role("region", name="Source")).to_be_visible()

        file.write_text("steps: none\n", encoding="utf-8")
        page.evaluate("dispatchEvent(new Event('focus'))")

        expect(page.get_by_role("region", name="Mistakes in the file")).to_be_visible()
        assert tab.complaints == []
        page.context.close()
    finally:
        server.stop()


def test_a_play_that_ended_has_steps_messages_and_a_report(tab: ConsoleTab) -> None:
    page = open_scenario(tab, CABLE)
    page.get_by_role("button", name="Play", exact=True).click()
    report = page.get_by_role("link", name="Open the report")
    expect(report).to_be_visible(timeout=60_000)

    address = report.get_attribute("href")
    assert address is not None
    page.get_by_role("link", name="Steps and messages").click()

    expect(page.locator("[data-row]").first).to_be_visible()
    assert tab.server.client.get(address).text.startswith("<!doctype html>")


def test_a_trace_and_results_are_opened_from_the_disk(tab: ConsoleTab) -> None:
    began = {
        "event": "play_began",
        "at_ms": 0,
        "format": 1,
        "scenario": "A cable is pulled",
        "seed": 1,
        "zone": "UTC",
    }
    act = {"event": "act", "at_ms": 5, "who": "ivan", "do": "stop_now"}
    ended = {"event": "play_ended", "at_ms": 9, "verdict": "fail", "reason": "tile is none"}
    page = tab.open("scenarios", OLGA)

    drop(page, "run.jsonl", "\n".join(map(json.dumps, (began, act, ended))))

    expect(page.get_by_role("heading", name="A cable is pulled")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("ivan → cloud: stop now"))).to_be_visible()
    results = {"format": 1, "plays": []}
    page.get_by_label("File with results or a trace").set_input_files(
        {"name": "results.json", "mimeType": "application/json", "buffer": json.dumps(results).encode()}
    )
    expect(page.get_by_role("alert")).to_contain_text("results.json: the file has no play")
    expect(page.get_by_role("heading", name="A cable is pulled")).to_be_visible()


def test_a_bad_file_gets_a_message_with_its_line(tab: ConsoleTab) -> None:
    page = tab.open("scenarios", OLGA)

    drop(page, "notes.txt", '{"event": "act", "at_ms": 1, "who": "ivan"}\n{"event": "act"')

    expect(page.get_by_role("alert")).to_contain_text("notes.txt:1: 'act' is before the head of a play")


def test_an_unknown_scenario_gets_a_message(tab: ConsoleTab) -> None:
    page = tab.open("scenarios/001-first-logn", OLGA)

    expect(page.get_by_role("alert")).to_contain_text("unknown scenario")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["scenarios", f"scenarios/{JOURNEY}", "scenarios/~file"])
def test_the_pages_have_no_accessibility_violations(tab: ConsoleTab, path: str, theme: str) -> None:
    page = tab.open(path, OLGA, theme=theme)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Reading the scenarios")).to_have_count(0)

    assert tab.violations() == []
