"""Somebody at the prompt of a halted play, and what is said to what they type."""

from pathlib import Path

from click.testing import CliRunner, Result

from hubsim import main


def run(file: Path, typed: list[str], *options: str) -> Result:
    """Run with these lines at the prompt."""
    arguments = ["run", "--virtual", *options, str(file)]
    return CliRunner().invoke(
        main, arguments, input="".join(f"{line}\n" for line in typed), catch_exceptions=False
    )


def halts(done: Result) -> list[str]:
    """Return what was typed where."""
    return [line for line in done.stdout.splitlines() if line.startswith("hubsim ")]


def behind(done: Result, typed: str) -> list[str]:
    """Return what was said to what was typed."""
    lines = done.stdout.splitlines()
    start = next(place for place, line in enumerate(lines) if line.endswith(f"> {typed}")) + 1
    ends = (
        place for place in range(start, len(lines)) if lines[place].startswith(("hubsim ", "next", "write"))
    )
    return lines[start : next(ends, len(lines))]
