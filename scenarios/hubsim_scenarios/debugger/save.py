"""Saves a session as a new scenario file, and plays the file to check whether it passes."""

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_scenarios.debugger.as_scenario import CannotWrite
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import SUFFIXES, BadFiles, read
from hubsim_scenarios.reports.console_report import explain
from hubsim_simulator.hardware.profile import ModelProfile


def save(
    text: str, file: Path, models: Mapping[str, ModelProfile], market: Market = DEFAULT_MARKET
) -> list[str]:
    """Write a scenario to a new file, play it in the virtual world, and return the lines of the result.

    Raises `CannotWrite` if the file was not written.
    """
    create_file(text, file)
    try:
        scenario = read([file], models, market)[0]
    except BadFiles as error:
        return [f"wrote {file}, which cannot be played in that folder:", *str(error).splitlines()]
    result = play_virtual(scenario, models=models, market=market).result
    count = len(result.steps)
    if result.verdict is Verdict.PASS:
        return [f"wrote {file}: {count} {'step' if count == 1 else 'steps'}, PASS in the virtual world"]
    again = f"hubsim run --virtual {file}"
    return [f"wrote {file}: {result.verdict.upper()} in the virtual world", *explain(result, again)]


def create_file(text: str, file: Path) -> None:
    """Write a new file completely, or leave no file. Raises `CannotWrite`."""
    if file.suffix.lower() not in SUFFIXES:
        raise CannotWrite(f"{str(file)!r} is not the name of a scenario file: end it with {SUFFIXES[0]}")
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            _fill(opened, text, file)
    except FileExistsError as error:
        raise CannotWrite(f"{file} already exists: give another name") from error
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written ({error.strerror})") from error
    except UnicodeEncodeError as error:
        raise CannotWrite(f"{file} cannot be written ({error.reason})") from error
    except ValueError as error:
        raise CannotWrite(f"{str(file)!r} is not a file name ({error})") from error


def _fill(opened: TextIO, text: str, file: Path) -> None:
    try:
        opened.write(text)
        opened.flush()
    except (OSError, ValueError):
        file.unlink(missing_ok=True)  # a full disk can leave a part of the file
        raise
