"""The files of the console for browsers, with their headers. Reads them from the disk when they change.

A file is found by its path below one folder. Names that begin with a dot, `..` and links out of the folder do
not exist here. Files in `assets` have a hash in their name and never change; all others are checked by their
entity tag.
"""

import hashlib
import mimetypes
import re
from pathlib import Path, PurePosixPath

import msgspec
from starlette.responses import Response

from hubsim_cloud.http.problems import Problem, ProblemName

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy: the page loads its own files and asks its own server, nothing else."""
SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FOREVER = "public, max-age=31536000, immutable"
CHECKED = "no-cache"
INDEX = "index.html"
_HASHED = re.compile(r"assets/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+")
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".woff2": "font/woff2",
    ".map": "application/json",
}
"""Media types that the system of the user may not know, or may have changed."""
_OTHER = "application/octet-stream"


class StaticFile(msgspec.Struct, frozen=True):
    """A file as it is served."""

    body: bytes
    media_type: str
    etag: str
    """With its quotes."""


class StaticFiles:
    """The files below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder.resolve()
        self._read: dict[str, tuple[tuple[int, int], StaticFile]] = {}

    def response(self, path: str, if_none_match: str | None) -> Response:
        """Return the response to a request for a path; an empty one is the index. Problem: `not_found`."""
        name = path or INDEX
        found = self._find(name)
        headers = SECURITY_HEADERS | {
            "ETag": found.etag,
            "Cache-Control": FOREVER if _HASHED.fullmatch(name) else CHECKED,
        }
        if if_none_match is not None and _names(if_none_match, found.etag):
            return Response(status_code=304, headers=headers)
        return Response(found.body, headers=headers, media_type=found.media_type)

    def _find(self, name: str) -> StaticFile:
        parts = name.split("/")
        if any(not part or part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            raise _nothing_here()
        file = self._folder.joinpath(*parts)
        try:
            state = file.stat()
            if not file.is_file() or not file.resolve().is_relative_to(self._root):
                raise _nothing_here()
            version = (state.st_mtime_ns, state.st_size)
            kept = self._read.get(name)
            if kept is None or kept[0] != version:
                kept = self._read[name] = version, _served(name, file.read_bytes())
        except OSError:
            raise _nothing_here() from None
        return kept[1]


def _served(name: str, body: bytes) -> StaticFile:
    suffix = PurePosixPath(name).suffix
    known = _TYPES.get(suffix) or mimetypes.guess_type(name, strict=True)[0] or _OTHER
    return StaticFile(body, known, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _names(if_none_match: str, etag: str) -> bool:
    """Return whether the header names the tag: weak comparison (RFC 9110 section 13.1.2)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag in tags


def _nothing_here() -> Problem:
    return Problem(ProblemName.NOT_FOUND, "The console has no such file.", headers=SECURITY_HEADERS)
