"""The reports that a run is asked for on the command line: which, where to, and writing them."""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click
import msgspec

from scenarios.reports.account import Account, RunFacts
from scenarios.reports.html import html_report
from scenarios.reports.junit import junit
from scenarios.reports.results import results_json

_FILE = click.Path(dir_okay=False, path_type=Path)


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """Where reports are to be written; None: not wanted."""

    junit: Path | None = None
    junit_strict: bool = False
    results: Path | None = None
    html: Path | None = None

    @property
    def wanted(self) -> tuple[Path, ...]:
        """The files to be written."""
        return tuple(file for file in (self.junit, self.results, self.html) if file is not None)

    def begin(self) -> None:
        """Empty the files, so that one that cannot be written is known before anything is played.

        Raises `OSError`.
        """
        for file in self.wanted:
            file.write_bytes(b"")

    def write(self, accounts: Sequence[Account], facts: RunFacts) -> None:
        """Write what is wanted. Raises `OSError`."""
        if self.junit is not None:
            self.junit.write_bytes(junit(accounts, facts, strict=self.junit_strict))
        if self.results is not None:
            self.results.write_bytes(results_json(accounts, facts))
        if self.html is not None:
            self.html.write_text(html_report(accounts, facts), encoding="utf-8")


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options for reports; it gets `reports`."""

    @click.option("--junit", type=_FILE, help="Write a JUnit report, for CI servers.")
    @click.option(
        "--junit-strict", is_flag=True, help="One suite a file, no `file` on a testcase (Jenkins xUnit)."
    )
    @click.option("--results", type=_FILE, help="Write the results as JSON (docs/results.schema.json).")
    @click.option("--html", type=_FILE, help="Write one page to read and to debug from, offline.")
    @wraps(command)
    def with_reports(
        *args: Any,
        junit: Path | None,
        junit_strict: bool,
        results: Path | None,
        html: Path | None,
        **kwargs: Any,
    ) -> Any:
        reports = Reports(junit=junit, junit_strict=junit_strict, results=results, html=html)
        return command(*args, reports=reports, **kwargs)

    return with_reports
