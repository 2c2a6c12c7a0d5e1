"""The report options of the command line, and the functions that check targets and write reports.

The code of a report is imported when the report is written, because most runs write none.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click
import msgspec

from hubsim_scenarios.product.files import SUFFIXES
from hubsim_scenarios.reports.play_record import PlayRecord, RunFacts
from hubsim_storage.whole_file import check_writable, write_whole

STDOUT = Path("-")
"""Write to standard output, which then contains nothing else."""
_FILE = click.Path(dir_okay=False, path_type=Path)
_FILE_OR_STDOUT = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """The files of the requested reports. None: the report is not requested."""

    junit: Path | None = None
    junit_strict: bool = False
    json: Path | None = None
    html: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of all requested reports."""
        return tuple(file for file in (self.junit, self.json, self.html) if file is not None)

    @property
    def on_stdout(self) -> bool:
        """Whether a report is written to standard output, so nothing else may be printed there."""
        return self.json == STDOUT

    @property
    def with_snapshots(self) -> bool:
        """Whether a report needs snapshots of the hubs after each step."""
        return self.json is not None or self.html is not None

    def check(self) -> None:
        """Raise `OSError` if a file cannot be written. Changes nothing."""
        for file in self.files:
            if file != STDOUT:
                check_writable(file)

    def write(self, records: Sequence[PlayRecord], facts: RunFacts) -> None:
        """Write the requested reports, each one whole or not at all. Raises `OSError`."""
        if self.junit is not None:
            from hubsim_scenarios.reports.junit import junit  # noqa: PLC0415 (see above)

            write_whole(self.junit, junit(records, facts, strict=self.junit_strict))
        if self.json is not None:
            from hubsim_scenarios.reports.results import results_json  # noqa: PLC0415 (see above)

            results = results_json(records, facts)
            if self.json == STDOUT:
                click.echo(results, nl=False)
            else:
                write_whole(self.json, results)
        if self.html is not None:
            from hubsim_scenarios.reports.html import html_report  # noqa: PLC0415 (see above)

            write_whole(self.html, html_report(records, facts).encode())


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the report options to a command, which gets them as `reports`."""

    @click.option("--junit", type=_FILE, help="Write a JUnit XML report for CI servers.")
    @click.option(
        "--junit-strict",
        is_flag=True,
        help="Use the strict schemas of Jenkins xUnit and Ant, with one test suite per file.",
    )
    @click.option(
        "--json",
        type=_FILE_OR_STDOUT,
        metavar="FILE|-",
        help="Write the results as JSON (schema: docs/results.schema.json). '-' prints only the JSON.",
    )
    @click.option("--html", type=_FILE, help="Write an HTML report: one file that works offline.")
    @wraps(command)
    def with_reports(
        *args: Any,
        junit: Path | None,
        junit_strict: bool,
        json: Path | None,
        html: Path | None,
        **kwargs: Any,
    ) -> Any:
        if junit_strict and junit is None:
            raise click.UsageError("--junit-strict needs --junit FILE: it is the form of that report")
        reports = Reports(junit=junit, junit_strict=junit_strict, json=json, html=html)
        return command(*args, reports=reports, **kwargs)

    return with_reports


def check_targets(files: Sequence[Path]) -> None:
    """Refuse output files that would overwrite a scenario or each other. Raises `UsageError`.

    This protects a scenario that is given by mistake as the value of a report option.
    """
    for place, file in enumerate(files):
        if file.suffix.lower() in SUFFIXES:
            raise click.UsageError(
                f"{file} has the suffix of a scenario and would be overwritten: give another name"
            )
        if file in files[:place]:
            raise click.UsageError(f"two outputs have the name {file}: give each its own name")
        if not file.parent.is_dir():
            raise click.UsageError(f"{file} cannot be written: create the folder {file.parent} first")


def check_apart(written: Sequence[Path], read: Iterable[Path]) -> None:
    """Refuse output files that are also inputs, or are the same file twice. Raises `UsageError`.

    It compares files and not names, because a name can be a link. Devices may be used twice.
    """
    files = [file for file in written if file.is_file()]
    for place, file in enumerate(files):
        for other in (*read, *files[:place]):
            if other.exists() and file.samefile(other):
                raise click.UsageError(
                    f"{file} is the same file as {other} and would be overwritten: give another name"
                )
