"""The files with the result of a load run."""

from pathlib import Path

import click
import msgspec

from hubsim_server.load.load_page import load_page
from hubsim_server.load.load_result import LoadResult, result_json
from hubsim_storage.whole_file import check_writable, write_whole

STDOUT = Path("-")


class LoadReports(msgspec.Struct, frozen=True):
    """The files. None: not wanted."""

    json: Path | None = None
    html: Path | None = None

    @property
    def on_stdout(self) -> bool:
        """Whether the JSON is written to standard output, which then contains nothing else."""
        return self.json == STDOUT

    def check(self) -> None:
        """Refuse files that cannot be written, with `click.BadParameter`. Changes nothing."""
        for option, file in (("--json", self.json), ("--html", self.html)):
            if file is None or file == STDOUT:
                continue
            try:
                check_writable(file)
            except OSError as error:
                raise click.BadParameter(f"{file}: {error.strerror}", param_hint=option) from error

    def write(self, result: LoadResult) -> None:
        """Write the files, each one whole or not at all. Raises `OSError`."""
        if self.json == STDOUT:
            click.echo(result_json(result), nl=False)
        elif self.json is not None:
            write_whole(self.json, result_json(result))
        if self.html is not None:
            write_whole(self.html, load_page(result).encode())
