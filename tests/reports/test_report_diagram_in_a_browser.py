"""The sequence diagram of the HTML report in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page
from reported import PASSED, PASSING, played, run

from hubsim_contract.lab.trace import PACKET, TraceEvent
from hubsim_scenarios.reports.html import html_report
from hubsim_scenarios.reports.sequence import CLOUD

pytestmark = pytest.mark.browser


def test_a_message_opens_with_its_payload_and_the_changes(page: Page, report: str) -> None:
    page.goto(f"{report}{PASSED}")

    page.get_by_role("button", name="villa → broker, for cloud: reported").last.click()

    panel = page.get_by_label("Message details")
    assert '"hub":' in panel.locator("pre").inner_text()
    assert "was" in panel.locator("mark").first.inner_text()
    assert "after the start" in panel.inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".panel").count() == 0


def test_messages_can_be_read_with_only_the_keyboard(page: Page, report: str) -> None:
    page.goto(f"{report}{PASSED}")

    page.locator(".row").first.focus()
    first = page.locator(".row:focus").get_attribute("data-row")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    label = page.locator(".row.chosen").get_attribute("aria-label")
    assert label is not None
    assert label.endswith(page.locator(".panel h3").inner_text())
    assert page.locator(".row.chosen").get_attribute("data-row") == str(int(first or "") + 1)


def test_a_selected_message_shows_the_hubs_after_its_step(page: Page, report: str) -> None:
    page.goto(f"{report}{PASSED}")

    page.get_by_role("button", name="villa → broker, for cloud: reported v18, active").first.click()

    assert page.locator("[aria-current=step] .number").inner_text() == "2"
    page.keyboard.press("Escape")
    assert "tile Activated" in str(page.locator(".face").get_attribute("aria-label"))


def test_the_diagram_shows_only_the_selected_kinds(page: Page, report: str) -> None:
    page.goto(f"{report}{PASSED}")
    everything = page.locator(".row").count()

    page.get_by_label("facts of the cloud").uncheck()

    assert 0 < page.locator(".row").count() < everything
    assert page.locator(".note.fact").count() == 0


def test_the_diagram_finds_rows_by_the_words_of_their_payloads(page: Page, report: str) -> None:
    page.goto(f"{report}{PASSED}")

    page.get_by_label("Find in messages").fill("lid_open presence")
    assert page.locator(".row").count() == 0
    assert page.get_by_text("No row matches the filter.").is_visible()
    page.get_by_label("Find in messages").fill('"lid_open":true')

    labels = page.locator(".row").evaluate_all("rows => rows.map(row => row.getAttribute('aria-label'))")
    assert labels
    assert all("reported" in label for label in labels)
    assert re.fullmatch(rf"{len(labels)} of \d+ rows", page.locator(".toolbar [role=status]").inner_text())


def test_the_diagram_leaves_out_hidden_participants(page: Page, report: str) -> None:
    page.goto(f"{report}{PASSED}")

    page.locator("summary", has_text="Participants").click()
    page.get_by_label("carrier", exact=True).uncheck()

    labels = page.locator(".row").evaluate_all("rows => rows.map(row => row.getAttribute('aria-label'))")
    assert labels
    assert not any("carrier" in label.split(": ")[0] for label in labels)


def test_only_the_rows_in_view_of_a_long_play_are_drawn(page: Page, tmp_path: Path) -> None:
    record = played(*PASSING)
    packets = [
        TraceEvent(record.result.ended_at_ms, PACKET, CLOUD, {"packet": "PUBACK", "packet_id": number})
        for number in range(5_000)
    ]
    record.trace.events.extend(packets)
    file = tmp_path / "long.html"
    file.write_text(html_report([record], run()), encoding="utf-8")
    page.goto(f"{file.as_uri()}{PASSED}")
    rows = page.locator(".row")

    page.get_by_label("packets").check()
    rows.first.focus()
    page.keyboard.press("End")
    page.locator(".row:focus").wait_for()
    at_the_end, drawn = page.locator(".row:focus").get_attribute("data-row"), rows.count()
    page.emulate_media(media="print")
    page.locator('.row[data-row="100"]').wait_for()

    assert int(at_the_end or "") >= 5_000
    assert drawn < 100
    assert rows.count() > 5_000


def test_recorded_packets_are_shown_on_demand(page: Page, report: str, tmp_path: Path) -> None:
    record = played(*PASSING)
    facts = {"packet": "PUBACK", "connection": 3, "real_us": 17, "direction": "to_client", "packet_id": 2}
    record.trace.events.append(TraceEvent(record.result.ended_at_ms, PACKET, CLOUD, facts))
    file = tmp_path / "packets.html"
    file.write_text(html_report([record], run()), encoding="utf-8")
    page.goto(f"{report}{PASSED}")
    without = page.get_by_label("packets").count()
    page.goto(f"{file.as_uri()}{PASSED}")
    at_first = page.locator(".label.packet").count()

    page.get_by_label("packets").check()
    page.get_by_label("Find in messages").fill("puback")
    page.locator(".row", has=page.locator(".label.packet")).click()

    assert (without, at_first) == (0, 0)
    assert page.locator(".label.packet").text_content() == "PUBACK"
    panel = page.get_by_label("Message details")
    assert "to_client" in panel.inner_text()
    assert "broker → cloud" in panel.inner_text()
