"""The waiting room of password hashes: who is next, and who gets a place when it is full.

Hashing is slow on purpose, so a crowd waits. The turns go round the addresses, and within an address round
its accounts: a visitor waits for one hash of each other address, however many attempts that address makes.
Visitors who are known at their address have a separate queue, with three of four turns.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hubsim_cloud.service.sign_in_limits import Visitor

ACCOUNT_PLACES = 3
"""Waiting attempts of one account from one address. A person needs one."""
KNOWN_TURNS = 3
"""Turns of known visitors for each turn of the others, while both wait."""
_Accounts = OrderedDict[str, "deque[asyncio.Future[None]]"]
"""The tickets of each account, the oldest first."""


_FULL = "too many people sign in or sign up at the same time; try again in a moment"


class TooBusy(Exception):
    """Too many passwords wait to be hashed. Nothing was done; try again in a moment."""


class _Queue:
    """Tickets by address and account, taken in turns."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, _Accounts] = OrderedDict()
        self.size = 0

    def places_of(self, visitor: Visitor) -> int:
        return len(self._accounts(visitor.address).get(visitor.account, ()))

    def put(self, visitor: Visitor, ticket: "asyncio.Future[None]") -> None:
        accounts = self._addresses.setdefault(visitor.address, OrderedDict())
        accounts.setdefault(visitor.account, deque()).append(ticket)
        self.size += 1

    def take(self) -> "asyncio.Future[None]":
        """Remove and return the next ticket; its account and its address go to the end."""
        address, accounts = next(iter(self._addresses.items()))
        account, tickets = next(iter(accounts.items()))
        ticket = tickets.popleft()
        self.size -= 1
        self._addresses.move_to_end(address)
        accounts.move_to_end(account)
        self._tidy(address, account)
        return ticket

    def remove(self, visitor: Visitor, ticket: "asyncio.Future[None]") -> None:
        """Remove a ticket; does nothing if it was taken."""
        tickets = self._accounts(visitor.address).get(visitor.account)
        if tickets is not None and ticket in tickets:
            tickets.remove(ticket)
            self.size -= 1
            self._tidy(visitor.address, visitor.account)

    def displaces(self, visitor: Visitor) -> bool:
        """Return whether another ticket belongs to a larger share than one more of this visitor would."""
        accounts = self._accounts(visitor.address)
        own, largest = _total(accounts), max(map(_total, self._addresses.values()), default=0)
        if own < largest:
            return own + 1 < largest
        return self.places_of(visitor) + 1 < max(map(len, accounts.values()), default=0)

    def drop_last_of_largest(self) -> "asyncio.Future[None]":
        """Remove and return the newest ticket of the account with most tickets at the largest address."""
        address, accounts = max(self._addresses.items(), key=lambda item: _total(item[1]))
        account, tickets = max(accounts.items(), key=lambda item: len(item[1]))
        ticket = tickets.pop()
        self.size -= 1
        self._tidy(address, account)
        return ticket

    def _accounts(self, address: str) -> _Accounts:
        return self._addresses.get(address, OrderedDict())

    def _tidy(self, address: str, account: str) -> None:
        accounts = self._addresses[address]
        if not accounts[account]:
            del accounts[account]
        if not accounts:
            del self._addresses[address]


def _total(accounts: _Accounts) -> int:
    return sum(map(len, accounts.values()))


class WaitingRoom:
    """`at_once` visitors have their turn at the same time, and `waiting` further ones wait."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._places = waiting
        self._running = 0
        self._known, self._others = _Queue(), _Queue()
        self._known_turns = 0
        """Turns of known visitors since the last one of the others."""

    @property
    def waiting(self) -> int:
        """The number of visitors who wait."""
        return self._known.size + self._others.size

    @asynccontextmanager
    async def turn(self, visitor: Visitor, *, known: bool = False) -> AsyncIterator[None]:
        """Wait for the turn, and have it within the context. Raises `TooBusy`, also for a lost place."""
        if self._running < self._at_once:
            self._running += 1
        else:
            await self._wait(self._known if known else self._others, visitor)
        try:
            yield
        finally:
            self._running -= 1
            self._admit()

    async def _wait(self, queue: _Queue, visitor: Visitor) -> None:
        self._make_room(queue, visitor)
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.put(visitor, ticket)
        try:
            await ticket
        except asyncio.CancelledError:
            queue.remove(visitor, ticket)
            if ticket.done() and not ticket.cancelled() and ticket.exception() is None:
                self._running -= 1  # the turn came at the same moment
                self._admit()
            raise

    def _make_room(self, queue: _Queue, visitor: Visitor) -> None:
        """Raise `TooBusy` if there is no place for this visitor; a larger share loses one for a smaller."""
        if queue.places_of(visitor) >= ACCOUNT_PLACES:
            raise TooBusy("other attempts for this account are waiting; try again in a moment")
        if self.waiting < self._places:
            return
        if queue is self._known and self._others.size:
            victim = self._others
        elif queue.displaces(visitor):
            victim = queue
        else:
            raise TooBusy(_FULL)
        ticket = victim.drop_last_of_largest()
        if not ticket.done():
            ticket.set_exception(TooBusy(_FULL))

    def _admit(self) -> None:
        """Give free turns to those who wait."""
        while self._running < self._at_once and self.waiting:
            others = self._others.size and (not self._known.size or self._known_turns >= KNOWN_TURNS)
            self._known_turns = 0 if others else self._known_turns + 1
            ticket = (self._others if others else self._known).take()
            if not ticket.done():  # its visitor may have left at the same moment
                self._running += 1
                ticket.set_result(None)
