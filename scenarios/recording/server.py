"""The server on which something is recorded: a world there, its journal as it grows, its looks in the end.

Owns the world that it has opened, and removes it. A world that was there before is looked at only.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import msgspec

from cloud.lab.journal import AnyEntry, Beginning, Lack
from cloud.lab.routes import LONGEST_WAIT_S
from contract.bench import CardKind, Look
from contract.lab import world_name
from scenarios.recording.comparing import SeenThere
from scenarios.recording.rehearsing import Books
from scenarios.recording.things import Things
from scenarios.worlds.api import Api, NoLab, NotGranted
from scenarios.worlds.world import CannotPlay

_WAIT_S = LONGEST_WAIT_S // 3
"""So long a request for more waits: less than it takes a client to give up."""


class CannotRecord(Exception):
    """Nothing was begun. The text says why, and what to do."""


class WorldGone(CannotPlay):
    """The world that is recorded is not there any more, or another one under its name."""


class StrangeJournal(CannotPlay):
    """The server's journal is not of a kind that is known here."""


class Journal(msgspec.Struct, frozen=True):
    """A part of a world's journal, as the server tells it."""

    run: str
    lacks: Lack | None
    beginning: Beginning
    entries: list[AnyEntry]
    next: int


class RecordedWorld:
    """A world on a server. Use `open_world` or `enter_world`, then `aclose`."""

    def __init__(self, api: Api, row: dict[str, Any], *, own: bool) -> None:
        self.name = str(row["name"])
        self.operator_token = str(row["operator_token"])
        self.url = f"{api.url}/worlds/{self.name}"
        self._api = api
        self._own = own
        api.enter(self.name)

    async def more(self, after: int, *, wait: bool = True) -> Journal:
        """Return what was done behind the entry of a number; wait for it, but not for ever.

        Raises `WorldGone`, `ServerGone`, `StrangeJournal`.
        """
        query = {"after": str(after), "wait_s": str(_WAIT_S if wait else 0)}
        try:
            found = await self._api.see("/lab/journal", query, token=None)
        except NotGranted as refused:
            if not await self._is_there():
                raise WorldGone(f"the world {self.name!r} is gone: {refused.detail}") from refused
            # it was just being begun anew, as by a reset
            found = await self._ask("GET", f"/lab/journal?after={after}")
        try:
            return msgspec.convert(found, Journal, strict=False)
        except msgspec.ValidationError as error:
            raise StrangeJournal(
                f"what the server tells cannot be read here ({error}): use one version of hubsim for both"
            ) from error

    async def _is_there(self) -> bool:
        self._api.enter("")
        try:
            rows = (await self._ask("GET", "/lab/worlds"))["worlds"]
        finally:
            self._api.enter(self.name)
        return any(row["name"] == self.name for row in rows)

    async def at_rest(self) -> int:
        """Come to rest, with the clock standing if the world is ours; return the world time."""
        if self._own:
            await self._ask("PUT", "/lab/clock", {"held": True})
        clock = await self._ask("POST", "/lab/settle")
        return int(clock["world_ms"])

    async def seen(self, things: Things) -> SeenThere:
        """Return how everything stands there that a recording knows."""
        looks = {hub.name: await self._hub(id_) for id_, hub in things.hubs.items() if hub.stand is not None}
        mails = {address: await self._mails(address) for address in things.emails}
        invoices = (await self._ask("GET", "/lab/invoices"))["invoices"]
        return SeenThere(looks, Books({to: kinds for to, kinds in mails.items() if kinds}, len(invoices)))

    async def aclose(self) -> None:
        """Remove the world if it is ours."""
        if self._own:
            self._api.enter("")
            with suppress(CannotPlay, NotGranted):  # a server that is gone removes nothing
                await self._api.ask("DELETE", f"/lab/worlds/{self.name}", None)

    async def _hub(self, id_: str) -> dict[str, Look]:
        shown = await self._ask("GET", f"/lab/hubs/{id_}")
        slots = shown.pop("stand").get("slots", {})
        iccid = next(
            (card["iccid"] for _, card in sorted(slots.items()) if card["kind"] == CardKind.AJAX), None
        )
        if iccid is not None:
            shown["carrier"] = await self._ask("GET", f"/lab/sims/{iccid}")
        looks: dict[str, Look] = shown
        return looks

    async def _mails(self, address: str) -> list[str]:
        found = await self._ask("GET", f"/lab/mailboxes/{quote(address, safe='')}")
        return [str(mail["kind"]) for mail in found["mails"]]

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            return await self._api.ask(method, path, body)
        except NotGranted as refused:
            raise WorldGone(f"the world {self.name!r} cannot be looked at: {refused.detail}") from refused


async def open_world(api: Api, start_ms: int) -> RecordedWorld:
    """Open a world of our own. Raises `CannotRecord`, `ServerGone`."""
    order = {"name": f"rec-{secrets.token_hex(3)}", "start_ms": start_ms}
    return RecordedWorld(api, await _lab(api, "POST", "/lab/worlds", order), own=True)


async def enter_world(api: Api, name: str) -> RecordedWorld:
    """Look at a world that is there. Raises `CannotRecord`, `ServerGone`."""
    if not name:
        raise CannotRecord("the main world has no journal of what is done to it: record a world beside it")
    try:
        world_name(name)
    except ValueError as error:
        raise CannotRecord(str(error)) from error
    rows = (await _lab(api, "GET", "/lab/worlds"))["worlds"]
    row = next((row for row in rows if row["name"] == name), None)
    if row is None:
        names = ", ".join(row["name"] for row in rows if row["name"]) or "none but the main one"
        raise CannotRecord(f"there is no world {name!r} on the server: there is {names}")
    return RecordedWorld(api, row, own=False)


async def journal_as_it_grows(world: RecordedWorld) -> AsyncIterator[Journal]:
    """Yield the journal in parts, as things are done; the first one at once.

    Another `run` begins anew. Raises `WorldGone`, `ServerGone`.
    """
    part = await world.more(0, wait=False)
    yield part
    while True:
        run, part = part.run, await world.more(part.next)
        if part.run != run:
            part = await world.more(0, wait=False)
        yield part


async def _lab(api: Api, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    try:
        return await api.ask(method, path, body)
    except NoLab as error:
        raise CannotRecord(str(error)) from error
    except NotGranted as refused:
        raise CannotRecord(f"the server at {api.url} refuses: {refused.detail}") from refused
