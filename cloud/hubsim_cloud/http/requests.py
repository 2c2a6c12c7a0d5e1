"""Strict reading of requests: bodies, query strings and headers become the domain's types.

A mistake raises a `Problem` with the place, the expected value and the word probably meant. A `Problem` never
repeats a value of the request, which may be a password in the wrong field.
"""

import re
from collections.abc import AsyncIterator, Iterable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from hubsim_cloud.http.problems import Mistake, Problem, ProblemName
from hubsim_cloud.http.validation_text import cut, meant, mistake_of

MAX_KEY_CHARS = 200
MAX_REVISION_DIGITS = 15
OCTETS = "application/octet-stream"
"""The media type of a file (RFC 2046 section 4.5.1)."""

_KEY = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY_CHARS}}}")
_REVISION = re.compile(rf'"([0-9]{{1,{MAX_REVISION_DIGITS}}})"')
T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


def read_json(decoder: msgspec.json.Decoder[T], body: bytes, names: Iterable[str]) -> T:
    """Return the body as the decoder's type; `names` are the known fields.

    An empty body counts as an empty object. Problems: `malformed_body`, `invalid_request`.
    """
    try:
        return decoder.decode(body or b"{}")
    except msgspec.ValidationError as error:
        raise invalid(mistake_of(error, decoder.type, names)) from None
    except RecursionError:
        raise invalid(Mistake("", "the JSON is nested too deeply")) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(ProblemName.MALFORMED_BODY, "The body is not JSON in UTF-8.") from None


async def read_body(request: Request) -> bytes:
    """Return the body, which is JSON or empty. Problem: `unsupported_media_type`."""
    body = await request.body()
    if body:
        _check_kind(request, "application/json", "")
    return body


def read_file(request: Request) -> AsyncIterator[bytes]:
    """Return the body, which is a file, in parts. Problem: `unsupported_media_type`.

    A client may omit the media type, as `curl -T` does.
    """
    _check_kind(request, OCTETS, OCTETS)
    return request.stream()


def _check_kind(request: Request, expected: str, default: str) -> None:
    kind = request.headers.get("content-type", default).partition(";")[0].strip().lower()
    if kind != expected:
        text = f"Send the body as {expected}."
        raise Problem(ProblemName.UNSUPPORTED_MEDIA_TYPE, text, headers={"Accept": expected})


def read_query(request: Request, known: Iterable[str]) -> dict[str, str]:
    """Return the query string. Problem for unknown or repeated names: `invalid_request`."""
    if not request.scope["query_string"]:
        return {}
    names = tuple(known)
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in names:
            raise invalid(Mistake(f"?{cut(name)}", f"unknown parameter{meant(name, names)}"))
        if name in found:
            raise invalid(Mistake(f"?{name}", "the parameter is repeated"))
        found[name] = value
    return found


def convert_query(values: dict[str, str], kind: type[T]) -> T:
    """Return the values of a query string as this type. Problem: `invalid_request`."""
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        mistake = mistake_of(error, kind, ())
        raise invalid(Mistake("?" + mistake.pointer.lstrip("/"), mistake.what)) from None


def read_parameters(request: Request, kind: type[S]) -> S:
    """Return the query string of a request as this type. Problem: `invalid_request`."""
    return convert_query(read_query(request, kind.__struct_fields__), kind)


def read_count(text: str | None, name: str, most: int) -> int:
    """Return a number from 0 to `most` of the query string; `most` if it is missing. Problem: as above."""
    if text is None:
        return most
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(most)) or int(text) > most:
        raise invalid(Mistake(f"?{name}", f"expected a whole number from 0 to {most}"))
    return int(text)


def read_bearer(request: Request) -> str | None:
    """Return the bearer token (RFC 6750), or None without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def read_key(request: Request) -> str | None:
    """Return the idempotency key, or None without one. Problem: `malformed_header`."""
    values = request.headers.getlist("idempotency-key")
    if not values:
        return None
    if len(values) > 1 or not _KEY.fullmatch(values[0]):
        raise _bad_header(
            "Idempotency-Key", f"Send one key of 1 to {MAX_KEY_CHARS} visible ASCII characters."
        )
    return values[0]


def read_if_match(request: Request, *, allowed: bool) -> int | None:
    """Return the revision that the request expects; None for any revision.

    `allowed`: whether the route has a revision. Problem for the header without one: `malformed_header`.
    """
    values = request.headers.getlist("if-match")
    if not values or values == ["*"]:
        return None
    if not allowed:
        raise _bad_header("If-Match", "This request does not take a revision. Omit the header.")
    found = _REVISION.fullmatch(values[0].strip()) if len(values) == 1 else None
    if found is None:
        raise _bad_header("If-Match", 'Send one revision from ETag, such as "42", or *.')
    return int(found[1])


def invalid(*mistakes: Mistake) -> Problem:
    """Return the problem of a request with these mistakes."""
    detail = "; ".join(f"{mistake.pointer or 'body'}: {mistake.what}" for mistake in mistakes)
    return Problem(ProblemName.INVALID_REQUEST, detail, errors=mistakes)


def _bad_header(name: str, detail: str) -> Problem:
    return Problem(ProblemName.MALFORMED_HEADER, detail, facts={"header": name})


def path_values(request: Request) -> dict[str, Any]:
    """Return the variables of the path, by name."""
    return dict(request.scope["path_params"])
