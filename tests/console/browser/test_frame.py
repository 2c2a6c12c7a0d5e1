"""The frame of the console: world time, who acts, search, language, theme, keyboard."""

import pytest
from console_tab import MAREK, OLGA, ConsoleTab, NewTab
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_world_time_is_shown_and_moved_by_a_day(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)
    date = page.get_by_role("group", name="World time")
    expect(date).to_contain_text("Wednesday, 25 March 2026")

    page.get_by_role("button", name="+1 day").click()

    expect(date).to_contain_text("Thursday, 26 March 2026")
    assert tab.call("GET", "/lab/clock")["world_time"].startswith("2026-03-26")


def test_the_clock_moves_to_midnight_on_the_1st_in_the_zone_of_the_company(tab: ConsoleTab) -> None:
    page = tab.open("fleet", MAREK)

    page.get_by_role("button", name="To the 1st").click()

    expect(page.get_by_role("group", name="World time")).to_contain_text("Wednesday, 1 April 2026")
    assert tab.call("GET", "/lab/clock")["world_time"].startswith("2026-03-31T22:00:00")


def test_two_tabs_of_a_browser_and_another_browser_see_the_same_clock(
    tab: ConsoleTab, new_tab: NewTab
) -> None:
    pages = [one.open("fleet", OLGA) for one in (tab, new_tab(same=tab), new_tab())]

    pages[0].get_by_role("button", name="+1 day").click()

    for page in pages:
        expect(page.get_by_role("group", name="World time")).to_contain_text("26 March 2026")


def test_ten_tabs_of_one_browser_stay_live(tab: ConsoleTab, new_tab: NewTab) -> None:
    tabs = [tab, *(new_tab(same=tab) for _ in range(9))]
    for one in tabs:
        one.open("fleet", OLGA)

    tab.call("POST", "/lab/clock/advance", {"by": "P1D"})

    for one in tabs:
        expect(one.page.get_by_role("group", name="World time")).to_contain_text("26 March 2026")


def test_the_next_tab_continues_when_the_reading_one_closes(tab: ConsoleTab, new_tab: NewTab) -> None:
    tab.open("fleet", OLGA)
    other = new_tab(same=tab)
    page = other.open("fleet", OLGA)
    expect(page.get_by_role("group", name="World time")).to_contain_text("25 March 2026")

    tab.page.close()
    tab.call("POST", "/lab/clock/advance", {"by": "P1D"})

    expect(page.get_by_role("group", name="World time")).to_contain_text("26 March 2026")


def test_a_language_is_switched_at_once_and_stays_in_the_address(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)

    page.get_by_role("button", name="Polski").click()

    expect(page.get_by_role("group", name="Czas świata")).to_contain_text(
        "Środa, 25 marca 2026", ignore_case=True
    )
    assert page.locator("html").get_attribute("lang") == "pl"
    assert "lang=pl" in page.url


def test_another_person_acts_after_a_click(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)

    page.get_by_role("button", name="Who acts: Olga Nowak Wolf Security").click()
    page.get_by_label("Act as another person").fill("marek")
    page.get_by_role("button", name="Marek Lis, Fortis Alarm").click()

    page.get_by_role("button", name="Who acts: Marek Lis Fortis Alarm").wait_for()
    assert "as=marek%40fortis.example" in page.url


def test_the_search_finds_a_hub_by_keyboard_alone(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)

    page.keyboard.press("Control+k")
    page.keyboard.type("3390")
    page.get_by_role("option", name="3390F28D").wait_for()
    page.keyboard.press("Enter")

    page.wait_for_url("**/#/hub/3390F28D?*")


def test_one_escape_closes_the_search_also_with_a_text_in_it(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)

    page.keyboard.press("Control+k")
    page.keyboard.type("3390")
    page.get_by_role("option", name="3390F28D").wait_for()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_help_lists_the_keys_and_closes_by_escape(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)

    page.keyboard.press("?")
    help_dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_dialog).to_contain_text("To the next deadline")
    page.keyboard.press("Escape")

    expect(help_dialog).to_have_count(0)


def test_the_first_stop_of_the_keyboard_skips_to_the_page(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_a_snapshot_is_saved_and_brings_the_world_back(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)
    date = page.get_by_role("group", name="World time")
    page.get_by_role("button", name="Snapshots and worlds").click()
    page.get_by_label("Name of the snapshot").fill("before")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved as before").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="+1 day").click()
    expect(date).to_contain_text("26 March 2026")

    page.get_by_role("button", name="Snapshots and worlds").click()
    page.get_by_role("button", name="Return to before").click()

    expect(date).to_contain_text("25 March 2026")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440, 3840])
def test_the_frame_has_no_violations_and_no_horizontal_scrolling(
    new_tab: NewTab, theme: str, width: int
) -> None:
    tab = new_tab(viewport={"width": width, "height": 800})
    page = tab.open("demo", OLGA, theme=theme, large="1")
    page.get_by_role("heading", level=1).wait_for()

    assert tab.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_slow_motion_moves_the_clock_until_it_is_held(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)
    date = page.get_by_role("group", name="World time")
    expect(date).to_contain_text("25 March 2026")

    page.get_by_label("Pace of the clock").select_option("1 day a second")
    page.get_by_role("button", name="Run the clock").click()

    expect(date).to_contain_text("slow motion")
    expect(date).not_to_contain_text("25 March 2026")
    page.get_by_role("button", name="Hold the clock").click()
    expect(date).to_contain_text("held")
    expect(page.get_by_role("button", name="Run the clock")).to_be_visible()


def test_the_clock_moves_to_a_chosen_date_and_not_back(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)
    page.get_by_role("button", name="To a date").click()
    dialog = page.get_by_role("dialog", name="Move the clock to a date")

    dialog.get_by_label("Date and time").fill("2026-03-01T12:00")
    expect(dialog).to_contain_text("The clock only moves forward.")
    expect(dialog.get_by_role("button", name="Move the clock")).to_be_disabled()

    dialog.get_by_label("Date and time").fill("2026-05-02T12:00")
    dialog.get_by_role("button", name="Move the clock").click()

    expect(page.get_by_role("group", name="World time")).to_contain_text("Saturday, 2 May 2026 12:00:00")


def test_the_keys_work_and_can_be_turned_off(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)
    date = page.get_by_role("group", name="World time")
    expect(date).to_contain_text("25 March 2026")
    page.keyboard.press("d")
    expect(date).to_contain_text("26 March 2026")

    page.keyboard.press("?")
    page.get_by_label("Shortcuts of a single key work").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("Control+k")

    page.get_by_role("dialog", name="Search").wait_for()
    expect(date).to_contain_text("26 March 2026")
