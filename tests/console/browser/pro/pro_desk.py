"""People at work in a browser, and the world of the lab in which they work."""

from collections.abc import Callable
from typing import Any

from console_tab import STEP_MS, ConsoleTab, DemoPerson, DemoServer
from playwright.sync_api import BrowserContext, Locator, expect

Json = dict[str, Any]

expect.set_options(timeout=STEP_MS)


class LabWorld:
    """A separate world on the server, made of a world file."""

    def __init__(self, server: DemoServer, file: str) -> None:
        self.server = server
        self.name = str(server.call("POST", "/lab/worlds", {"file": file})["name"])

    def close(self) -> None:
        """Remove the world."""
        self.server.call("DELETE", f"/lab/worlds/{self.name}")

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """Send a request to the API in this world, which must succeed; return the JSON of its response."""
        return self.server.call(method, path, body, world=self.name)

    def advance(self, by: str) -> None:
        """Move the clock forward, by an ISO 8601 duration."""
        self.call("POST", "/lab/clock/advance", {"by": by})

    def bench(self, hub: str, action: Json) -> None:
        """Perform a bench action on a hub."""
        self.call("POST", f"/lab/hubs/{hub}/actions", {"action": action})

    def company(self, email: str, name: str | None = None) -> str | None:
        """Return the id of a company of a person; the first one without a name."""
        people = self.call("GET", f"/lab/people?search={email}")["people"]
        accounts = next(person["accounts"] for person in people if person["email"] == email)
        return next(
            (
                row["account"]
                for row in accounts
                if row["account"] is not None and name in (None, row["company"])
            ),
            None,
        )

    def hub(self, model: str) -> str:
        """Return the id of the hub of this model."""
        rows = self.call("GET", "/lab/fleet")["hubs"]
        return next(str(row["hub"]) for row in rows if row["model"] == model)


class Desk(ConsoleTab):
    """A person with PRO Desktop or the PRO app in a browser."""

    def __init__(self, context: BrowserContext, lab: LabWorld, language: str, theme: str) -> None:
        super().__init__(context, lab.server, lab.name)
        self.lab = lab
        self._query = {"lang": language, "theme": theme}
        self._who = DemoPerson("")

    def opens(self, person: str, *, app: str = "pro", path: str = "", personal: bool = False) -> "Desk":
        """Open the client as a person of the world, in the first company or in the personal account."""
        email = f"{person}@example.test"
        self._who = DemoPerson(email, None if personal else self.lab.company(email))
        self.goes(app, path)
        return self

    def goes(self, app: str, path: str) -> None:
        """Show a page of the client by its address."""
        self.open("/".join(filter(None, (app, path))), self._who, **self._query)

    # ------------------------------------------------------------------ parts of the screen

    def button(self, name: str) -> Locator:
        """Return the button with this name in the open pop-up, or on the page when none is open."""
        page = self.page.locator("main:not(:has(dialog[open]))").get_by_role("button", name=name, exact=True)
        return page.or_(self.page.locator("dialog[open]").get_by_role("button", name=name, exact=True))

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

    # ------------------------------------------------------------------ acts of a person

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


Opens = Callable[..., Desk]
"""Opens a client as a person: `desk("olga")`, `desk("ivan", app="app", path="objects")`."""
