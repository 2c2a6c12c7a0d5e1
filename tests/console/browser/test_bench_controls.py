"""The page of a hub has a control for each bench action of the contract, with each field of the action."""

import re
from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest
from console_tab import FRONT_DOOR, OLGA, ConsoleTab
from playwright.sync_api import Locator, Page, expect

from hubsim_contract.lab.bench_actions import AnyBenchAction

pytestmark = pytest.mark.browser

IN_CONTRACT: dict[str, set[str]] = {
    str(each.__struct_config__.tag): {field.encode_name for field in msgspec.structs.fields(each)}
    for each in get_args(AnyBenchAction)
}
"""The names of all bench actions, with the names of their fields."""


def in_menu(act: str) -> Callable[[Page], None]:
    """Return what chooses an act in the menu of slot 1."""

    def choose(page: Page) -> None:
        slot(page).click()
        page.get_by_role("menuitem", name=act, exact=True).click()

    return choose


def press(role: Any, name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role(role, name=name, exact=True).click()


def select(name: str, value: str) -> Callable[[Page], None]:
    def choose(page: Page) -> None:
        page.get_by_role("combobox", name=name, exact=True).select_option(value)

    return choose


def slot(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^SIM 1: "))


def settings(page: Page) -> Locator:
    """Return the settings of slot 1."""
    return page.get_by_role("group", name="SIM 1", exact=True)


def enter_apn(page: Page) -> None:
    field = settings(page).get_by_label("APN")
    field.fill("internet.example")
    field.press("Enter")


def weaken_signal(page: Page) -> None:
    settings(page).get_by_label("Signal in this slot").select_option("weak")


CONTROLS: tuple[tuple[str, Callable[[Page], None]], ...] = (
    ("insert_sim", in_menu("Insert an Ajax SIM")),
    ("set_signal", weaken_signal),
    ("set_apn", enter_apn),
    ("clear_forbidden", lambda page: settings(page).get_by_text("Clear forbidden networks").click()),
    ("lock_sim", in_menu("Lock with a PIN")),
    ("unlock_sim", in_menu("Unlock")),
    ("break_sim", in_menu("Break the SIM")),
    ("remove_sim", in_menu("Remove the SIM")),
    ("unplug", press("switch", "Ethernet cable")),
    ("plug", lambda page: page.get_by_role("switch", name="Ethernet cable", checked=False).click()),
    ("set_internet", select("Internet over Ethernet", "no_dns")),
    ("set_coverage", press("switch", "Cellular coverage")),
    ("set_generations", press("checkbox", "4G")),
    ("set_roaming", press("checkbox", "Roaming allowed")),
    ("use_data", press("button", "Transfer 100 MB")),
    ("hang_modem", press("button", "Hang the modem")),
    ("set_mains", press("switch", "Mains plug")),
    ("set_lid", press("switch", "Lid open")),
    ("set_battery", lambda page: page.get_by_role("slider", name="Battery").fill("40")),
    ("power_off", press("button", "Switch off")),
    ("power_on", press("button", "Switch on")),
    ("restart", press("button", "Restart")),
)
"""Each bench action with what a user does for it, in an order in which all but the data are possible."""


def test_each_bench_action_has_a_control_with_all_of_its_fields(tab: ConsoleTab) -> None:
    page = tab.open(f"hub/{FRONT_DOOR}", OLGA)
    page.get_by_text("More bench actions").click()
    before = tab.call("GET", "/lab/journal?after=0")["next"]

    for _, operate in CONTROLS:
        with page.expect_response(re.compile(f"/lab/hubs/{FRONT_DOOR}/actions$")):
            operate(page)

    entries = tab.call("GET", f"/lab/journal?after={before}")["entries"]
    done = [each for each in entries if each["entry"] == "bench_action_performed"]
    assert [each["action"]["do"] for each in done] == [name for name, _ in CONTROLS]
    assert {each["action"]["do"]: set(each["action"]) - {"do"} for each in done} == IN_CONTRACT
    assert {each["action"]["do"]: each["refused"] for each in done if "refused" in each} == {
        "use_data": "no_cellular_data"
    }


def test_what_belongs_to_a_slot_is_shown_in_all_browsers(tab: ConsoleTab) -> None:
    page = tab.open(f"hub/{FRONT_DOOR}", OLGA)
    page.get_by_text("More bench actions").click()
    path = f"/lab/hubs/{FRONT_DOOR}/actions"

    tab.call("POST", path, {"action": {"do": "set_apn", "slot": 1, "apn": "internet.example"}})
    tab.call("POST", path, {"action": {"do": "set_signal", "slot": 1, "signal": "weak"}})

    signal = settings(page).get_by_label("Signal in this slot")
    expect(settings(page).get_by_label("APN")).to_have_value("internet.example")
    expect(signal).to_have_value("weak")
    signal.select_option("")
    expect(signal).to_have_value("")
    assert "slot_signals" not in tab.call("GET", f"/lab/hubs/{FRONT_DOOR}")["setup"]
