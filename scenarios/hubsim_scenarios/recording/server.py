"""The server on which something is recorded: a world there, its journal as it grows, its looks in the end.

Owns the world that it has opened, and removes it. A world that was there before is looked at only.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from hubsim_cloud.lab.journal import AnyEntry, JournalStart, Lack
from hubsim_cloud.lab.routes import LONGEST_WAIT_S
from hubsim_contract.lab.bench_actions import Card, CardKind, Snapshot
from hubsim_contract.lab.protocol import world_name
from hubsim_scenarios.recording.inventory import Inventory
from hubsim_scenarios.recording.server_diff import SeenThere
from hubsim_scenarios.recording.verify import BillingAndMail
from hubsim_scenarios.worlds.api import Api, NoLab, NotGranted
from hubsim_scenarios.worlds.world import CannotPlay

T = TypeVar("T")
_WAIT_S = LONGEST_WAIT_S // 3
"""So long a request for more waits: less than it takes a client to give up."""


class CannotRecord(Exception):
    """Nothing was begun. The text says why, and what to do."""


class WorldGone(CannotPlay):
    """The world that is recorded is not there any more, or another one under its name."""


class StrangeAnswer(CannotPlay):
    """What the server tells is not of a kind that is known here."""


class ListedWorld(msgspec.Struct, frozen=True):
    """A world in the server's list."""

    name: str
    """Of the main one empty."""
    operator_token: str

    def __post_init__(self) -> None:
        """Refuse a name that would make another address of the world's. Raises `ValueError`."""
        if self.name:
            world_name(self.name)


class _Worlds(msgspec.Struct, frozen=True):
    worlds: list[ListedWorld]


class _ClockAnswer(msgspec.Struct, frozen=True):
    world_ms: int


class _Stand(msgspec.Struct, frozen=True):
    slots: dict[str, Card] = {}


class _Hub(msgspec.Struct, frozen=True):
    """A hub from everywhere."""

    setup: _Stand
    app: Snapshot
    applied: Snapshot
    shows: Snapshot


class _Mail(msgspec.Struct, frozen=True):
    kind: str


class _Mailbox(msgspec.Struct, frozen=True):
    mails: list[_Mail]


class _Invoices(msgspec.Struct, frozen=True):
    invoices: list[Snapshot]


class JournalPage(msgspec.Struct, frozen=True):
    """A part of a world's journal, as the server tells it."""

    run: str
    lacks: Lack | None
    beginning: JournalStart
    entries: list[AnyEntry]
    next: int


class RecordedWorld:
    """A world on a server. Use `open_world` or `enter_world`, then `aclose`."""

    def __init__(self, api: Api, row: ListedWorld, *, own: bool) -> None:
        self.name = row.name
        self.operator_token = row.operator_token
        self.url = f"{api.url}/worlds/{self.name}"
        self._api = api
        self._own = own
        api.enter(self.name)

    async def more(self, after: int, *, wait: bool = True) -> JournalPage:
        """Return what was done behind the entry of a number; wait for it, but not for ever.

        Raises `WorldGone`, `ServerGone`, `StrangeAnswer`.
        """
        query = {"after": str(after), "wait_s": str(_WAIT_S if wait else 0)}
        try:
            found = await self._api.read("/lab/journal", query, token=None)
        except NotGranted as refused:
            if not await self._is_there():
                raise WorldGone(f"the world {self.name!r} is gone: {refused.detail}") from refused
            # it was just being begun anew, as by a reset
            found = await self._ask("GET", f"/lab/journal?after={after}")
        return _as(JournalPage, found)

    async def _is_there(self) -> bool:
        self._api.enter("")
        try:
            found = _as(_Worlds, await self._ask("GET", "/lab/worlds"))
        finally:
            self._api.enter(self.name)
        return any(row.name == self.name for row in found.worlds)

    async def is_idle(self) -> int:
        """Come to rest, with the clock standing if the world is ours; return the world time."""
        if self._own:
            await self._ask("PUT", "/lab/clock", {"held": True})
        return _as(_ClockAnswer, await self._ask("POST", "/lab/settle")).world_ms

    async def seen(self, things: Inventory) -> SeenThere:
        """Return how everything stands there that a recording knows."""
        looks = {hub.name: await self._hub(id_) for id_, hub in things.hubs.items() if hub.setup is not None}
        mails = {address: await self._mails(address) for address in things.emails}
        invoices = _as(_Invoices, await self._ask("GET", "/lab/invoices")).invoices
        return SeenThere(
            looks, BillingAndMail({to: kinds for to, kinds in mails.items() if kinds}, len(invoices))
        )

    async def aclose(self) -> None:
        """Remove the world if it is ours."""
        if self._own:
            self._api.enter("")
            with suppress(CannotPlay, NotGranted):  # a server that is gone removes nothing
                await self._api.ask("DELETE", f"/lab/worlds/{self.name}", None)

    async def _hub(self, id_: str) -> dict[str, Snapshot]:
        hub = _as(_Hub, await self._ask("GET", f"/lab/hubs/{id_}"))
        looks: dict[str, Snapshot] = {"app": hub.app, "applied": hub.applied, "shows": hub.shows}
        cards = (card.iccid for _, card in sorted(hub.setup.slots.items()) if card.kind is CardKind.AJAX)
        iccid = next(cards, None)
        if iccid is not None:
            looks["carrier"] = _as(dict[str, Any], await self._ask("GET", f"/lab/sims/{iccid}"))
        return looks

    async def _mails(self, address: str) -> list[str]:
        found = await self._ask("GET", f"/lab/mailboxes/{quote(address, safe='')}")
        return [mail.kind for mail in _as(_Mailbox, found).mails]

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            return await self._api.ask(method, path, body)
        except NotGranted as refused:
            raise WorldGone(f"the world {self.name!r} cannot be looked at: {refused.detail}") from refused


async def open_world(api: Api, start_ms: int) -> RecordedWorld:
    """Open a world of our own. Raises `CannotRecord`, `ServerGone`."""
    order = {"name": f"rec-{secrets.token_hex(3)}", "start_ms": start_ms}
    return RecordedWorld(api, _as(ListedWorld, await _lab(api, "POST", "/lab/worlds", order)), own=True)


async def enter_world(api: Api, name: str) -> RecordedWorld:
    """Look at a world that is there. Raises `CannotRecord`, `ServerGone`."""
    if not name:
        raise CannotRecord("the main world has no journal of what is done to it: record a world beside it")
    try:
        world_name(name)
    except ValueError as error:
        raise CannotRecord(str(error)) from error
    rows = _as(_Worlds, await _lab(api, "GET", "/lab/worlds")).worlds
    row = next((row for row in rows if row.name == name), None)
    if row is None:
        names = ", ".join(row.name for row in rows if row.name) or "none but the main one"
        raise CannotRecord(f"there is no world {name!r} on the server: there is {names}")
    return RecordedWorld(api, row, own=False)


async def journal_as_it_grows(world: RecordedWorld) -> AsyncIterator[JournalPage]:
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


def _as(kind: type[T], found: Any) -> T:
    """Return what the server told as what it must be. Raises `StrangeAnswer`."""
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        raise StrangeAnswer(
            f"what the server tells cannot be read here ({error}): use one version of hubsim for both"
        ) from error
