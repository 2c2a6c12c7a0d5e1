"""A command with many options, whose help shows them in sections."""

from collections.abc import Mapping, Sequence
from typing import Any

import click


class SectionedCommand(click.Command):
    """A command with sections: each heading has the names of its parameters."""

    def __init__(self, *arguments: Any, sections: Mapping[str, Sequence[str]], **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each section under its heading. Parameters without a section come last, under `Other`."""
        left = {str(parameter.name): parameter for parameter in self.get_params(ctx)}
        for heading, names in self.sections.items():
            _write(heading, [left.pop(name) for name in names], ctx, formatter)
        _write("Other", list(left.values()), ctx, formatter)


def _write(
    heading: str, parameters: Sequence[click.Parameter], ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    records = [parameter.get_help_record(ctx) for parameter in parameters]
    with formatter.section(heading):
        formatter.write_dl([record for record in records if record is not None])
