"""The HTML report: one page for managers and developers, whole in itself.

Promises: the page asks the network for nothing, and its own policy forbids it (the policy names the one
script and the one style by their hashes). Nothing that was played can become markup: data stands in the
page as JSON, and its script writes it as text.
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
"""The page's own parts."""
SCRIPTS = ("words.js", "face.js", "message.js", "diagram.js", "play.js", "overview.js", "main.js")
"""In the order in which they need each other."""
_SLOT = re.compile(r"@@(\w+)@@")


def html_report(accounts: Sequence[PlayRecord], run: RunFacts, *, title: str = "hubsim report") -> str:
    """Return the page. Plays that recorded no looks are shown without pictures of their hubs."""
    style = _part("report.css")
    script = "(() => {\n'use strict';\n" + "\n".join(map(_part, SCRIPTS)) + "\n})();\n"
    data = [_data("overview", overview(accounts, run))]
    data += [_data(f"play-{place}", play_view(each)) for place, each in enumerate(accounts)]
    slots = {
        "title": escape(title),
        "policy": (
            f"default-src 'none'; style-src 'sha256-{_hash(style)}'; script-src 'sha256-{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'"
        ),
        "style": style,
        "script": script,
        "data": "\n".join(data),
    }
    return _SLOT.sub(lambda slot: slots[slot[1]], _part("report.html"))


def _part(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def _data(name: str, record: msgspec.Struct) -> str:
    """Return a block of JSON. Without `<` nothing in it can end the block, or begin a comment."""
    text = msgspec.json.encode(record).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _hash(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()
