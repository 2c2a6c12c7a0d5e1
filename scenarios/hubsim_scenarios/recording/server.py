"""The recorded world on a server: its journal as it grows, and its state at the end.

A world that the recording opened is removed at the end. An existing world is only read.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from hubsim_cloud.lab.journal import AnyEntry, JournalStart, Lack
from hubsim_cloud.lab.payloads import LONGEST_WAIT_S
from hubsim_contract.lab.bench_actions import Card, CardKind, Snapshot
from hubsim_contract.lab.protocol import world_name
from hubsim_scenarios.recording.inventory import Inventory
from hubsim_scenarios.recording.server_diff import ServerState
from hubsim_scenarios.recording.verify import BillingAndMail
from hubsim_scenarios.worlds.api import Api, NoLab, NotGranted
from hubsim_scenarios.worlds.world import CannotPlay

T = TypeVar("T")
_WAIT_S = LONGEST_WAIT_S // 3
"""The longest wait of a request for more entries; less than the timeout of the client."""


class CannotRecord(Exception):
    """The recording cannot start. The text says why, and what to do."""


class WorldGone(CannotPlay):
    """The recorded world no longer exists, or another world has its name."""


class UnknownResponse(CannotPlay):
    """A response of the server does not have the expected form."""


class ListedWorld(msgspec.Struct, frozen=True):
    """A world in the server's list."""

    name: str
    """Empty for the main world."""

    def __post_init__(self) -> None:
        """Reject a name that would change the URL of the world. Raises `ValueError`."""
        if self.name:
            world_name(self.name)


class _Worlds(msgspec.Struct, frozen=True):
    worlds: list[ListedWorld]


class _ClockResponse(msgspec.Struct, frozen=True):
    world_ms: int


class _Setup(msgspec.Struct, frozen=True):
    slots: dict[str, Card] = {}


class _Hub(msgspec.Struct, frozen=True):
    """The state of a hub in all layers."""

    setup: _Setup
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
    """A page of a world's journal."""

    run: str
    lacks: Lack | None
    beginning: JournalStart
    entries: list[AnyEntry]
    next: int


class RecordedWorld:
    """A world on a server. Use `open_world` or `enter_world`, then `aclose`."""

    def __init__(self, api: Api, row: ListedWorld, *, own: bool) -> None:
        self.name = row.name
        self.url = f"{api.url}/worlds/{self.name}"
        self._api = api
        self._own = own
        api.enter(self.name)

    async def more(self, after: int, *, wait: bool = True) -> JournalPage:
        """Return the entries after the first `after` ones. If there are none, wait at most `_WAIT_S` for one.

        Raises `WorldGone`, `ServerGone`, `UnknownResponse`.
        """
        query = {"after": str(after), "wait_s": str(_WAIT_S if wait else 0)}
        try:
            found = await self._api.read("/lab/journal", query, token=None)
        except NotGranted as refused:
            if not await self._is_there():
                raise WorldGone(f"the world {self.name!r} no longer exists: {refused.detail}") from refused
            # the world was being reset during the request
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
        """Wait until the world is idle, with its clock stopped if we opened it; return the world time."""
        if self._own:
            await self._ask("PUT", "/lab/clock", {"held": True})
        return _as(_ClockResponse, await self._ask("POST", "/lab/settle")).world_ms

    async def seen(self, things: Inventory) -> ServerState:
        """Return the state of all hubs, mailboxes and invoices of the recording."""
        snapshots = {
            hub.name: await self._hub(id_) for id_, hub in things.hubs.items() if hub.setup is not None
        }
        mails = {address: await self._mails(address) for address in things.emails}
        invoices = _as(_Invoices, await self._ask("GET", "/lab/invoices")).invoices
        return ServerState(
            snapshots, BillingAndMail({to: kinds for to, kinds in mails.items() if kinds}, len(invoices))
        )

    async def aclose(self) -> None:
        """Remove the world if we opened it."""
        if self._own:
            self._api.enter("")
            with suppress(CannotPlay, NotGranted):  # the server can be gone
                await self._api.ask("DELETE", f"/lab/worlds/{self.name}", None)

    async def _hub(self, id_: str) -> dict[str, Snapshot]:
        hub = _as(_Hub, await self._ask("GET", f"/lab/hubs/{id_}?verdicts=0"))
        snapshots: dict[str, Snapshot] = {"app": hub.app, "applied": hub.applied, "shows": hub.shows}
        cards = (card.iccid for _, card in sorted(hub.setup.slots.items()) if card.kind is CardKind.AJAX)
        iccid = next(cards, None)
        if iccid is not None:
            snapshots["carrier"] = _as(dict[str, Any], await self._ask("GET", f"/lab/sims/{iccid}"))
        return snapshots

    async def _mails(self, address: str) -> list[str]:
        found = await self._ask("GET", f"/lab/mailboxes/{quote(address, safe='')}")
        return [mail.kind for mail in _as(_Mailbox, found).mails]

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            return await self._api.ask(method, path, body)
        except NotGranted as refused:
            raise WorldGone(f"the world {self.name!r} cannot be queried: {refused.detail}") from refused


async def open_world(api: Api, start_ms: int) -> RecordedWorld:
    """Open a new world for the recording. Raises `CannotRecord`, `ServerGone`."""
    order = {"name": f"rec-{secrets.token_hex(3)}", "start_ms": start_ms}
    return RecordedWorld(api, _as(ListedWorld, await _lab(api, "POST", "/lab/worlds", order)), own=True)


async def enter_world(api: Api, name: str) -> RecordedWorld:
    """Return an existing world. Raises `CannotRecord`, `ServerGone`."""
    if not name:
        raise CannotRecord("the main world has no journal: omit --world to record a new world")
    try:
        world_name(name)
    except ValueError as error:
        raise CannotRecord(str(error)) from error
    rows = _as(_Worlds, await _lab(api, "GET", "/lab/worlds")).worlds
    row = next((row for row in rows if row.name == name), None)
    if row is None:
        names = ", ".join(row.name for row in rows if row.name) or "only the main world"
        raise CannotRecord(f"the server has no world {name!r}, it has {names}")
    return RecordedWorld(api, row, own=False)


async def journal_as_it_grows(world: RecordedWorld) -> AsyncIterator[JournalPage]:
    """Yield the pages of the journal as it grows; the first page immediately.

    A page with another `run` than the page before is the first page of a new journal: the world was reset.
    Raises `WorldGone`, `ServerGone`.
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
        raise CannotRecord(f"the server at {api.url} refused: {refused.detail}") from refused


def _as(kind: type[T], found: Any) -> T:
    """Return a response converted to its type. Raises `UnknownResponse`."""
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        raise UnknownResponse(
            f"unknown response of the server ({error}): use the same version of hubsim for both"
        ) from error
