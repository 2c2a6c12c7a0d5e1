"""A tab of the console in a real browser, and the server of the demo that it shows.

Tests find things as users do, by role and name. A tab collects the troubles of the page: messages of the
browser's console, errors, requests to other hosts. A test with something in `complaints` fails at its end.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from tools.console.demo_server import DemoServer

ROOT = Path(__file__).parents[3]
AXE = ROOT / "console/web/node_modules/axe-core/axe.min.js"
STEP_MS = 15_000
"""Longer than any answer of the server takes on a busy machine."""
_REFUSED = re.compile(r"status of 4\d\d")
"""The browser reports each refusal of the API as a failed load; a test looks at the page instead."""


class DemoPerson(NamedTuple):
    """A person of the demo, in one of the accounts."""

    email: str
    company: str | None = None


OLGA = DemoPerson("olga@wolf.example", "company-1")
"""Owner of Wolf Security, which is not a Dealer yet."""
MAREK = DemoPerson("marek@fortis.example", "company-2")
"""Owner of Fortis Alarm, a Dealer with many objects."""
KASIA = DemoPerson("kasia@fortis.example", "company-2")
"""Installer of Fortis Alarm."""
RITA = DemoPerson("rita@northwatch.example", "company-6")
"""Owner of NorthWatch, a Reseller."""
ZOE = DemoPerson("zoe@mail.example")
"""A person without a company."""
FRONT_DOOR = "3390F28D"
"""The hub of the story: Ethernet, no SIM, in an object of Wolf Security."""


class ConsoleTab:
    """A tab that shows the console, in one world."""

    def __init__(self, context: BrowserContext, server: DemoServer, world: str) -> None:
        self.server = server
        self.world = world
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(STEP_MS)
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._note_request)

    def open(self, path: str = "demo", who: DemoPerson | None = None, **query: str) -> Page:
        """Show a page as a person: `open("hub/3390F28D", OLGA, lang="pl")`."""
        self.page.goto(self.address(path, who, **query))
        self.page.get_by_role("main").wait_for()
        return self.page

    def address(self, path: str = "demo", who: DemoPerson | None = None, **query: str) -> str:
        """Return the address of a page."""
        person = {} if who is None else {"as": who.email, "company": who.company or ""}
        chosen = {"lang": "en", "theme": "light", "world": self.world, **person, **query}
        text = urlencode({name: value for name, value in chosen.items() if value})
        return f"{self.server.url}/console/#/{quote(path)}?{text}"

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request to the API in the world of the tab."""
        return self.server.call(method, path, body, world=self.world)

    def violations(self, include: Sequence[str] = ()) -> list[str]:
        """Return what axe finds against WCAG 2.2 AA and the best practices, one line for each element."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        within = json.dumps(list(include)) if include else "document"
        result: Mapping[str, Any] = self.page.evaluate(
            f"axe.run({within}, {{runOnly: {json.dumps(tags)}, resultTypes: ['violations']}})"
        )
        return [
            f"{rule['id']}: {rule['help']}: {node['html'][:200]} {node.get('failureSummary', '')}"
            for rule in result["violations"]
            for node in rule["nodes"]
        ]

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _REFUSED.search(message.text):
            self.complaints.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:")):
            self.complaints.append(f"request to another host: {request.url}")


NewTab = Callable[..., ConsoleTab]
"""Opens a further tab: `new_tab(viewport=...)` in a new browser, `new_tab(same=tab)` in the same one."""
