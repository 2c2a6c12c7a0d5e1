"""Checks one file without playing it: its mistakes and warnings.

A file is a scenario or a fragment. A fragment may use names that it does not declare. The scenarios that
begin with it prove that they are declared; if no such scenario is among the files, each name gives a warning.
"""

import os
from collections.abc import Iterator
from typing import Any

import msgspec

from hubsim_scenarios.language.errors import ScenarioError
from hubsim_scenarios.language.fragments import Fragments
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.lint.warnings import Warned, WarningKind, lint, same_titles


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The result of checking one file."""

    file: str
    sources: dict[str, str]
    """Its text and the texts of its fragments, by file name."""
    title: str | None = None
    scenario: Scenario | None = None
    """The scenario, or its first case; None for a fragment and for a file with mistakes."""
    cases: tuple[Scenario, ...] = ()
    """The scenario, or all of its cases."""
    fragment: bool = False
    mistakes: tuple[ScenarioError, ...] = ()
    warnings: tuple[Warned, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return the file as JSON values."""
        return {
            "file": self.file,
            "fragment" if self.fragment else "scenario": self.title,
            "mistakes": [msgspec.to_builtins(mistake) for mistake in self.mistakes],
            "warnings": [msgspec.to_builtins(warning) for warning in self.warnings],
        }


def check_scenario(file: str, data: bytes, words: Language, fragments: Fragments) -> Checked:
    """Check a scenario by itself."""
    source, found = _text(data), words.cases(file, data, fragments)
    scenario = found.scenarios[0] if found.scenarios else None
    return Checked(
        file=file,
        sources={file: source, **{name: _text(bytes_) for name, bytes_ in found.sources.items()}},
        title=scenario.title if scenario else None,
        scenario=scenario,
        cases=found.scenarios,
        mistakes=found.mistakes,
        warnings=tuple(lint(list(found.scenarios), source)) if found.scenarios else (),
    )


def check_fragment(file: str, data: bytes, words: Language) -> Checked:
    """Check a fragment by itself."""
    found = words.fragments.alone(file, data)
    return Checked(
        file=file,
        sources={file: _text(data)},
        title=found.title or None,
        fragment=True,
        mistakes=found.mistakes,
        warnings=tuple(map(_borrowed, found.borrowed)),
    )


def compared(checked: list[Checked]) -> list[Checked]:
    """Return the files with the warnings that need several files, without those that other files disprove."""
    scenarios = [file.scenario for file in checked if file.scenario is not None]
    same = {warning.file: warning for warning in same_titles(scenarios)}
    used = set(_used_fragments(checked))
    several = any(not file.fragment for file in checked)
    return [
        _with_usage(file, used, several=several)
        if file.fragment
        else msgspec.structs.replace(file, warnings=(*filter(None, [same.get(file.file)]), *file.warnings))
        for file in checked
    ]


def _used_fragments(checked: list[Checked]) -> Iterator[str]:
    """Yield the absolute paths of the fragments with which the files begin."""
    for file in checked:
        yield from (_full(name) for name in file.sources if name != file.file)


def _full(name: str) -> str:
    return os.path.abspath(name)  # noqa: PTH100 (links are not followed)


def _with_usage(file: Checked, used: set[str], *, several: bool) -> Checked:
    if _full(file.file) in used:
        return msgspec.structs.replace(file, warnings=())
    if not several:
        return file
    text = "no scenario begins with this fragment; remove it, or name it under 'begin'"
    unused = Warned(file.file, 1, 1, WarningKind.UNUSED_FRAGMENT, text)
    return msgspec.structs.replace(file, warnings=(unused, *file.warnings))


def _borrowed(name: ScenarioError) -> Warned:
    text = f"{name.text}: an earlier fragment must declare it"
    return Warned(
        name.file,
        name.line,
        name.column,
        WarningKind.BORROWED_NAME,
        f"{text}; {name.hint}" if name.hint else text,
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")
