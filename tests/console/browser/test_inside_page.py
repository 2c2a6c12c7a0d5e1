"""The Inside page: messages, timeline, carrier, faults, deadlines and verdicts, live."""

import re

import pytest
from console_tab import FRONT_DOOR, MAREK, OLGA, ConsoleTab, NewTab
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
BAKERY = "62359E76"
"""Piekarnia Ziarno: active, on a SIM alone."""
KINDERGARTEN = "BD85B3F1"
"""Przedszkole Promyk: its Ajax SIM waits for an activation."""
VIEWS = ("messages", "timeline", "carrier", "faults", "deadlines", "verdicts")


def hands(tab: ConsoleTab, hub: str, do: str, **fields: object) -> None:
    tab.call("POST", f"/lab/hubs/{hub}/actions", {"action": {"do": do, **fields}})


def choose_hub(page: Page, name: str) -> None:
    box = page.get_by_role("combobox", name="Hub")
    box.fill(name)
    page.get_by_role("option", name=re.compile(name)).click()


def test_messages_appear_as_they_pass_with_their_payload(tab: ConsoleTab) -> None:
    page = tab.open("inside/messages", OLGA)
    expect(page.get_by_role("status", name="Connection: live")).to_be_visible()

    hands(tab, FRONT_DOOR, "set_lid", open=True)

    row = page.get_by_role("button", name=re.compile("Willa Żurawia → broker: events lid opened"))
    expect(row).to_be_visible()
    row.press("Enter")
    expect(page.get_by_role("region", name="Payload")).to_contain_text('"kind": "lid_opened"')


def test_messages_are_filtered_by_hub_and_kind(tab: ConsoleTab) -> None:
    page = tab.open("inside/messages", OLGA)
    expect(page.get_by_role("status", name="Connection: live")).to_be_visible()
    hands(tab, FRONT_DOOR, "set_lid", open=True)
    hands(tab, BAKERY, "set_lid", open=True)
    rows = page.locator("[data-row]")
    expect(rows.filter(has_text="lid opened").nth(3)).to_be_visible()

    choose_hub(page, "Piekarnia")
    page.get_by_label("Kind of messages").select_option("events")

    expect(rows.filter(has_text="lid opened")).to_have_count(2)
    expect(rows.filter(has_text="reported")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"hub={BAKERY}.*kind=events|kind=events.*hub={BAKERY}"))


def test_a_paused_diagram_counts_what_is_new(tab: ConsoleTab) -> None:
    page = tab.open("inside/messages", OLGA)
    hands(tab, FRONT_DOOR, "set_lid", open=True)
    expect(page.locator("[data-row]").filter(has_text="lid opened").first).to_be_visible()

    page.get_by_role("button", name="Pause").click()
    hands(tab, FRONT_DOOR, "set_lid", open=False)

    proceed = page.get_by_role("button", name=re.compile(r"Continue, \d+ new"))
    expect(proceed).to_be_visible()
    expect(page.locator("[data-row]").filter(has_text="lid closed")).to_have_count(0)
    proceed.click()
    expect(page.locator("[data-row]").filter(has_text="lid closed").first).to_be_visible()


def test_the_lanes_of_the_newest_row_come_into_view_on_a_phone(new_tab: NewTab) -> None:
    tab = new_tab(viewport={"width": 390, "height": 1_600})  # as wide as a phone; the page need not scroll
    page = tab.open("inside/messages", OLGA)
    for hub in (KINDERGARTEN, BAKERY, FRONT_DOOR):
        hands(tab, hub, "set_lid", open=True)
        tab.call("POST", "/lab/settle")
    expect(page.get_by_role("button", name="broker → Willa Żurawia: heard report")).to_have_count(1)

    expect(page.locator("[data-row]").last.locator("text")).to_be_in_viewport(ratio=1)


def test_what_passed_before_the_page_was_opened_is_there(tab: ConsoleTab) -> None:
    page = tab.open("fleet", OLGA)
    expect(page.get_by_role("status", name="Connection: live")).to_be_visible()
    hands(tab, FRONT_DOOR, "set_lid", open=True)

    page.get_by_role("link", name="Inside").click()

    expect(page.locator("[data-row]").filter(has_text="lid opened").first).to_be_visible()


def test_a_timeline_has_the_services_of_a_hub_and_of_all_hubs_of_a_company(tab: ConsoleTab) -> None:
    page = tab.open("inside/timeline", MAREK, hub=BAKERY)
    expect(
        page.get_by_role("button", name=re.compile("Services, 12 Jan 2026.*services activated"))
    ).to_be_visible()

    box = page.get_by_role("combobox", name="Company")
    box.fill("segura")
    box.press("Enter")

    for hub in ("Finca Olivar", "Hotel Mirador 1"):
        expect(page.get_by_role("button", name=re.compile(f"{hub}, 12 Jan 2026"))).to_be_visible()


def test_an_activation_reaches_the_orders_and_the_cards(tab: ConsoleTab) -> None:
    page = tab.open("inside/carrier", MAREK)
    orders = page.get_by_role("region", name="Orders of the cloud")
    expect(orders.get_by_role("row").nth(1)).to_be_visible()
    token = tab.call(
        "POST", f"/lab/people/{MAREK.email}/session", {"client": "pro_desktop", "company": MAREK.company}
    )["token"]
    form = {"package": "ajax-sim", "reseller": "company-6"}

    tab.server.client.post(
        f"/worlds/{tab.world}/v1/hubs/{KINDERGARTEN}/activation",
        json=form,
        headers={"Authorization": f"Bearer {token}"},
    ).raise_for_status()

    first = orders.get_by_role("row").nth(1)
    expect(first).to_contain_text("Przedszkole Promyk")
    tab.call("POST", "/lab/clock/advance", {"by": "PT20M"})
    expect(first).to_contain_text("executed")
    page.get_by_label("Search cards and orders").fill(KINDERGARTEN)
    cards = page.get_by_role("region", name="Cards")
    expect(cards.get_by_role("row")).to_have_count(2)
    expect(cards.get_by_role("row").nth(1)).to_contain_text("active")


def test_a_fault_is_armed_hits_and_is_used_up(tab: ConsoleTab) -> None:
    page = tab.open("inside/faults", OLGA)
    page.get_by_role("combobox", name="Fault", exact=True).select_option("drop")
    page.get_by_label("Kind of message").select_option("events")
    choose_hub(page, "Willa")

    page.get_by_role("button", name="Inject the fault").click()

    armed = page.get_by_role("region", name="Armed faults")
    expect(armed).to_contain_text("Drop messages: events, 1")
    hands(tab, FRONT_DOOR, "set_lid", open=True)
    history = page.get_by_role("region", name="What the faults did")
    expect(history).to_contain_text("has hit")
    expect(history).to_contain_text("is used up")
    expect(armed).to_contain_text("No fault waits")
    assert tab.violations() == []


def test_a_fault_is_disarmed(tab: ConsoleTab) -> None:
    tab.call("POST", "/lab/faults", {"what": {"fault": "refuse_orders", "hub": KINDERGARTEN}})
    page = tab.open("inside/faults", OLGA)

    page.get_by_role("button", name=re.compile("Disarm: Refuse orders")).click()

    expect(page.get_by_role("region", name="Armed faults")).to_contain_text("No fault waits")
    assert tab.call("GET", "/lab/faults")["faults"] == []


def test_each_fault_of_the_lab_has_a_form(tab: ConsoleTab) -> None:
    page = tab.open("inside/faults", OLGA)
    choice = page.get_by_role("combobox", name="Fault", exact=True)
    expect(choice).to_be_visible()
    document = tab.server.call("GET", "/openapi.json")
    known = document["components"]["schemas"]["FaultBody"]["properties"]["what"]["discriminator"]["mapping"]

    offered = choice.locator("option").evaluate_all("options => options.map(option => option.value)")
    texts = choice.locator("option").all_inner_texts()

    assert sorted(offered) == sorted(known)
    assert not [text for text, name in zip(texts, offered, strict=True) if text == name.replace("_", " ")]


def test_a_form_with_a_mistake_says_which_field_is_wrong(tab: ConsoleTab) -> None:
    page = tab.open("inside/faults", OLGA, fault="delay")
    page.get_by_label("How many").fill("0")

    page.get_by_role("button", name="Inject the fault").click()

    expect(page.get_by_role("alert")).to_have_count(2)
    expect(page.get_by_text("At least 1.")).to_be_visible()
    expect(page.get_by_text("This field is needed.")).to_be_visible()
    assert tab.call("GET", "/lab/faults")["faults"] == []


def test_the_clock_is_moved_to_a_deadline(tab: ConsoleTab) -> None:
    page = tab.open("inside/deadlines", MAREK)
    end = page.get_by_role("row", name=re.compile("The services end with the month.*Magazyn Okęcie 1"))

    end.get_by_role("button").click()

    expect(page.get_by_role("group", name="World time")).to_contain_text("1 April 2026")
    expect(page.get_by_role("row", name=re.compile("The services end with the month"))).to_have_count(0)


def test_verdicts_link_to_the_text_of_the_rule(tab: ConsoleTab) -> None:
    page = tab.open("inside/verdicts", OLGA, hub=FRONT_DOOR)
    expect(page.get_by_text("taken:")).to_be_visible()

    tab.call(
        "POST",
        "/lab/faults",
        {"what": {"fault": "inject", "message": "reported", "hub": FRONT_DOOR, "payload": "no JSON"}},
    )

    finding = page.get_by_role("row", name=re.compile("refused")).get_by_role("button", name="MQ-7.json")
    finding.click()
    rule = page.get_by_role("dialog", name=re.compile("MQ-7.json"))
    expect(rule).to_contain_text("A payload is one JSON object")


@pytest.mark.parametrize("view", VIEWS)
def test_the_views_fit_a_narrow_screen(new_tab: NewTab, view: str) -> None:
    tab = new_tab(viewport={"width": 360, "height": 780})
    page = tab.open(f"inside/{view}", OLGA, hub=FRONT_DOOR)
    expect(page.get_by_role("main").locator("svg, .card, table").first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_the_views_have_no_accessibility_violations(tab: ConsoleTab, view: str, theme: str) -> None:
    page = tab.open(f"inside/{view}", OLGA, theme=theme, hub=FRONT_DOOR)
    hands(tab, FRONT_DOOR, "set_lid", open=True)
    expect(page.get_by_role("link", name=view.capitalize(), exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    expect(page.get_by_role("main").locator("svg, .card, table").first).to_be_visible()

    assert tab.violations() == []
