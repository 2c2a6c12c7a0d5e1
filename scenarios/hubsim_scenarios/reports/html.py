"""The HTML report: one self-contained page for managers and developers.

The page does not use the network, and its content security policy forbids it: the policy allows only the
script and the style with the given hashes. Data of plays cannot become markup: it is in the page as JSON, and
the script inserts it as text. The policy also forbids all markup from strings (Trusted Types).

Script and style are built from `console/web/src/report`, of the same parts as the console (ADR 40).
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

import msgspec

from hubsim_scenarios.reports.page_data import overview, play_view
from hubsim_scenarios.reports.play_record import PlayRecord, RunFacts

PAGE = Path(__file__).parent / "page"
"""The folder with the frame of the page, and the built script and style in `built`."""
_SLOT = re.compile(r"@@(\w+)@@")


def html_report(records: Sequence[PlayRecord], run: RunFacts, *, title: str = "hubsim report") -> str:
    """Return the page. Plays without snapshots are shown without pictures of their hubs."""
    style, script = _part("built/report.css"), _part("built/report.js")
    data = [_data("overview", overview(records, run))]
    data += [_data(f"play-{place}", play_view(each)) for place, each in enumerate(records)]
    slots = {
        "title": escape(title),
        "policy": (
            f"default-src 'none'; style-src 'sha256-{_hash(style)}'; script-src 'sha256-{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "style": style,
        "script": script,
        "data": "\n".join(data),
    }
    return _SLOT.sub(lambda slot: slots[slot[1]], _part("report.html"))


def _part(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def _data(name: str, record: msgspec.Struct) -> str:
    """Return a block of JSON. It has no `<`, so nothing in it can end the block or begin a comment."""
    text = msgspec.json.encode(record).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _hash(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()
