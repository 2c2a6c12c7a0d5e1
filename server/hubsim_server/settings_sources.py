"""The sources of settings: flags, the environment, `hubsim.toml`, and the defaults, in this order.

Reads, converts and checks them. Reports all mistakes together, each with its place and the expected value. No
error text shows a secret. Loaded settings keep all rules.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from hubsim_server.settings import SECRETS, USED_BY, ServerSettings
from hubsim_server.settings_fields import ENVIRONMENT_PREFIX, SettingField, setting_fields
from hubsim_server.settings_rules import broken

SETTINGS_FILE = Path("hubsim.toml")
"""Read from the working directory without `--config`; it is optional."""
SETTINGS_FILE_BYTES_MAX = 1024 * 1024
"""A longer file is refused, because it is not a settings file."""
_SHOWN_CHARS = 60
"""An error shows only the beginning of a longer value."""
_NEVER_SHOWN = SECRETS | {"broker"}


class BadSettings(Exception):
    """Invalid settings. The text has one problem per line; nothing was started."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Given(msgspec.Struct, frozen=True):
    """A value from a source. `repr` does not show it, because it may be a secret."""

    name: str
    value: Any
    place: str
    is_text: bool
    """Whether the source has numbers and booleans as text."""
    folder: Path | None = None
    """The base of relative paths; None: the working directory."""

    def __repr__(self) -> str:
        return f"<{self.name} from {self.place}>"


def load(
    process: str, flags: Mapping[str, object], env: Mapping[str, str], file: Path | None = None
) -> ServerSettings:
    """Return the settings of a process, or raise `BadSettings`.

    `flags` are the values from the command line by field, None for an omitted flag. An empty environment
    variable counts as not set. Without `file`, `SETTINGS_FILE` is read if it exists. Relative paths in the
    file are relative to its folder. File and environment may have settings of other processes.
    """
    problems: list[str] = []
    given = [
        *_from_file(file, problems),
        *_from_environment(env, problems),
        *_from_flags(process, flags),
    ]
    values: dict[str, object] = {}
    places: dict[str, str] = {}
    suspect = set()
    for each in given:
        try:
            values[each.name] = _converted(each)
        except msgspec.ValidationError:
            problems.append(_not_expected(each))
            suspect.add(each.name)
        places[each.name] = each.place
    settings = ServerSettings(**values)  # type: ignore[arg-type]  # converted field by field
    problems += [
        f"{places.get(found.field, f'{found.field} (default)')}: {found.text}"
        for found in broken(process, settings, frozenset(suspect))
    ]
    if problems:
        raise BadSettings(tuple(problems))
    return settings


# ------------------------------------------------------------------ the sources


def _from_flags(process: str, flags: Mapping[str, object]) -> Iterator[_Given]:
    for name, value in flags.items():
        assert name in USED_BY[process], name
        if value is not None:
            yield _Given(name, value, setting_fields()[name].flag, is_text=isinstance(value, str))


def _from_environment(env: Mapping[str, str], problems: list[str]) -> Iterator[_Given]:
    names = {field.variable: name for name, field in setting_fields().items()}
    for variable in sorted(env):
        if not variable.startswith(ENVIRONMENT_PREFIX):
            continue
        if variable not in names:
            problems.append(f"environment {variable}: unknown setting; {_advice(variable, names)}")
        elif env[variable]:
            yield _Given(names[variable], env[variable], f"environment {variable}", is_text=True)


def _from_file(file: Path | None, problems: list[str]) -> Iterator[_Given]:
    path = SETTINGS_FILE if file is None else file
    if file is None and not path.exists():
        return
    try:
        text = _read(path)
        table = tomllib.loads(text)
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror}")
        return
    except RecursionError:
        problems.append(f"{path}: not a TOML file: it is nested too deeply")
        return
    except ValueError as error:
        problems.append(f"{path}: not a TOML file: {error}")
        return
    for key, value in table.items():
        place = f"{path}{_line_of(key, text)}"
        if key in setting_fields():
            yield _Given(key, value, place, is_text=False, folder=path.parent)
        elif isinstance(value, dict):
            problems.append(f"{place}: settings do not have sections; remove [{key}]")
        else:
            problems.append(f"{place}: unknown setting {key!r}; {_advice(key, setting_fields())}")


def _read(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(SETTINGS_FILE_BYTES_MAX + 1)
    if len(data) > SETTINGS_FILE_BYTES_MAX:
        raise ValueError(f"it has more than {SETTINGS_FILE_BYTES_MAX} bytes")
    return data.decode()


def _line_of(key: str, text: str) -> str:
    """Return `, line 3` for the line that sets the key, or "" if the line is not known."""
    setting = re.compile(rf"\s*(?:\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*(?:[=.\]]|$)")
    for number, line in enumerate(text.splitlines(), 1):
        if setting.match(line):
            return f", line {number}"
    return ""


def _advice(name: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(name.replace("-", "_"), known, n=1)
    return f"did you mean {close[0]}?" if close else "docs/settings.md lists all settings"


# ------------------------------------------------------------------ one value


def _converted(given: _Given) -> object:
    """Return the value in the type of its field, or raise `msgspec.ValidationError`."""
    field, value = setting_fields()[given.name], given.value
    if given.is_text and field.base is not str:
        value = value.strip()
    strict = not given.is_text or field.base is str
    value = msgspec.convert(value, field.hint, strict=strict, dec_hook=_path)
    if value is None:
        raise msgspec.ValidationError("no text means None")
    if isinstance(value, Path) and given.folder is not None:
        return given.folder / value
    return value


def _path(kind: type, value: object) -> object:
    if kind is not Path or not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("a path is text")
    return Path(value)


def _not_expected(given: _Given) -> str:
    field = setting_fields()[given.name]
    if given.name in _NEVER_SHOWN:
        return f"{given.place}: expected {field.takes}"
    return f"{given.place}: expected {field.takes}, not {_shown(given.value)}{_meant(field, given.value)}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…"


def _meant(field: SettingField, value: object) -> str:
    words = list(field.base) if issubclass(field.base, StrEnum) else []
    close = get_close_matches(value, words, n=1) if isinstance(value, str) else []
    return f"; did you mean {close[0]}?" if close else ""
