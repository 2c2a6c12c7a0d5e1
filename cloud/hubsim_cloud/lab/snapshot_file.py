"""The file format of a snapshot: one file with a whole world, for another server.

A file is compressed by gzip (RFC 1952). Inside, the first line is a `SnapshotHeader` as JSON; after it follow
the parts that it lists, without anything between them: the cloud's database without secrets, the bench, the
armed faults, and the journal if there is one. `gunzip -c FILE | head -1` shows the header.

A reader refuses a file unless every byte of it is as the header says. Files may come from anyone: their
content has a limited size, and the database is checked before it is opened.
"""

import asyncio
import gzip
import hashlib
import zlib
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

import msgspec
from msgspec import Meta

from hubsim_cloud.lab.errors import BadRequest
from hubsim_cloud.lab.records import SnapshotRow
from hubsim_cloud.lab.snapshot_store import BENCH, DATABASE, FAULTS, JOURNAL, SavedFaults
from hubsim_cloud.service.portable_database import check_portable, write_portable
from hubsim_contract.lab.protocol import PAYLOAD_BYTES_MAX, SavedBench
from hubsim_storage.errors import StoreError

FORMAT = "hubsim-snapshot"
VERSION = 1
"""The version of the format. Another one is refused."""
SUFFIX = ".hubsim"
FILE_BYTES_MAX = 256 * 1024 * 1024
"""The size of a file; a larger one is refused with 413."""
_MIB = 1024 * 1024
PART_BYTES_MAX = {
    DATABASE: 1024 * _MIB,
    BENCH: PAYLOAD_BYTES_MAX - _MIB,  # it is sent to the simulator in one message
    FAULTS: _MIB,
    JOURNAL: 16 * _MIB,
}
"""The size of each part before it is compressed; a larger one is refused."""
_REQUIRED = frozenset({DATABASE, BENCH, FAULTS})
_HEADER_BYTES_MAX = _MIB
_CHUNK_BYTES = 65_536
_MAGIC = b"\x1f\x8b"
_NOT_GZIP = (OSError, EOFError, zlib.error)
T = TypeVar("T")


class SnapshotPart(msgspec.Struct, frozen=True):
    """One part of a file."""

    name: str
    size_bytes: Annotated[int, Meta(ge=0)]
    sha256: str
    """The digest of its content, as 64 hex digits."""


class SnapshotFormat(msgspec.Struct, frozen=True):
    """The fields of a header that all versions of the format have."""

    format: str
    version: int


class SnapshotHeader(SnapshotFormat, frozen=True):
    """The first line of a file."""

    passwords: bool
    """Whether the database has the hashes of passwords."""
    snapshot: SnapshotRow
    parts: tuple[SnapshotPart, ...]


def is_snapshot_file(start: bytes) -> bool:
    """Return whether a file that begins with these bytes can be a snapshot; it is not a world file."""
    return start.startswith(_MAGIC)


def write_snapshot_file(folder: Path, target: BinaryIO, row: SnapshotRow, *, passwords: bool) -> None:
    """Write the snapshot in `folder` as a file; `passwords`: with the hashes of passwords.

    Writes to `folder`, too. Blocks. Raises `StoreError` and `OSError`.
    """
    portable = folder / "portable.db"
    write_portable(folder / DATABASE, portable, passwords=passwords)
    if not (folder / FAULTS).exists():  # in a snapshot of an older version
        (folder / FAULTS).write_bytes(msgspec.json.encode(SavedFaults()))
    files = {DATABASE: portable, BENCH: folder / BENCH, FAULTS: folder / FAULTS, JOURNAL: folder / JOURNAL}
    kept = {name: file for name, file in files.items() if file.exists()}
    header = SnapshotHeader(
        format=FORMAT,
        version=VERSION,
        passwords=passwords,
        snapshot=row,
        parts=tuple(_part(name, file) for name, file in kept.items()),
    )
    with gzip.GzipFile(filename="", fileobj=target, mode="wb", compresslevel=6, mtime=0) as packed:
        packed.write(msgspec.json.encode(header) + b"\n")
        for file in kept.values():
            with file.open("rb") as content:
                while chunk := content.read(_CHUNK_BYTES):
                    packed.write(chunk)


def read_snapshot_file(file: Path, folder: Path) -> SnapshotRow:
    """Check a file, write its parts to `folder`, and return the snapshot with the name that it had.

    Blocks. Raises `BadRequest` that says what is wrong with the file, and `StoreError` and `OSError` if the
    parts cannot be written.
    """
    with file.open("rb") as raw:
        if not is_snapshot_file(raw.read(len(_MAGIC))):
            raise _bad("it is not the file of a snapshot: save one with `GET /lab/snapshots/NAME/file`")
        raw.seek(0)
        with gzip.GzipFile(fileobj=raw, mode="rb") as packed:
            header = _header(_read(packed, _HEADER_BYTES_MAX, line=True))
            for part in header.parts:
                _unpack(packed, part, folder / part.name)
            if _read(packed, 1):
                raise _bad("it is longer than its header says")
    _check_json(folder, FAULTS, SavedFaults)
    _check_json(folder, BENCH, SavedBench)
    try:
        asyncio.run(check_portable(folder / DATABASE, header.snapshot.settings, header.snapshot.market))
    except StoreError as error:
        raise _bad(f"{DATABASE} {error.why}") from error
    return header.snapshot


def _part(name: str, file: Path) -> SnapshotPart:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return SnapshotPart(name, file.stat().st_size, digest)


def _header(line: bytes) -> SnapshotHeader:
    """Return the header of a file of this version. Raises `BadRequest`."""
    try:
        known = msgspec.json.decode(line, type=SnapshotFormat)
        if known.format != FORMAT:
            raise _bad(f"its format is {known.format[:40]!r}, and {FORMAT!r} is expected")
        if known.version != VERSION:
            advice = "use a newer hubsim" if known.version > VERSION else "save it again"
            raise _bad(f"it has version {known.version} of the format, and {VERSION} is expected: {advice}")
        header = msgspec.json.decode(line, type=SnapshotHeader)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(f"its header cannot be read: {error}") from error
    names = [part.name for part in header.parts]
    if len(set(names)) < len(names) or not _REQUIRED <= set(names) <= PART_BYTES_MAX.keys():
        raise _bad(f"it does not have the parts of a snapshot: {', '.join(sorted(PART_BYTES_MAX))}")
    return header


def _unpack(packed: gzip.GzipFile, part: SnapshotPart, target: Path) -> None:
    """Write a part to its file. Raises `BadRequest` unless it is as the header says."""
    if part.size_bytes > PART_BYTES_MAX[part.name]:
        raise _bad(
            f"{part.name} has {part.size_bytes} bytes, at most {PART_BYTES_MAX[part.name]} are allowed"
        )
    digest, left_bytes = hashlib.sha256(), part.size_bytes
    with target.open("wb") as content:
        while left_bytes:
            chunk = _read(packed, min(left_bytes, _CHUNK_BYTES))
            if not chunk:
                raise _bad(f"it ends within {part.name}")
            left_bytes -= len(chunk)
            digest.update(chunk)
            content.write(chunk)
    if digest.hexdigest() != part.sha256:
        raise _bad(f"{part.name} is damaged: its SHA-256 is not the one of the header")


def _read(packed: gzip.GzipFile, size_bytes: int, *, line: bool = False) -> bytes:
    """Read at most `size_bytes`, or a line. Raises `BadRequest` for a damaged file."""
    try:
        return packed.readline(size_bytes) if line else packed.read(size_bytes)
    except _NOT_GZIP as error:
        raise _bad(f"it is damaged: {error}") from error


def _check_json(folder: Path, part: str, kind: type[T]) -> None:
    """Raise `BadRequest` if a part cannot be read as this type."""
    try:
        msgspec.json.decode((folder / part).read_bytes(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(f"{part} cannot be read: {error}") from error


def _bad(problem: str) -> BadRequest:
    return BadRequest("bad_snapshot_file", f"the file cannot be opened: {problem}")
