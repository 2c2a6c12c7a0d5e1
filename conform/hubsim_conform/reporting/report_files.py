"""Writes the forms of a report to files, each whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from hubsim_conform.reporting.conform_html import conform_html
from hubsim_conform.reporting.conform_junit import conform_junit
from hubsim_conform.reporting.report_record import ConformReport
from hubsim_storage.whole_file import NamedPipe, check_writable, write_whole


class ReportTargets(msgspec.Struct, frozen=True):
    """The files that a user wants."""

    junit: Path | None = None
    html: Path | None = None
    json: Path | None = None

    def files(self) -> Iterator[Path]:
        """Yield the files."""
        yield from (file for file in (self.junit, self.html, self.json) if file is not None)


class CannotWriteReport(Exception):
    """A file of a report cannot be written. The text gives the file and the reason."""


def check_targets(targets: ReportTargets) -> None:
    """Raise `CannotWriteReport` for a file that cannot be written, before anything is run."""
    seen: set[Path] = set()
    for file in targets.files():
        if file.resolve() in seen:
            raise CannotWriteReport(f"two reports have the name {file}: give each a different file")
        seen.add(file.resolve())
    for file in targets.files():
        try:
            check_writable(file)
        except NamedPipe as error:
            raise CannotWriteReport(str(error)) from error
        except OSError as error:
            raise CannotWriteReport(
                f"{file} cannot be written: check that its folder exists and is writable"
            ) from error


def write_reports(report: ConformReport, targets: ReportTargets) -> None:
    """Write the files. Raises `CannotWriteReport`."""
    if targets.junit is not None:
        _write(targets.junit, conform_junit(report))
    if targets.html is not None:
        _write(targets.html, conform_html(report).encode())
    if targets.json is not None:
        _write(targets.json, msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def _write(file: Path, content: bytes) -> None:
    try:
        write_whole(file, content)
    except OSError as error:
        raise CannotWriteReport(f"{file} cannot be written: {error.strerror}") from error
