"""The tab Company: creating a company, becoming a Dealer, employees and their invitations (guide C, D, E)."""

import pytest
from playwright.sync_api import expect
from pro_desk import Opens

pytestmark = pytest.mark.browser

WORLD = """
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [zoe, olga, ivan, chen]
  companies:
    wolf: {owner: olga, country: PL, name: Wolf Security}
    panda: {owner: chen, country: CN, name: Panda Alarm}
"""


@pytest.mark.walks("C1")
def test_a_company_is_created_in_the_module_company_of_the_personal_account(desk: Opens) -> None:
    zoe = desk("zoe", personal=True)

    zoe.tab("Company").click()
    zoe.clicks("Create company")
    zoe.fills("Name of the company", "Lynx Alarm")
    zoe.page.get_by_label("Country").select_option(label="Poland")
    zoe.clicks("Create", "Switch to Lynx Alarm")

    expect(zoe.heading("Lynx Alarm")).to_be_visible()
    expect(zoe.client.get_by_text("zoe@example.test")).to_be_visible()
    expect(zoe.tab("Objects")).to_be_visible()


def test_a_company_account_leads_to_the_personal_account_for_another_company(desk: Opens) -> None:
    olga = desk("olga")

    olga.tab("Company").click()
    olga.clicks("Switch to the personal account")

    expect(olga.button("Create company")).to_be_visible()


@pytest.mark.walks("D2", "D3")
def test_the_tab_services_appears_after_the_form_of_the_service_settings(desk: Opens) -> None:
    olga = desk("olga")
    olga.tab("Company").click()
    expect(olga.tab("Services")).to_have_count(0)

    olga.follows("Service settings", "Additional Ajax services")
    olga.fills("Registration number", "5260001246")
    olga.clicks("Activate")

    expect(olga.client.get_by_text("The company is registered as a Dealer.")).to_be_visible()
    olga.tab("Services").click()
    expect(olga.heading("Your Resellers")).to_be_visible()


def test_a_refusal_is_shown_at_the_form_and_changes_nothing(desk: Opens) -> None:
    chen = desk("chen", path="company/settings/additional")

    chen.fills("Registration number", "91310000")
    chen.clicks("Activate")

    alert = chen.client.get_by_role("alert")
    expect(alert).to_contain_text("not available in the company's country")
    expect(alert).to_contain_text("country_not_supported")
    expect(chen.tab("Services")).to_have_count(0)


@pytest.mark.walks("E6", "E7")
def test_an_invited_employee_picks_the_company_in_the_account_switcher(desk: Opens) -> None:
    olga = desk("olga")
    ivan = desk("ivan", personal=True, path="mailbox")
    expect(ivan.client.get_by_text("No mail.")).to_be_visible()

    olga.tab("Company").click()
    olga.follows("Employees")
    olga.clicks("Add employee")
    olga.fills("E-mail address of the employee", "ivan@example.test")
    olga.page.get_by_label("Role", exact=True).select_option(label="Service manager")
    olga.clicks("Add")
    row = olga.client.get_by_role("row").filter(has_text="ivan@example.test")
    expect(row).to_contain_text("Invited")

    expect(ivan.client.get_by_text("Wolf Security invites you to join the company")).to_be_visible()
    ivan.clicks("Account switcher")
    ivan.client.get_by_role("group", name="Accounts").get_by_role("button", name="Wolf Security").click()

    expect(ivan.tab("Objects")).to_be_visible()
    expect(row).to_contain_text("Joined")


def test_roles_are_changed_and_rights_revoked_in_the_employee_list(desk: Opens) -> None:
    olga = desk("olga", path="company/employees")
    olga.clicks("Add employee")
    olga.fills("E-mail address of the employee", "ivan@example.test")
    olga.clicks("Add")

    role = olga.client.get_by_label("Role of Ivan")
    role.select_option(label="Senior service manager")
    expect(role).to_have_value("senior_service_manager")
    olga.clicks("Remove Ivan", "Remove")

    expect(olga.client.get_by_text("No employees yet.")).to_be_visible()


def test_an_employee_without_an_account_is_refused_in_the_pop_up(desk: Opens) -> None:
    olga = desk("olga", path="company/employees")

    olga.clicks("Add employee")
    olga.fills("E-mail address of the employee", "nobody@example.test")
    olga.clicks("Add")

    expect(olga.popup("Add employee").get_by_role("alert")).to_contain_text("account_not_found")
    olga.page.keyboard.press("Escape")
    expect(olga.popup("Add employee")).to_have_count(0)
    expect(olga.button("Add employee")).to_be_focused()


def test_only_the_owner_sees_what_only_the_owner_may_do(desk: Opens) -> None:
    olga = desk("olga", path="company/employees")
    olga.clicks("Add employee")
    olga.fills("E-mail address of the employee", "ivan@example.test")
    olga.page.get_by_label("Role", exact=True).select_option(label="Installer")
    olga.clicks("Add")
    expect(olga.client.get_by_role("row").filter(has_text="ivan@example.test")).to_be_visible()

    ivan = desk("ivan", path="company")

    expect(ivan.heading("Wolf Security")).to_be_visible()
    expect(ivan.button("Delete company")).to_have_count(0)
    expect(ivan.client.get_by_role("link", name="Employees")).to_have_count(0)


def test_a_company_is_deleted_after_a_confirmation(desk: Opens) -> None:
    olga = desk("olga", path="company")

    olga.clicks("Delete company", "Cancel")
    expect(olga.heading("Wolf Security")).to_be_visible()
    olga.clicks("Delete company", "Delete")

    expect(olga.button("Create company")).to_be_visible()
