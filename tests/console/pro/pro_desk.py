"""People at work in a browser, and the world of the lab in which they work."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

BOUND_S = 30
"""Longer than any step takes, also on a busy machine."""
LONG_MS = BOUND_S * 1_000
expect.set_options(timeout=LONG_MS)

ALONE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Options that keep the browser from using the network by itself."""

Json = dict[str, Any]


@contextmanager
def running_server(state: Path) -> Iterator[str]:
    """Run `hubsim up --lab` with the console on free ports; give its URL."""
    command = [sys.executable, "-m", "hubsim", "up", "--lab", "--http-port", "0", "--mqtt-port", "0"]
    with (
        (state / "server.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(  # noqa: S603 (our own program)
            [*command, "--state", str(state / "state")],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=state,
        ) as server,
    ):
        try:
            assert server.stdout is not None
            first = server.stdout.readline()
            assert " ready: " in first, (state / "server.log").read_text(encoding="utf-8")
            yield first.split(" ", 1)[0]
        finally:
            server.terminate()
            server.communicate(timeout=BOUND_S)


@contextmanager
def running_browser(home: Path) -> Iterator[Browser]:
    """Run Chromium, with its files in a temporary home."""
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=ALONE, env={"HOME": str(home)}
        )
        yield chromium
        chromium.close()


class LabWorld:
    """A world of its own on the server, made of a world file."""

    def __init__(self, url: str, file: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=BOUND_S)
        self.name = str(self.send("POST", "/lab/worlds", {"file": file})["name"])
        self.path = f"/worlds/{self.name}"

    def close(self) -> None:
        """Remove the world."""
        self.send("DELETE", f"/lab/worlds/{self.name}")
        self._client.close()

    def send(self, method: str, path: str, body: Json | None = None, token: str = "") -> Json:
        """Send a request that must succeed; return the JSON of its response."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._client.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        found: Json = answer.json() if answer.content else {}
        return found

    def advance(self, by: str) -> None:
        """Move the clock forward, by an ISO 8601 duration."""
        self.send("POST", f"{self.path}/lab/clock/advance", {"by": by})

    def bench(self, hub: str, action: Json) -> None:
        """Do something with the hands to a hub."""
        self.send("POST", f"{self.path}/lab/hubs/{hub}/actions", {"action": action})

    def company(self, email: str, name: str | None = None) -> str | None:
        """Return the id of a company of a person; the first one without a name."""
        people = self.send("GET", f"{self.path}/lab/people?search={email}")["people"]
        accounts = next(person["accounts"] for person in people if person["email"] == email)
        return next(
            (
                row["account"]
                for row in accounts
                if row["account"] is not None and name in (None, row["company"])
            ),
            None,
        )

    def hub(self, place: int = 0) -> str:
        """Return the id of a hub on the bench."""
        return str(self.send("GET", f"{self.path}/lab/hubs")["hubs"][place]["hub"])


class Desk:
    """A person with PRO Desktop or the PRO app in a browser."""

    def __init__(self, context: BrowserContext, world: LabWorld, language: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(LONG_MS)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._world = world
        self._language = language

    def opens(self, person: str, *, app: str = "pro", path: str = "", personal: bool = False) -> "Desk":
        """Open the client as a person of the world, in the first company or in the personal account."""
        email = f"{person}@example.test"
        company = None if personal else self._world.company(email)
        query = {"world": self._world.name, "lang": self._language, "as": email}
        if company is not None:
            query["company"] = company
        address = f"{self._world.url}/console/#/{'/'.join(filter(None, (app, path)))}?{urlencode(query)}"
        self.page.goto(address)
        return self

    # ------------------------------------------------------------------ what is on the screen

    def button(self, name: str) -> Locator:
        """Return the button with this name in the open pop-up, or on the page when none is open."""
        popup = self.page.get_by_role("dialog")
        place = popup if popup.count() else self.client
        return place.get_by_role("button", name=name, exact=True)

    @property
    def client(self) -> Locator:
        """The window of PRO Desktop, or the screen of the app."""
        return (
            self.page.get_by_role("region", name="PRO Desktop")
            .or_(self.page.get_by_role("region", name="PRO app"))
            .or_(self.page.get_by_role("region", name="Aplikacja PRO"))
        )

    def tab(self, name: str) -> Locator:
        """Return a tab of the navigation bar."""
        bar = self.client.get_by_role("navigation", name="Navigation bar").or_(
            self.client.get_by_role("navigation", name="Pasek nawigacyjny")
        )
        return bar.get_by_role("link", name=name, exact=True)

    def popup(self, title: str) -> Locator:
        """Return the pop-up with this title."""
        return self.page.get_by_role("dialog", name=title, exact=True)

    def heading(self, text: str) -> Locator:
        """Return the heading of a screen."""
        return self.client.get_by_role("heading", name=text, exact=True)

    # ------------------------------------------------------------------ what a person does

    def clicks(self, *names: str) -> None:
        """Click buttons, one after the other."""
        for name in names:
            self.button(name).click()

    def follows(self, *names: str) -> None:
        """Follow links of the client, one after the other. A name can be the beginning of a longer one."""
        for name in names:
            self.client.get_by_role("link", name=name).first.click()

    def fills(self, label: str, text: str) -> None:
        """Type into a field."""
        self.page.get_by_label(label, exact=True).fill(text)
