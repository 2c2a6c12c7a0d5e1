"""The page of a hub: bench actions by drag, click and keyboard, and their effect on LED, icons and layers."""

import re

import pytest
from console_tab import FRONT_DOOR, OLGA, ConsoleTab, NewTab
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

BAKERY = "62359E76"
"""A hub with the Ajax SIM alone, its service activated."""
WAREHOUSE = "701F237A"
"""A hub with Ethernet and an Ajax SIM, its service activated."""


def open_hub(console: ConsoleTab, hub: str = FRONT_DOOR, **query: str) -> Page:
    page = console.open(f"hub/{hub}", OLGA, **query)
    drawing(page).wait_for()
    return page


def drawing(page: Page) -> Locator:
    """Return the drawing of the hub."""
    return page.get_by_role("region", name="The hub on the bench").get_by_role(
        "group", name=re.compile("LED|switched off")
    )


def slot(page: Page, number: int) -> Locator:
    return page.get_by_role("button", name=re.compile(rf"^SIM {number}: "))


def shown(tab: ConsoleTab, hub: str = FRONT_DOOR) -> dict[str, object]:
    """Return what the hub itself shows, from the API."""
    return dict(tab.call("GET", f"/lab/hubs/{hub}")["shows"])


def middle(thing: Locator) -> tuple[float, float]:
    box = thing.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, what: Locator, to: Locator) -> None:
    drag_to(page, what, middle(to))


def drag_to(page: Page, what: Locator, to: tuple[float, float]) -> None:
    page.mouse.move(*middle(what))
    page.mouse.down()
    page.mouse.move(*to, steps=8)
    page.mouse.up()


def test_a_card_is_dragged_into_a_slot(tab: ConsoleTab) -> None:
    page = open_hub(tab)
    expect(slot(page, 1)).to_have_accessible_name("SIM 1: empty")

    drag(page, page.get_by_role("button", name="New Ajax SIM"), slot(page, 1))

    expect(slot(page, 1)).to_have_accessible_name(re.compile("^SIM 1: Ajax SIM"))
    icons = page.get_by_role("list", name="Status icons")
    expect(icons.get_by_role("img", name="SIM not installed")).to_have_count(0)
    assert shown(tab)["sims"] == {"1": "ok", "2": "missing"}


def test_cards_are_moved_swapped_and_removed_by_drag(tab: ConsoleTab) -> None:
    page = open_hub(tab)
    drag(page, page.get_by_role("button", name="New Ajax SIM"), slot(page, 1))
    expect(slot(page, 1)).to_have_accessible_name(re.compile("Ajax SIM"))

    drag(page, slot(page, 1), slot(page, 2))
    expect(slot(page, 2)).to_have_accessible_name(re.compile("Ajax SIM"))
    drag(page, page.get_by_role("button", name="New ordinary SIM"), slot(page, 1))
    expect(slot(page, 1)).to_have_accessible_name(re.compile("ordinary SIM"))
    drag(page, slot(page, 1), slot(page, 2))
    expect(slot(page, 1)).to_have_accessible_name(re.compile("Ajax SIM"))
    expect(slot(page, 2)).to_have_accessible_name(re.compile("ordinary SIM"))
    drag(page, slot(page, 2), page.get_by_text("Drag a SIM into a slot, or press Enter"))

    expect(slot(page, 2)).to_have_accessible_name("SIM 2: empty")


def test_a_slot_is_operated_by_keyboard_alone(tab: ConsoleTab) -> None:
    page = open_hub(tab)
    menu = page.get_by_role("menu", name="SIM 1")

    slot(page, 1).focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("menuitem")).to_have_text(["Insert an Ajax SIM", "Insert an ordinary SIM"])
    page.keyboard.press("Enter")
    expect(slot(page, 1)).to_have_accessible_name(re.compile("Ajax SIM"))
    expect(slot(page, 1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Lock with a PIN")).to_be_focused()
    page.keyboard.press("Enter")

    expect(slot(page, 1)).to_have_accessible_name("SIM 1: Ajax SIM, locked with a PIN")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(slot(page, 1)).to_be_focused()


def test_an_empty_slot_opens_at_the_first_click_after_a_drag(tab: ConsoleTab) -> None:
    page = open_hub(tab)
    drag(page, page.get_by_role("button", name="New Ajax SIM"), slot(page, 1))
    expect(slot(page, 1)).to_have_accessible_name(re.compile("Ajax SIM"))

    slot(page, 2).click()

    expect(page.get_by_role("menu", name="SIM 2")).to_be_visible()


def test_a_locked_card_is_unlocked_and_a_broken_one_stays_broken(tab: ConsoleTab) -> None:
    page = open_hub(tab)
    page.get_by_role("button", name="New Ajax SIM").click()
    expect(slot(page, 1)).to_have_accessible_name(re.compile("Ajax SIM"))

    for act, name in [
        ("Lock with a PIN", r"^SIM 1: Ajax SIM, locked with a PIN"),
        ("Unlock", r"^SIM 1: Ajax SIM(, in use)?$"),
        ("Break the SIM", r"^SIM 1: Ajax SIM, defective"),
    ]:
        slot(page, 1).click()
        page.get_by_role("menuitem", name=act, exact=True).click()
        expect(slot(page, 1)).to_have_accessible_name(re.compile(name))

    slot(page, 1).click()
    expect(page.get_by_role("menuitem")).to_have_text(["Remove the SIM", "Move to SIM 2"])


def test_the_led_follows_the_cable_and_the_app_icons_follow_the_mains(tab: ConsoleTab) -> None:
    page = open_hub(tab)
    cable = page.get_by_role("switch", name="Ethernet cable")
    expect(page.locator("[data-led=green]")).to_have_count(1)

    cable.click()
    expect(cable).not_to_be_checked()
    expect(page.locator("[data-led=red]")).to_have_count(1)
    expect(drawing(page)).to_have_accessible_name(re.compile("LED red; no channel"))
    cable.press("Enter")
    expect(page.locator("[data-led=green]")).to_have_count(1)
    page.get_by_role("switch", name="Mains plug").click()

    icons = page.get_by_role("list", name="Status icons")
    expect(icons.get_by_role("img", name="mains disconnected")).to_be_visible()


def test_a_hub_without_its_cable_connects_by_its_sim_while_the_clock_is_held(tab: ConsoleTab) -> None:
    page = open_hub(tab, WAREHOUSE)
    expect(page.locator("[data-led=white]")).to_have_count(1)

    page.get_by_role("switch", name="Ethernet cable").click()

    expect(page.locator("[data-led=green]")).to_have_count(1)
    expect(drawing(page)).to_have_accessible_name(re.compile("LED green; cellular"))
    assert tab.call("GET", "/lab/clock")["held"]


def test_a_plug_is_pulled_and_put_in_by_drag(tab: ConsoleTab) -> None:
    page = open_hub(tab)
    cable = page.get_by_role("switch", name="Ethernet cable")
    plug = cable.locator("rect.body")
    in_port = middle(plug)

    drag_to(page, plug, (in_port[0] - 120, in_port[1] + 60))
    expect(cable).not_to_be_checked()
    drag_to(page, plug, in_port)

    expect(cable).to_be_checked()


def test_the_led_blinks_minutes_after_the_mains_are_cut(tab: ConsoleTab) -> None:
    page = open_hub(tab)

    page.get_by_role("switch", name="Mains plug").click()
    expect(page.locator("[data-blink=false]")).to_have_count(1)
    tab.call("POST", "/lab/clock/advance", {"by": "PT4M"})

    expect(page.locator("[data-blink=true]")).to_have_count(1)
    expect(drawing(page)).to_have_accessible_name(re.compile("LED green, blinking"))


def test_reduced_motion_stops_the_blinking_and_a_text_replaces_it(tab: ConsoleTab, new_tab: NewTab) -> None:
    tab.call("POST", f"/lab/hubs/{FRONT_DOOR}/actions", {"action": {"do": "set_mains", "present": False}})
    tab.call("POST", "/lab/clock/advance", {"by": "PT4M"})
    moving = open_hub(new_tab(reduced_motion="no-preference"))
    still = open_hub(tab)

    def animations(page: Page) -> int:
        expect(page.locator("[data-blink=true]")).to_have_count(1)
        return int(
            page.locator(".logo .led").evaluate(
                "led => led.getAnimations().filter(each => each.playState === 'running').length"
            )
        )

    assert (animations(moving), animations(still)) == (1, 0)
    expect(still.get_by_text("LED green, blinking", exact=True)).to_be_visible()


def test_a_refused_act_shows_its_reason_and_changes_nothing(tab: ConsoleTab) -> None:
    page = open_hub(tab)

    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()
    page.get_by_role("button", name="Restart").click()

    alert = page.get_by_role("region", name="The hub on the bench").get_by_role("alert")
    expect(alert).to_contain_text("hub_off")
    assert shown(tab)["powered"] is False


def test_lid_coverage_signal_and_battery_can_be_changed(tab: ConsoleTab) -> None:
    page = open_hub(tab, BAKERY)
    icons = page.get_by_role("list", name="Status icons")

    page.get_by_role("switch", name="Lid open").press("Space")
    expect(icons.get_by_role("img", name="lid open")).to_be_visible()
    page.get_by_role("combobox", name="Signal").select_option("weak")
    expect(icons.get_by_role("img", name="4G, weak signal")).to_be_visible()
    page.get_by_role("slider", name="Battery").fill("40")
    expect(page.get_by_text("40 %").first).to_be_visible()
    page.get_by_role("switch", name="Cellular coverage").click()

    expect(page.locator("[data-led=red]")).to_have_count(1)


def test_the_layers_show_where_hub_and_app_differ(tab: ConsoleTab) -> None:
    page = open_hub(tab, BAKERY)
    row = page.get_by_role("row", name=re.compile("^Channels"))
    expect(row).to_contain_text("cellular")
    expect(row).not_to_contain_text("differs")

    page.get_by_role("switch", name="Cellular coverage").click()

    expect(row).to_contain_text("differs")


def test_messages_of_the_hub_appear_as_they_pass(tab: ConsoleTab) -> None:
    page = open_hub(tab)
    page.get_by_label("Find in messages").fill('"lid_open":true')

    page.get_by_role("switch", name="Lid open").click()

    published = page.get_by_role("button", name=re.compile("Willa Żurawia → broker: reported"))
    expect(published).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("broker → cloud: reported"))).to_have_count(1)
    published.click()
    changed = page.get_by_label("Message details").locator("mark", has_text="lid_open")
    expect(changed).to_contain_text("was false")


def test_a_live_diagram_can_be_paused(tab: ConsoleTab) -> None:
    page = open_hub(tab)
    page.get_by_label("Find in messages").fill("lid_opened")

    page.get_by_role("button", name="Pause").click()
    page.get_by_role("switch", name="Lid open").click()
    waiting = page.get_by_role("button", name=re.compile(r"Continue, \d+ new"))
    expect(waiting).to_be_visible()
    expect(page.locator(".row[data-row]")).to_have_count(0)
    waiting.click()

    expect(page.locator(".row[data-row]").first).to_be_visible()


def test_the_history_of_a_hub_is_a_timeline(tab: ConsoleTab) -> None:
    page = open_hub(tab, BAKERY, tab="timeline")

    mark = page.get_by_role("button", name=re.compile("^Service, 12 Jan 2026 .*service activated"))
    mark.click()

    facts = page.get_by_role("list", name="Chosen facts")
    expect(facts).to_contain_text("service activated")
    expect(page.get_by_role("region", name="History of the hub")).to_contain_text("Activated")


def test_a_fault_is_armed_hit_and_disarmed(tab: ConsoleTab) -> None:
    page = open_hub(tab, tab="faults")

    page.get_by_role("combobox", name="Message").select_option("reported")
    page.get_by_role("spinbutton", name="How many").fill("2")
    page.get_by_role("button", name="Arm the fault").click()
    armed = page.get_by_role("list", name="Armed faults")
    expect(armed).to_contain_text("2 messages left")
    page.get_by_role("switch", name="Lid open").click()
    expect(armed).to_contain_text("1 message left")
    armed.get_by_role("button", name="Disarm the fault: Lose reported").click()

    expect(page.get_by_text("No fault is armed for this hub.")).to_be_visible()


def test_a_new_hub_is_put_on_the_bench_and_taken_off(tab: ConsoleTab) -> None:
    page = tab.open("hub", OLGA)

    page.get_by_role("button", name="New hub").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Model").select_option("hub-plus")
    dialog.get_by_label("Hub number, 8 hex digits").fill("0000AA77")
    dialog.get_by_label("SIM 2").select_option("ordinary")
    dialog.get_by_role("button", name="Put it on the bench").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("0000AA77")
    expect(slot(page, 2)).to_have_accessible_name(re.compile("ordinary SIM"))
    page.get_by_role("button", name="Take off the bench").click()
    page.get_by_role("dialog").get_by_role("button", name="Take off").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hubs on the bench")
    assert "0000AA77" not in str(tab.call("GET", "/lab/hubs"))


def test_a_hub_that_does_not_exist_is_an_answer(tab: ConsoleTab) -> None:
    page = tab.open("hub/NONSENSE", OLGA)

    expect(page.get_by_role("main").get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("inside", ["messages", "timeline", "faults"])
def test_the_page_of_a_hub_is_accessible(tab: ConsoleTab, theme: str, inside: str) -> None:
    open_hub(tab, BAKERY, theme=theme, tab=inside)

    assert tab.violations(["main"]) == []


@pytest.mark.parametrize("width", [360, 3840])
def test_the_page_of_a_hub_fits_its_window(new_tab: NewTab, width: int) -> None:
    page = open_hub(new_tab(viewport={"width": width, "height": 900}))

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_of_a_hub_is_polish(tab: ConsoleTab) -> None:
    page = tab.open(f"hub/{FRONT_DOOR}", OLGA, lang="pl")

    expect(page.get_by_role("switch", name="Kabel Ethernet")).to_be_checked()
    expect(page.get_by_role("button", name="SIM 1: puste")).to_be_visible()


def test_an_address_with_a_bad_escape_is_an_unknown_hub(tab: ConsoleTab) -> None:
    tab.page.goto(tab.address("hub", OLGA).replace("/hub?", "/hub/%ZZ?"))

    tab.page.get_by_text("no hub %ZZ is on this bench").wait_for()
