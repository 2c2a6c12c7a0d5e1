"""Keeping what was done: a new scenario file, played at once to see whether it passes."""

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from hubsim_scenarios.debugger.as_scenario import CannotWrite
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import BadFiles, read
from hubsim_scenarios.reports.console_report import explain
from hubsim_simulator.hardware.profile import ModelProfile


def keep(text: str, file: Path, models: Mapping[str, ModelProfile]) -> list[str]:
    """Write a scenario into a new file, play it in the virtual world, and return in lines what came of it.

    Raises `CannotWrite` when nothing was written.
    """
    _create(text, file)
    try:
        scenario = read([file], models)[0]
    except BadFiles as error:
        return [f"wrote {file}, which cannot be played from there:", *str(error).splitlines()]
    result = play_virtual(scenario, models=models).result
    if result.verdict is Verdict.PASS:
        return [f"wrote {file}: {len(result.steps)} steps; played in the virtual world they pass"]
    again = f"hubsim run --virtual {file}"
    return [f"wrote {file}; played in the virtual world: {result.verdict.upper()}", *explain(result, again)]


def _create(text: str, file: Path) -> None:
    """Write a new file, the whole of it or nothing. Raises `CannotWrite`."""
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            _fill(opened, text, file)
    except FileExistsError as error:
        raise CannotWrite(f"{file} is there already: give another name") from error
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written ({error.strerror})") from error
    except UnicodeEncodeError as error:
        raise CannotWrite(f"{file} cannot be written ({error.reason})") from error
    except ValueError as error:
        raise CannotWrite(f"{str(file)!r} is no name of a file ({error})") from error


def _fill(opened: TextIO, text: str, file: Path) -> None:
    try:
        opened.write(text)
        opened.flush()
    except (OSError, ValueError):
        file.unlink(missing_ok=True)  # a disk that is full has taken a part of it
        raise
