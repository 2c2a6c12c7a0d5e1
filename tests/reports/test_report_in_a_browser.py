"""The HTML report in a real browser, opened from a file without any network."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from reported import EVIL, FAILED, FAILING, PASSED, PASSING, SKIPPED, played, run

from hubsim_scenarios.reports.html import html_report
from hubsim_scenarios.translation.story_language import StoryLanguage, in_language

pytestmark = pytest.mark.browser


def test_the_overview_shows_the_result_of_the_run(page: Page, report: str) -> None:
    page.goto(report)

    assert page.locator("h1").inner_text() == "1 failed, 1 blocked, 1 skipped of 5 plays"
    assert page.locator("tbody tr").count() == 5
    assert page.locator("[data-clause=A7]").get_attribute("aria-label") is not None


def test_plays_that_did_not_pass_are_listed_first(page: Page, report: str) -> None:
    page.goto(report)

    trouble = page.locator(".card", has=page.get_by_role("heading", name="Not passed")).locator("li")
    assert [text.split("\n")[0] for text in trouble.all_inner_texts()] == ["FAIL", "BLOCKED"]
    trouble.get_by_role("link").first.click()
    page.locator("h1", has_text="One that fails").wait_for()


def test_a_run_in_which_all_plays_pass_has_no_list_of_failures(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(html_report([played(*PASSING)], run()), encoding="utf-8")

    page.goto(file.as_uri())

    assert page.locator("h1").inner_text() == "The play passed"
    assert page.get_by_role("heading", name="Not passed").count() == 0


def test_plays_can_be_filtered_by_verdict_text_and_clause(page: Page, report: str) -> None:
    shown = page.locator("tbody tr:visible")
    page.goto(report)

    page.get_by_role("button", name="1 failed").click()
    assert shown.count() == 1
    assert "One that fails" in shown.inner_text()

    page.get_by_role("button", name="1 failed").click()
    page.get_by_label("Find plays").fill("blocked other")
    assert shown.count() == 1
    assert "One that is blocked" in shown.inner_text()

    page.get_by_label("Find plays").fill("")
    page.locator("[data-clause=C1]").click()
    assert shown.count() == 0
    assert "A person with a personal PRO account" in page.locator(".clause-text").inner_text()


def test_data_of_a_play_is_shown_as_text(page: Page, report: str) -> None:
    page.goto(report)
    page.get_by_role("link", name=EVIL).click()

    assert EVIL in page.locator("h1").inner_text()
    page.reload()
    assert EVIL in page.locator("h1").inner_text()
    assert page.locator("img").count() == 0


def test_the_hub_is_drawn_in_its_state_after_the_selected_step(page: Page, report: str) -> None:
    face = page.locator(".face")
    page.goto(f"{report}{PASSED}")

    before = face.get_attribute("aria-label")
    for _ in range(3):
        page.locator("[aria-current=step]").press("ArrowDown")
    after = face.get_attribute("aria-label")

    assert before is not None
    assert "LED green; online; tile Activation required; no star" in before
    assert after is not None
    assert "LED white; online; tile Activated; star" in after
    assert page.url.endswith(f"{PASSED}/step/4")


def test_a_failed_play_opens_at_the_failed_step_with_the_reason(page: Page, report: str) -> None:
    page.goto(f"{report}{FAILED}")

    assert "expected 'red', saw 'green'" in page.locator(".why h2").inner_text()
    assert "rerun: hubsim run" in page.locator(".why pre").inner_text()
    assert "expect" not in (page.locator("[aria-current=step] .who").inner_text())
    assert page.locator("[aria-current=step].broken").count() == 1
    assert page.locator(".again code").inner_text() == "hubsim run --virtual --seed 1 folder/failing.yaml"


def test_steps_that_were_not_reached_are_listed(page: Page, report: str) -> None:
    page.goto(f"{report}{FAILED}")

    assert page.locator(".step.unplayed").all_inner_texts() == ["3\nclock +1 d"]
    assert page.locator("[data-step]").count() == 2


def test_a_play_has_versions_seed_and_command(page: Page, report: str) -> None:
    page.goto(f"{report}{PASSED}")

    facts = page.locator(".play-head .facts").inner_text()
    assert re.search(r"seed\s+1\b", facts)
    assert re.search(r"hubsim\s+9\.9\.9\b", facts)
    assert page.locator(".again code").inner_text().startswith("hubsim run ")


@pytest.mark.parametrize("address", ["", PASSED, FAILED])
def test_the_page_fits_the_width_of_a_phone(page: Page, report: str, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})

    page.goto(f"{report}{address}")

    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_printed_page_is_white_and_complete(page: Page, report: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{report}{PASSED}")
    page.emulate_media(media="print", color_scheme="dark")

    colour = page.evaluate("getComputedStyle(document.querySelector('.steps')).backgroundColor")
    cut = page.evaluate(
        "[...document.querySelectorAll('.steps, .diagram')]"
        ".filter(each => each.scrollHeight > each.clientHeight + 1).length"
    )

    assert colour == "rgb(255, 255, 255)"
    assert cut == 0
    assert not page.get_by_role("button", name="Copy command").is_visible()


def test_world_time_is_local_across_a_change_of_the_offset(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(html_report([played("{clock: +4 h}")], run()), encoding="utf-8")

    page.goto(f"{file.as_uri()}{PASSED}")

    assert page.locator(".steps .day").inner_text() == "Sunday, 29 March 2026"
    assert page.locator(".step .when span").first.inner_text() == "04:00:00"


def test_the_address_of_an_unknown_play_shows_all_plays(page: Page, report: str) -> None:
    for address in ("#play/folder/gone.yaml", "#play/%", "#play/0"):
        page.goto(f"{report}{address}")

        assert page.locator("tbody tr").count() == 5


def test_a_skipped_play_shows_the_reason(page: Page, report: str) -> None:
    page.goto(f"{report}{SKIPPED}")

    assert "line 14 stops the broker" in page.locator(".why").inner_text()
    assert "Nothing was played" in page.locator("article").inner_text()


def test_the_page_uses_the_colours_of_the_system_until_the_user_changes_them(
    browser: Browser, report: str
) -> None:
    context = browser.new_context(offline=True, color_scheme="dark")
    tab = context.new_page()
    tab.goto(report)

    begun = tab.locator("html").get_attribute("data-theme")
    tab.get_by_role("button", name="Show in light colours").click()
    ended = tab.locator("html").get_attribute("data-theme")

    context.close()
    assert (begun, ended) == ("dark", "light")


def test_a_report_can_be_in_polish(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    with in_language(StoryLanguage.POLISH):
        file.write_text(html_report([played(*PASSING)], run()), encoding="utf-8")

    page.goto(file.as_uri())
    headline = page.locator("h1").inner_text()
    page.goto(f"{file.as_uri()}{PASSED}")

    assert headline == "Przebieg zaliczony"
    assert page.locator("html").get_attribute("lang") == "pl"
    assert page.locator(".steps .day").first.inner_text() == "sobota, 28 marca 2026"
    face = page.locator(".face").get_attribute("aria-label")
    assert face is not None
    assert "dioda zielona; online; kafelek Wymagana aktywacja; bez gwiazdki" in face


def test_markup_cannot_be_made_from_text(page: Page, report: str, complaints: list[str]) -> None:
    page.goto(report)

    outcome = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return 'written' } catch (e) { return e.name } }"
    )

    assert outcome == "TypeError"
    assert len(complaints) == 1
    complaints.clear()


def test_every_interactive_element_has_a_name(page: Page, report: str) -> None:
    for place in ("", PASSED, FAILED):
        page.goto(f"{report}{place}")
        pressed = page.locator("button, a, input, [role=button], [role=img]")
        names = pressed.evaluate_all(
            "all => all.map(e => e.getAttribute('aria-label') || e.textContent.trim() || "
            "e.closest('label')?.textContent.trim() || '')"
        )
        assert names
        assert all(names)


def test_a_report_with_hundreds_of_plays_can_be_opened(page: Page, tmp_path: Path) -> None:
    many = [played(*PASSING), played(*FAILING)] * 150
    file = tmp_path / "report.html"
    file.write_text(html_report(many, run()), encoding="utf-8")

    page.goto(file.as_uri())

    assert page.locator("tbody tr").count() == 300
