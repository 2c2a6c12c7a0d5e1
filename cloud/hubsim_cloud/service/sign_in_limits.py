"""The limits of wrong passwords: by account and address, by account, and by address. Pure.

Three counters, because each alone fails. A limit for an account lets any client lock its owner out. A limit
for an address lets one guesser behind a proxy lock all its neighbours out. So a person who has signed up or
in at an address before is *known* there, and only the counter of this pair applies. Everything is in memory,
bounded, and forgotten by a restart.
"""

from collections import OrderedDict
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple, TypeVar

import msgspec

SECOND_MS, DAY_MS = 1_000, 86_400_000
PAIR_FAILURES = 5
"""Wrong passwords in a row for one account from one address without a pause. Each further one doubles it."""
PAUSE_MS, PAUSE_MAX_MS = 1 * SECOND_MS, 15 * 60 * SECOND_MS
"""The first and the longest pause between two attempts of such a pair."""
ACCOUNT_FAILURES, ACCOUNT_REFILL_MS = 50, 60 * SECOND_MS
"""Wrong passwords for one account from addresses where it is not known; one more is allowed each minute."""
ADDRESS_FAILURES, ADDRESS_REFILL_MS = 100, 3 * SECOND_MS
"""Wrong passwords from one address for accounts that are not known there; one more every 3 s."""
KNOWN_MS = 30 * DAY_MS
"""How long an account stays known at an address after its last sign-in."""
FORGOTTEN_MS = DAY_MS
"""A pair without an attempt for this time begins again."""
ENTRIES_MAX = 10_000
"""Entries of each kind. One more replaces the one that was used least recently."""
_IPV6_NETWORK_BITS = 64

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class LimitKind(StrEnum):
    """The counter that refuses an attempt."""

    PAIR = "account_at_address"
    ACCOUNT = "account"
    ADDRESS = "address"


class Limited(msgspec.Struct, frozen=True):
    """An attempt is refused, and its password is not checked."""

    kind: LimitKind
    wait_ms: int
    """The time until the next attempt is allowed, at least 1."""


class Visitor(NamedTuple):
    """A client that signs in or up, as far as it is known before its password is checked."""

    account: str
    """The e-mail address in its normal form, whether it has an account or not."""
    address: str
    """The network of the client: an IPv4 address, or the first 64 bits of an IPv6 address."""


class _Pair(msgspec.Struct):
    failures: int = 0
    allowed_ms: int = 0
    """The next attempt is allowed from this instant on."""
    last_ms: int = 0


class _Bucket(msgspec.Struct):
    """Failures that are allowed now; refilled at a steady rate up to its size."""

    left: int
    at_ms: int
    """The instant of the last refill."""


class SignInLimits:
    """The counters of one cloud. All times are in ms on one clock that does not go back."""

    def __init__(self) -> None:
        self._pairs: OrderedDict[Visitor, _Pair] = OrderedDict()
        self._known: OrderedDict[Visitor, int] = OrderedDict()
        """Accounts at addresses, with the last sign-in."""
        self._accounts: OrderedDict[str, _Bucket] = OrderedDict()
        self._addresses: OrderedDict[str, _Bucket] = OrderedDict()

    def is_known(self, visitor: Visitor, now_ms: int) -> bool:
        """Return whether the account has signed up or in at this address before."""
        return now_ms - self._known.get(visitor, -KNOWN_MS) < KNOWN_MS

    def check(self, visitor: Visitor, now_ms: int) -> Limited | None:
        """Return the limit that refuses an attempt now, or None. Changes no counter."""
        pair = self._pairs.get(visitor)
        if pair is not None and now_ms < pair.allowed_ms:
            return Limited(LimitKind.PAIR, pair.allowed_ms - now_ms)
        if self.is_known(visitor, now_ms):
            return None
        account, address = self._accounts.get(visitor.account), self._addresses.get(visitor.address)
        if account is not None and (wait_ms := _wait_ms(account, ACCOUNT_REFILL_MS, now_ms)):
            return Limited(LimitKind.ACCOUNT, wait_ms)
        if address is not None and (wait_ms := _wait_ms(address, ADDRESS_REFILL_MS, now_ms)):
            return Limited(LimitKind.ADDRESS, wait_ms)
        return None

    def failed(self, visitor: Visitor, now_ms: int) -> Limited | None:
        """Count a wrong password. Return the limit that applies from now on, or None."""
        pair = _entry(self._pairs, visitor, _Pair())
        if now_ms - pair.last_ms >= FORGOTTEN_MS:
            pair.failures = 0
        pair.failures, pair.last_ms = pair.failures + 1, now_ms
        if pair.failures >= PAIR_FAILURES:
            doubled = min(pair.failures - PAIR_FAILURES, PAUSE_MAX_MS.bit_length())
            pair.allowed_ms = now_ms + min(PAUSE_MS << doubled, PAUSE_MAX_MS)
        if not self.is_known(visitor, now_ms):
            account = _entry(self._accounts, visitor.account, _Bucket(ACCOUNT_FAILURES, now_ms))
            _take(account, ACCOUNT_FAILURES, ACCOUNT_REFILL_MS, now_ms)
            address = _entry(self._addresses, visitor.address, _Bucket(ADDRESS_FAILURES, now_ms))
            _take(address, ADDRESS_FAILURES, ADDRESS_REFILL_MS, now_ms)
        return self.check(visitor, now_ms)

    def succeeded(self, visitor: Visitor, now_ms: int) -> None:
        """Forget the failures of the pair, and know the account at this address."""
        self._pairs.pop(visitor, None)
        _entry(self._known, visitor, now_ms)
        self._known[visitor] = now_ms


def network_of(host: str) -> str:
    """Return the network of a client's address; other texts, such as the name of a socket, are returned."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    network = int(address) >> _IPV6_NETWORK_BITS << _IPV6_NETWORK_BITS
    return f"{IPv6Address(network)}/{_IPV6_NETWORK_BITS}"


def _entry(entries: OrderedDict[KeyT, ValueT], key: KeyT, new: ValueT) -> ValueT:
    """Return the entry of the key as the most recently used one; make room for a new one."""
    found = entries.setdefault(key, new)
    entries.move_to_end(key)
    if len(entries) > ENTRIES_MAX:
        entries.popitem(last=False)
    return found


def _wait_ms(bucket: _Bucket, refill_ms: int, now_ms: int) -> int:
    """Return the time until a failure is allowed; 0: now."""
    return 0 if bucket.left > 0 else max(0, bucket.at_ms + refill_ms - now_ms)


def _take(bucket: _Bucket, size: int, refill_ms: int, now_ms: int) -> None:
    """Refill the bucket, and take one failure; an empty one stays empty."""
    refills = (now_ms - bucket.at_ms) // refill_ms
    if bucket.left + refills >= size:
        bucket.left, bucket.at_ms = size, now_ms
    else:
        bucket.left, bucket.at_ms = bucket.left + refills, bucket.at_ms + refills * refill_ms
    bucket.left = max(0, bucket.left - 1)
