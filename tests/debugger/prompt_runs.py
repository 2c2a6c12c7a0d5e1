"""Runs a play with lines for its prompt, and finds the output of each line."""

from pathlib import Path

from click.testing import CliRunner, Result

from hubsim import main


def run(file: Path, typed: list[str], *options: str) -> Result:
    """Run the file with these lines as the input of the prompt."""
    arguments = ["run", "--virtual", *options, str(file)]
    return CliRunner().invoke(
        main, arguments, input="".join(f"{line}\n" for line in typed), catch_exceptions=False
    )


def halts(done: Result) -> list[str]:
    """Return the prompts, each with the line that was typed there."""
    return [line for line in done.stdout.splitlines() if line.startswith("hubsim ")]


def printed_after(done: Result, typed: str) -> list[str]:
    """Return the output after a typed line, up to the next prompt."""
    lines = done.stdout.splitlines()
    start = next(index for index, line in enumerate(lines) if line.endswith(f"> {typed}")) + 1
    ends = (
        index for index in range(start, len(lines)) if lines[index].startswith(("hubsim ", "next", "write"))
    )
    return lines[start : next(ends, len(lines))]
