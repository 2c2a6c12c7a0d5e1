"""The Demo page: the whole story by one key, manually, from a chapter on, and from the start again."""

import re

import pytest
from console_tab import FRONT_DOOR, OLGA, ConsoleTab, NewTab
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
LED_AFTER = {"insert": "green", "white": "white", "unplug": "green", "repair": "white", "midnight": "green"}
"""The colour of the logo on the page after a step, as the step's text says."""


def wait_until_done(page: Page) -> None:
    """Wait until the step that is shown was done; some move the clock or play a scenario."""
    state = page.locator("[data-story-phase]")
    expect(state).to_have_attribute("data-story-phase", "done", timeout=60_000)


def test_one_key_leads_through_the_whole_story_to_pass(tab: ConsoleTab) -> None:
    page = tab.open("demo", OLGA)
    story = tab.server.client.get("/console/story.json").json()
    steps = [step for chapter in story["chapters"] for step in chapter["steps"]]
    page.get_by_role("button", name="Begin the story").wait_for()

    for step in steps:
        page.keyboard.press(" " if step is steps[0] else "ArrowRight")
        page.wait_for_url(f"**step={step['id']}*")
        wait_until_done(page)
        if step["id"] in LED_AFTER:
            expect(page.locator(f"[data-led={LED_AFTER[step['id']]}]")).to_have_count(1)

    expect(page.get_by_role("region", name="Historia")).to_contain_text("Wynik to PASS.")
    page.wait_for_url(re.compile("#/scenarios/001-first-login-to-stop-now/[^/?]+"))
    expect(page.get_by_role("main")).to_contain_text("krok 36 z 36")
    hub = tab.call("GET", f"/lab/hubs/{FRONT_DOOR}")
    assert hub["app"]["tile"] == "activation_required"


def test_a_chapter_is_reached_at_once_and_returned_to(tab: ConsoleTab) -> None:
    page = tab.open("demo", OLGA)

    page.get_by_role("button", name="Go to here Activated").click()
    page.wait_for_url("**step=activate*")
    wait_until_done(page)
    assert tab.call("GET", f"/lab/hubs/{FRONT_DOOR}")["app"]["tile"] == "activated"

    page.get_by_role("link", name="Demo").click()
    page.get_by_role("button", name="Return to here Without an Ajax SIM").click()

    page.wait_for_url("**step=refused*")
    wait_until_done(page)
    assert tab.call("GET", f"/lab/hubs/{FRONT_DOOR}")["app"]["tile"] == "none"


def test_the_console_waits_for_a_presenter_who_acts_manually(tab: ConsoleTab) -> None:
    page = tab.open("demo", OLGA)
    page.get_by_role("button", name="Begin the story").click()
    page.get_by_label("Manually").check()

    page.get_by_role("button", name="Next step").click()

    page.get_by_text("Now it is your turn").wait_for()
    assert tab.call("GET", "/lab/fleet?search=Wolf")["hubs"]
    page.get_by_role("button", name="Do it").click()
    wait_until_done(page)


def test_a_step_that_was_not_done_waits_after_a_reload(tab: ConsoleTab) -> None:
    page = tab.open("demo", OLGA)
    page.get_by_role("button", name="Begin the story").click()
    page.get_by_label("Manually").check()
    page.get_by_role("button", name="Next step").click()
    page.get_by_text("Now it is your turn").wait_for()

    page.reload()

    page.get_by_text("Now it is your turn").wait_for()
    expect(page.get_by_label("Manually")).to_be_checked()
    page.get_by_role("button", name="Do it").click()
    wait_until_done(page)
    page.go_back()
    page.go_forward()
    page.wait_for_url("**step=enrol*")
    expect(page.get_by_role("button", name="Do it")).to_have_count(0)


def test_a_link_shows_the_same_step_to_others(tab: ConsoleTab, new_tab: NewTab) -> None:
    page = tab.open("demo", OLGA)
    page.get_by_role("button", name="Begin the story").click()
    page.wait_for_url("**step=no-tab*")

    other = new_tab()
    other.page.goto(page.url)

    expect(other.page.get_by_role("region", name="Story")).to_contain_text("Olga owns Wolf Security.")


def test_a_second_tab_begins_the_story_in_the_first_world(tab: ConsoleTab, new_tab: NewTab) -> None:
    page = tab.open("demo", OLGA)
    page.get_by_role("button", name="Go to here A Reseller approves").click()
    page.wait_for_url("**step=request*")
    wait_until_done(page)

    other = new_tab().open("demo", OLGA, world=tab.world)
    other.get_by_role("button", name="Start from the beginning").click()
    other.wait_for_url("**step=no-tab*")
    wait_until_done(other)
    other.keyboard.press("ArrowRight")
    other.wait_for_url("**step=enrol*")

    wait_until_done(other)


def test_a_refusal_leaves_with_its_step(tab: ConsoleTab) -> None:
    page = tab.open("demo", OLGA)
    page.get_by_role("button", name="Go to here Without an Ajax SIM").click()
    page.wait_for_url("**step=refused*")
    wait_until_done(page)
    messages = page.get_by_role("log", name="Messages")
    messages.get_by_text("sim_not_installed").wait_for()

    page.keyboard.press("ArrowRight")

    page.wait_for_url("**step=insert*")
    expect(messages.get_by_text("sim_not_installed")).to_have_count(0, timeout=3_000)


def test_the_page_has_half_of_a_projector_during_the_story(new_tab: NewTab) -> None:
    width, height = 1280, 720
    tab = new_tab(viewport={"width": width, "height": height})
    page = tab.open("demo", OLGA, large="1")
    page.get_by_role("button", name="Begin the story").click()
    page.wait_for_url("**step=no-tab*")
    wait_until_done(page)

    top = page.get_by_role("banner").bounding_box()
    story = page.get_by_role("region", name="Story").bounding_box()

    assert top is not None
    assert story is not None
    assert story["y"] - (top["y"] + top["height"]) > 0.5 * height
    page.get_by_role("button", name="Time machine").click()
    page.get_by_role("button", name="+1 hour").wait_for()


def test_the_story_opens_its_own_world_where_its_people_do_not_live(tab: ConsoleTab) -> None:
    tab.call("POST", "/lab/reset", {})
    page = tab.open("demo")

    page.get_by_role("button", name="Begin the story").click()
    page.wait_for_url("**step=no-tab*")
    page.get_by_role("button", name="Next step").click()
    page.wait_for_url("**step=enrol*")
    wait_until_done(page)

    (opened,) = set(re.findall(r"world=([^&]+)", page.url))
    assert opened != tab.world
    assert tab.call("GET", "/lab/people")["people"] == []
    tab.server.call("DELETE", f"/lab/worlds/{opened}")


OBSCURED = """() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return !(top && (focused.contains(top) || top.contains(focused)));
}"""


@pytest.mark.parametrize(
    "size", [{"width": 1280, "height": 720}, {"width": 360, "height": 740}], ids=["desk", "phone"]
)
def test_the_focus_is_not_under_the_header_or_the_story(new_tab: NewTab, size: dict[str, int]) -> None:
    page = new_tab(viewport=size).open("inside/faults", OLGA, step="no-tab")
    page.get_by_role("region", name="Story").wait_for()
    stops = page.get_by_role("main").locator("a, button, input, select")
    stops.last.wait_for()

    for key, first in (("Tab", stops.first), ("Shift+Tab", stops.last)):
        first.focus()
        for _ in range(stops.count() - 1):
            page.keyboard.press(key)
            assert not page.evaluate(OBSCURED), page.evaluate("document.activeElement.outerHTML")


def test_the_story_starts_over_with_the_first_world(tab: ConsoleTab) -> None:
    page = tab.open("demo", OLGA)
    page.get_by_role("button", name="Go to here A Reseller approves").click()
    page.wait_for_url("**step=request*")
    wait_until_done(page)
    page.get_by_role("link", name="Demo").click()

    page.get_by_role("button", name="Start over").click()

    page.get_by_role("button", name="Begin the story").wait_for()
    expect(page.get_by_role("region", name="Story")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_story_has_no_violations(tab: ConsoleTab, theme: str) -> None:
    page = tab.open("demo", OLGA, theme=theme)
    page.get_by_role("button", name="Begin the story").click()
    page.wait_for_url("**step=no-tab*")
    page.get_by_role("link", name="Demo").click()
    page.get_by_role("heading", name="Chapters").wait_for()

    assert tab.violations() == []
