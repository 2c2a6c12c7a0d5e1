"""Pages of a list. A token names the last item, so changes before that item do not move the next page.

A token is valid for one query and one account. It is signed, so clients cannot make one.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec

from hubsim_cloud.http.problems import Mistake, Problem, ProblemName
from hubsim_cloud.http.requests import invalid
from hubsim_cloud.http.routes import PagedList, SortOrder

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_SEAL_BYTES = 16
_LIMIT_DIGITS = len(str(MAX_LIMIT))


class Last(msgspec.Struct, frozen=True, array_like=True):
    """The last item of a page: its key, and its place in case the item is gone."""

    key: str | int | None
    place: int


class Page(msgspec.Struct, frozen=True):
    """A part of a list, and the token of the next page; None at the end."""

    items: Sequence[Any]
    next_page: str | None


_decoder = msgspec.json.Decoder(Last)


def read_limit(text: str | None) -> int:
    """Return the largest number of items of a page. Problem: `invalid_request`."""
    if text is None:
        return DEFAULT_LIMIT
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= _LIMIT_DIGITS else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid(Mistake("?limit", f"expected a whole number from 1 to {MAX_LIMIT}"))
    return limit


def page_of(
    items: Sequence[Any], listing: PagedList, *, limit: int, token: str | None, seal: bytes, about: str
) -> Page:
    """Return the page after the token, or the first one without a token.

    `about` is everything that the list depends on. Problem for a token with another one: `bad_page_token`.
    """
    begin = 0 if token is None else _place_after(items, listing, _opened(token, seal, about))
    end = min(begin + limit, len(items))
    more = end < len(items)
    last = Last(_key(items, listing, end - 1), end - 1) if more else None
    return Page(items[begin:end], None if last is None else _sealed(last, seal, about))


def _place_after(items: Sequence[Any], listing: PagedList, last: Last) -> int:
    match listing.key:
        case SortOrder.OLDEST_FIRST:
            return min(_whole(last.key) + 1, len(items))
        case SortOrder.NEWEST_FIRST:
            return max(len(items) - _whole(last.key), 0)
        case name:
            for place, item in enumerate(items):
                if getattr(item, name) == last.key:
                    return place + 1
            # The item is gone, and the next one has moved to its place.
            return min(last.place, len(items))


def _key(items: Sequence[Any], listing: PagedList, place: int) -> str | int | None:
    """Return the permanent name of the item: its key, or the number of older items."""
    match listing.key:
        case SortOrder.OLDEST_FIRST:
            return place
        case SortOrder.NEWEST_FIRST:
            return len(items) - 1 - place
        case name:
            key: str | None = getattr(items[place], name)
            return key


def _whole(key: str | int | None) -> int:
    assert isinstance(key, int), "a signed token has the key of its list"
    return key


def _sealed(last: Last, seal: bytes, about: str) -> str:
    content = msgspec.json.encode(last)
    return base64.urlsafe_b64encode(_signature(content, seal, about) + content).decode().rstrip("=")


def _opened(token: str, seal: bytes, about: str) -> Last:
    try:
        packed = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _bad_token() from None
    signature, content = packed[:_SEAL_BYTES], packed[_SEAL_BYTES:]
    if not hmac.compare_digest(signature, _signature(content, seal, about)):
        raise _bad_token()
    return _decoder.decode(content)


def _signature(content: bytes, seal: bytes, about: str) -> bytes:
    return hmac.digest(seal, hashlib.sha256(about.encode()).digest() + content, "sha256")[:_SEAL_BYTES]


def _bad_token() -> Problem:
    return Problem(
        ProblemName.BAD_PAGE_TOKEN,
        "The page token belongs to another list, filter or account. Begin without a token.",
    )
