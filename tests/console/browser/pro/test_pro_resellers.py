"""The tab Services: the Dealer's Resellers, and the Reseller's Dealers (guide R)."""

import pytest
from playwright.sync_api import expect
from pro_desk import Opens

pytestmark = pytest.mark.browser

WORLD = """
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, rita, quinn, emma, ivan]
  companies:
    wolf: {owner: olga, country: PL, name: Wolf Security, dealer: yes}
    lynx: {owner: ivan, country: PL, name: Lynx Alarm, dealer: yes}
  resellers:
    northwatch:
      owner: rita
      country: PL
      name: NorthWatch
      email: desk@northwatch.test
      dealers: {lynx: approved}
    shieldline: {owner: emma, country: GB, name: Shieldline, email: desk@shieldline.test}
    quietline: {owner: quinn, country: PL, name: Quiet Line, email: desk@quietline.test, listed: no}
"""


@pytest.mark.walks("R4", "R5")
def test_a_reseller_of_the_own_country_gets_a_request_after_its_details_were_shown(desk: Opens) -> None:
    olga = desk("olga")
    olga.tab("Services").click()
    olga.follows("Your Resellers")

    olga.clicks("Add Reseller")
    expect(olga.page.get_by_label("Country")).to_have_value("PL")
    expect(olga.popup("Add Reseller").get_by_text("Shieldline")).to_have_count(0)
    olga.popup("Add Reseller").get_by_role("button", name="NorthWatch").click()
    expect(olga.popup("Reseller")).to_contain_text("desk@northwatch.test")
    olga.clicks("Send request")

    first = olga.client.get_by_role("list", name="Your Resellers").get_by_role("listitem").first
    expect(first).to_contain_text("NorthWatch")
    expect(first).to_contain_text("Request sent")


@pytest.mark.walks("R4", "R5")
def test_a_reseller_that_is_not_listed_is_invited_by_e_mail(desk: Opens) -> None:
    olga = desk("olga", path="services/resellers")

    for address in ("desk@quietline.test", "new@watch.test"):
        olga.clicks("Add Reseller", "Invite by e-mail")
        olga.fills("E-mail address of the Reseller", address)
        olga.clicks("Next")
        expect(olga.popup("Reseller")).to_contain_text(address)
        olga.clicks("Send request")
        expect(olga.page.get_by_role("dialog")).to_have_count(0)

    rows = olga.client.get_by_role("list", name="Your Resellers").get_by_role("listitem")
    expect(rows.first).to_contain_text("new@watch.test")
    expect(rows.first).to_contain_text("Invited by e-mail")
    expect(rows.nth(1)).to_contain_text("Quiet Line")


def test_a_second_request_to_the_same_reseller_is_refused_in_the_pop_up(desk: Opens) -> None:
    ivan = desk("ivan", path="services/resellers")

    ivan.clicks("Add Reseller")
    ivan.popup("Add Reseller").get_by_role("button", name="NorthWatch").click()
    expect(ivan.popup("Reseller")).to_contain_text("Approved")
    ivan.clicks("Send request")

    expect(ivan.popup("Reseller").get_by_role("alert")).to_contain_text("request_already_sent")


@pytest.mark.walks("R7")
def test_the_reseller_approves_a_request_with_a_number_and_sees_its_dashboard(desk: Opens) -> None:
    rita = desk("rita", path="services")
    olga = desk("olga", path="services/resellers")
    olga.clicks("Add Reseller")
    olga.popup("Add Reseller").get_by_role("button", name="NorthWatch").click()
    olga.clicks("Send request")

    rita.follows("Your dealers", "Requests")
    rita.clicks("Approve Wolf Security")
    rita.fills("Number for the Dealer (optional)", "D-17")
    rita.clicks("Approve")
    expect(rita.client.get_by_text("No requests are waiting.")).to_be_visible()
    rita.follows("Connected dealers")
    row = rita.client.get_by_role("listitem", name="Wolf Security")
    expect(row).to_contain_text("number D-17")
    expect(row).to_contain_text("Approved")

    expect(olga.client.get_by_role("listitem").filter(has_text="NorthWatch")).to_contain_text("Approved")
    rita.follows("Dashboard")
    for text in ("Dealers with active services", "Accounts with active services", "Fee a month", "€5.00"):
        expect(rita.client.get_by_text(text)).to_be_visible()
    rita.follows("Payment history")
    expect(rita.client.get_by_text("No invoices yet.")).to_be_visible()


def test_a_request_is_rejected_and_approved_later(desk: Opens) -> None:
    olga = desk("olga", path="services/resellers")
    olga.clicks("Add Reseller")
    olga.popup("Add Reseller").get_by_role("button", name="NorthWatch").click()
    olga.clicks("Send request")
    rita = desk("rita", path="services/requests")

    rita.clicks("Reject Wolf Security", "Reject")
    rita.follows("Connected dealers")
    row = rita.client.get_by_role("listitem", name="Wolf Security")
    expect(row).to_contain_text("Rejected")
    rita.clicks("Approve Wolf Security", "Approve")

    expect(row).to_contain_text("Approved")


def test_a_connection_is_suspended_and_restored(desk: Opens) -> None:
    rita = desk("rita", path="services/dealers")
    ivan = desk("ivan", path="services/resellers")
    row = rita.client.get_by_role("listitem", name="Lynx Alarm")
    seen = ivan.client.get_by_role("listitem").filter(has_text="NorthWatch")

    rita.clicks("Suspend Lynx Alarm", "Suspend")
    expect(row).to_contain_text("Suspended")
    expect(seen).to_contain_text("Suspended")
    rita.clicks("Restore Lynx Alarm", "Restore")

    expect(row).to_contain_text("Approved")
    expect(seen).to_contain_text("Approved")
