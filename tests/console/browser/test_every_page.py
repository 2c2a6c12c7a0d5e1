"""Every page: no violations in both themes and languages, on a phone and a wide screen, one heading."""

import pytest
from console_tab import KASIA, MAREK, RITA, ConsoleTab, DemoPerson, NewTab
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PAGES = {
    "demo": MAREK,
    "pro/objects": MAREK,
    "pro/objects/object-2": MAREK,
    "pro/company": MAREK,
    "pro/company/employees": MAREK,
    "pro/services": MAREK,
    "pro/services/dealers": RITA,
    "app/objects/object-2": KASIA,
    "hub/701F237A": KASIA,
    "inside/messages": MAREK,
    "inside/carrier": MAREK,
    "inside/faults": MAREK,
    "inside/deadlines": MAREK,
    "fleet": MAREK,
    "scenarios": MAREK,
    "scenarios/001-first-login-to-stop-now": MAREK,
}
NOWHERE = ("pro/objects/object-99", "pro/objects/object-2/FFFFFFFF", "pro/nowhere", "app/services")
"""Addresses of what does not exist, or what the person has no tab for."""
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1440, "height": 900}


@pytest.mark.parametrize(("path", "who"), PAGES.items(), ids=PAGES)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_page_is_accessible_in_both_themes_and_fits(
    new_tab: NewTab, path: str, who: DemoPerson, size: dict[str, int]
) -> None:
    tab = new_tab(viewport=size)

    for theme, language in (("light", "en"), ("dark", "pl")):
        page = tab.open(path, who, theme=theme, lang=language)
        page.reload()
        page.get_by_role("main").get_by_role("heading", level=1).first.wait_for()

        assert tab.violations() == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.get_by_role("heading", level=1).count() == 1


def test_a_page_of_nothing_has_a_heading_too(tab: ConsoleTab) -> None:
    for path in NOWHERE:
        page = tab.open(path, MAREK)
        content = page.get_by_role("main").locator(".pro-empty, [role=alert]")
        expect(content.first).to_be_visible()

        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_count(1)
        expect(heading).not_to_be_empty()
        assert tab.violations() == []
