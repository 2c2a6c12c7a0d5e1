"""The HTML report as text: self-contained, escaped, and with sufficient contrast."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from reported import ACTIVATED, FAILING, PASSING, one_of_each, played, run

from hubsim_scenarios.reports.html import PAGE, html_report

EVIL = "</script><img src=x onerror=alert(1)><!--"
BLOCK = re.compile(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', re.DOTALL)
WEB = Path(__file__).parents[2] / "console/web/src"
"""The sources of the page."""
MOST_BYTES = 170_000
"""The size of the page without plays; the built script and style are the most of it."""
AA = 4.5
"""The contrast of text that WCAG 2.2 requires (1.4.3)."""
READ_ON = [
    *((word, ground) for word in ("text", "text-2") for ground in ("bg", "surface", "surface-2")),
    ("text", "accent-soft"),
    ("text-2", "accent-soft"),
    ("accent", "bg"),
    ("accent", "surface"),
    ("accent", "surface-2"),
    ("mark-text", "mark"),
    *((word, ground) for word in ("ok", "bad", "warn", "accent") for ground in ("surface", f"{word}-soft")),
    ("bad", "bg"),
    ("ok", "bg"),
    ("ok", "surface-2"),
    ("warn", "bg"),
    ("warn", "surface-2"),
    ("warn", "accent-soft"),
    ("text-2", "hub-case"),
    ("bad", "hub-case"),
    ("text-2", "hub-case-2"),
]
"""Pairs of a colour and the colour that text of it is read on."""


def blocks(page: str) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in BLOCK.findall(page)}


def test_every_play_is_in_the_page_once() -> None:
    found = blocks(html_report(one_of_each(), run()))

    assert list(found) == ["overview", "play-0", "play-1", "play-2", "play-3"]
    assert [play["verdict"] for play in found["overview"]["plays"]] == ["pass", "fail", "blocked", "skipped"]


def test_a_play_has_all_data_of_its_view() -> None:
    view = blocks(html_report([played(*PASSING)], run()))["play-0"]

    assert [step["kind"] for step in view["steps"]] == ["act", "act", "clock", "check", "bench_action"]
    assert view["steps"][0]["refused"] == "not_active"
    assert view["looks"][view["steps"][3]["looks"]["villa"]]["app"]["tile"] == "activated"
    assert view["again"] == "hubsim run --virtual --seed 1 folder/short.yaml"
    assert view["steps"][0]["after_s"] == 1.0


def test_equal_snapshots_are_stored_once() -> None:
    view = blocks(html_report([played("{clock: +1 s}", "{clock: +1 s}", "{clock: +1 s}")], run()))["play-0"]

    assert len(view["looks"]) == 1


def test_local_time_follows_the_changes_of_the_offset() -> None:
    """The play begins an hour before midnight of the 28th. The offset of Warsaw changes in that night."""
    view = blocks(html_report([played(ACTIVATED, "{clock: +1 d}")], run()))["play-0"]

    hours = [offset // 3_600_000 for _, offset in view["offsets"]]
    assert hours == [1, 2]


def test_the_failed_step_is_the_last_one_with_the_state_at_the_end() -> None:
    view = blocks(html_report([played(*FAILING)], run()))["play-0"]

    last = view["steps"][-1]
    assert (last["held"], last["outcome"]) == (False, "villa: shows.led: expected 'red', saw 'green'")
    assert view["looks"][last["looks"]["villa"]]["shows"]["led"] == "green"
    assert last["at"] == "folder/short.yaml:16"


def test_data_of_a_play_cannot_become_markup() -> None:
    evil = played(
        f'{{fault: inject, message: desired, hub: villa, payload: "{EVIL}", note: "{EVIL}"}}',
        title=f'"{EVIL}"',
        file=f"{EVIL}.yaml",
    )

    page = html_report([evil], run(), title=EVIL)

    assert "<img" not in page
    assert page.count("</script>") == page.count("<script")
    found = blocks(page)
    assert found["overview"]["plays"][0]["title"] == EVIL
    assert found["play-0"]["steps"][0]["note"] == EVIL


def test_the_page_loads_nothing_from_the_network() -> None:
    page = BLOCK.sub("", html_report([played(*PASSING)], run()))

    addresses = set(re.findall(r"https?://[^'\"`\s]+", page))
    assert {each for each in addresses if not each.startswith("http://www.w3.org/")} == set()
    assert not re.search(r"<(?:link|img|iframe|object|embed)\b|@import|\burl\(|\bsrc=|\bfetch\(", page)
    assert not re.search(r"XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\(", page)


def test_the_policy_allows_only_the_script_and_the_style_of_the_page() -> None:
    page = html_report([], run())

    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy[1]


def test_every_part_of_the_page_is_used() -> None:
    found = {str(file.relative_to(PAGE)) for file in PAGE.rglob("*") if file.is_file()}

    assert found == {"report.html", "built/report.js", "built/report.css"}


def test_the_script_does_not_write_markup() -> None:
    written = (PAGE / "built/report.js").read_text(encoding="utf-8")
    sources = "".join(file.read_text(encoding="utf-8") for file in WEB.glob("[pr]*/*.svelte"))

    assert not re.search(r"\.(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write", written)
    assert not re.search(r"\beval\(|\bnew Function\b", written)
    assert "{@html" not in sources


def test_the_page_without_data_is_small() -> None:
    """A report is sent by e-mail and kept for each build."""
    assert len(html_report([], run())) < MOST_BYTES


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READ_ON)
def test_text_has_sufficient_contrast(theme: str, text: str, ground: str) -> None:
    colours = dict[str, str]()
    for file in (WEB / "app.css", WEB / "parts/parts.css"):
        colours |= _colours(file.read_text(encoding="utf-8"), theme)

    lighter, darker = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= AA


def _colours(style: str, theme: str) -> dict[str, str]:
    """Return the colours of a theme. The dark one changes some of those of the light one."""
    selectors = [":root"] if theme == "light" else [":root", ':root[data-theme="dark"]']
    found = dict[str, str]()
    for selector in selectors:
        block = re.search(rf"^{re.escape(selector)} \{{(.*?)\n\}}", style, re.DOTALL | re.MULTILINE)
        assert block is not None, selector
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block[1]))
    return found


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
