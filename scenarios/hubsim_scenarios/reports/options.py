"""The reports that a run is asked for on the command line: which, where to, and writing them.

Each kind of report is imported when it is written: most runs are asked for none.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click
import msgspec

from hubsim_scenarios.product.files import SUFFIXES
from hubsim_scenarios.reports.play_record import PlayRecord, RunFacts

STDOUT = Path("-")
"""Instead of a file: standard output, which then has nothing else."""
_FILE = click.Path(dir_okay=False, path_type=Path)
_FILE_OR_STDOUT = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """Where reports are to be written; None: not wanted."""

    junit: Path | None = None
    junit_strict: bool = False
    json: Path | None = None
    html: Path | None = None

    @property
    def wanted(self) -> tuple[Path, ...]:
        """Where something is to be written."""
        return tuple(file for file in (self.junit, self.json, self.html) if file is not None)

    @property
    def on_stdout(self) -> bool:
        """Whether standard output belongs to a report, so that nothing else may be said there."""
        return self.json == STDOUT

    @property
    def with_snapshots(self) -> bool:
        """Whether a report shows what was seen of the hubs after each step."""
        return self.json is not None or self.html is not None

    def begin(self) -> None:
        """Empty the files, so that one that cannot be written is known before anything is played.

        Raises `OSError`.
        """
        for file in self.wanted:
            if file != STDOUT:
                file.write_bytes(b"")

    def write(self, accounts: Sequence[PlayRecord], facts: RunFacts) -> None:
        """Write what is wanted. Raises `OSError`."""
        if self.junit is not None:
            from hubsim_scenarios.reports.junit import junit  # noqa: PLC0415 (see above)

            self.junit.write_bytes(junit(accounts, facts, strict=self.junit_strict))
        if self.json is not None:
            from hubsim_scenarios.reports.results import results_json  # noqa: PLC0415 (see above)

            results = results_json(accounts, facts)
            if self.json == STDOUT:
                click.echo(results, nl=False)
            else:
                self.json.write_bytes(results)
        if self.html is not None:
            from hubsim_scenarios.reports.html import html_report  # noqa: PLC0415 (see above)

            self.html.write_text(html_report(accounts, facts), encoding="utf-8")


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options for reports; it gets `reports`."""

    @click.option("--junit", type=_FILE, help="Write a JUnit report, for CI servers.")
    @click.option(
        "--junit-strict",
        is_flag=True,
        help="Let it keep to the schemas of Jenkins xUnit and Ant: a suite for each file.",
    )
    @click.option(
        "--json",
        type=_FILE_OR_STDOUT,
        metavar="FILE|-",
        help="Write the results as JSON (docs/results.schema.json); '-' prints them, and nothing else.",
    )
    @click.option("--html", type=_FILE, help="Write one page to read and to debug from, offline.")
    @wraps(command)
    def with_reports(
        *args: Any,
        junit: Path | None,
        junit_strict: bool,
        json: Path | None,
        html: Path | None,
        **kwargs: Any,
    ) -> Any:
        reports = Reports(junit=junit, junit_strict=junit_strict, json=json, html=html)
        return command(*args, reports=reports, **kwargs)

    return with_reports


def check_targets(files: Sequence[Path]) -> None:
    """Refuse files to be written that would be lost or lose something. Raises `UsageError`.

    A file that is meant to be played, but stands where a report's name is expected, must not be emptied.
    """
    for place, file in enumerate(files):
        if file.suffix in SUFFIXES:
            raise click.UsageError(f"{file} is named like a scenario and would be written over: name another")
        if file in files[:place]:
            raise click.UsageError(f"two of what is to be written have the name {file}: give each its own")
        if not file.parent.is_dir():
            raise click.UsageError(f"{file} cannot be written: make the folder {file.parent} first")


def check_apart(written: Sequence[Path], read: Iterable[Path]) -> None:
    """Refuse to write over what is read, or twice into one file, whatever the names. Raises `UsageError`.

    Names can be links. Devices are left alone: nothing is lost in them.
    """
    files = [file for file in written if file.is_file()]
    for place, file in enumerate(files):
        for other in (*read, *files[:place]):
            if other.exists() and file.samefile(other):
                raise click.UsageError(f"{file} is the same file as {other} and would be lost: name another")
