"""Pages of a list. A token names the last item, so changes before that item do not move the next page.

A token is valid for one query and one account. It is signed, so clients cannot make one.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

import msgspec

from hubsim_cloud.domain.pager import LastItem, Pager
from hubsim_cloud.http.problems import Mistake, Problem, ProblemName
from hubsim_cloud.http.requests import invalid

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_SEAL_BYTES = 16
_LIMIT_DIGITS = len(str(MAX_LIMIT))


PAGING = ("limit", "page")
"""The parameters of every list."""
_decoder = msgspec.json.Decoder(LastItem)


def read_limit(text: str | None) -> int:
    """Return the largest number of items of a page. Problem: `invalid_request`."""
    if text is None:
        return DEFAULT_LIMIT
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= _LIMIT_DIGITS else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid(Mistake("?limit", f"expected a whole number from 1 to {MAX_LIMIT}"))
    return limit


def read_pager(asked: Mapping[str, str | None], seal: bytes, about: str) -> Pager:
    """Return the pager of a request with these parameters.

    `about` is everything that the list depends on. Problem for a token with another one: `bad_page_token`.
    """
    token = asked.get("page")
    limit = read_limit(asked.get("limit"))
    return Pager(limit, None if token is None else _opened(token, seal, about))


def next_page(pager: Pager, seal: bytes, about: str) -> str | None:
    """Return the token of the page after the one that the pager has taken; None at the end."""
    return None if pager.last is None else _sealed(pager.last, seal, about)


def _sealed(last: LastItem, seal: bytes, about: str) -> str:
    content = msgspec.json.encode(last)
    return base64.urlsafe_b64encode(_signature(content, seal, about) + content).decode().rstrip("=")


def _opened(token: str, seal: bytes, about: str) -> LastItem:
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
