"""The snapshots of a lab on the disk: one folder for each, which gets its name when it is complete."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from hubsim_cloud.lab.errors import BadRequest, NotThere
from hubsim_cloud.lab.records import SnapshotRow
from hubsim_contract.lab.faults import AnyFault, MessageFaultStatus
from hubsim_storage.errors import StoreError, why

ABOUT, DATABASE, BENCH, JOURNAL, FAULTS = (
    "about.json",
    "cloud.db",
    "bench.json",
    "journal.json",
    "faults.json",
)
"""The parts of a snapshot. A snapshot without a journal has no history; older ones have no faults."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
T = TypeVar("T")


class SavedFaults(msgspec.Struct, frozen=True, kw_only=True):
    """The armed faults of a snapshot; those of messages to hubs and carrier are part of its bench."""

    cloud: tuple[MessageFaultStatus, ...] = ()
    """The faults of messages to the cloud."""
    injected: dict[str, AnyFault] = {}
    """The faults of both sides as they were injected, by id."""


class SnapshotStore:
    """The snapshots in a folder."""

    def __init__(self, folder: Path, limit: int) -> None:
        """Take the folder, which may not exist yet, and the largest number of snapshots."""
        self._folder = folder
        self._limit = limit

    def rows(self) -> list[SnapshotRow]:
        """Return all snapshots, by name."""
        files = sorted(self._folder.glob(f"[!.]*/{ABOUT}"))
        return [msgspec.json.decode(file.read_bytes(), type=SnapshotRow) for file in files]

    def row(self, name: str) -> SnapshotRow:
        """Return a snapshot. Raises `NotThere`."""
        file = self._path(name) / ABOUT
        if not file.is_file():
            raise NotThere("no_such_snapshot", f"unknown snapshot {name!r}")
        return msgspec.json.decode(file.read_bytes(), type=SnapshotRow)

    def part(self, name: str, part: str) -> Path:
        """Return the path of a part of a snapshot."""
        return self._path(name) / part

    def read(self, name: str, part: str, kind: type[T]) -> T:
        """Return the content of a part that is JSON."""
        return msgspec.json.decode(self.part(name, part).read_bytes(), type=kind)

    def faults(self, name: str) -> SavedFaults:
        """Return the armed faults of a snapshot."""
        return self.read(name, FAULTS, SavedFaults) if self.part(name, FAULTS).exists() else SavedFaults()

    def check_free(self, name: str) -> None:
        """Raise `BadRequest` if no new snapshot can have this name."""
        if self._path(name).exists():
            raise BadRequest("snapshot_exists", f"the snapshot {name!r} exists already: remove it first")
        if len(self.rows()) >= self._limit:
            raise BadRequest(
                "too_many_snapshots", f"{self._limit} snapshots exist, the limit: remove one first"
            )

    @contextmanager
    def new(self, name: str) -> Iterator[Path]:
        """Create a snapshot: yield a folder for its parts, which gets the name after the block.

        Raises `BadRequest` if the name is not free, then or now, and `StoreError` if the parts cannot be
        written. Then there is no snapshot.
        """
        self.check_free(name)
        with self.scratch() as part:
            yield part
            self.check_free(name)
            part.rename(self._path(name))

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Yield a new folder that is removed after the block. `OSError` becomes `StoreError`."""
        part = self._folder / f".{secrets.token_hex(4)}"
        try:
            part.mkdir(parents=True)
            yield part
        except OSError as error:
            raise StoreError(part, why("cannot be written", error)) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)

    @contextmanager
    def held(self, name: str) -> Iterator[Path]:
        """Yield a folder with the parts of a snapshot, which stays complete if the snapshot is removed.

        Raises `NotThere`.
        """
        self.row(name)
        with self.scratch() as part:
            for file in self._path(name).iterdir():
                os.link(file, part / file.name)
            yield part

    def drop(self, name: str) -> None:
        """Remove a snapshot. Raises `NotThere`."""
        self.row(name)
        shutil.rmtree(self._path(name))

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            text = "the name of a snapshot has 1 to 63 letters, digits, dots, hyphens and underscores"
            raise BadRequest("bad_name", text)
        return self._folder / name
