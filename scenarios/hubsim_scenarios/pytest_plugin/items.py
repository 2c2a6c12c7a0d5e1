"""Scenario files as tests: one item for each scenario and each case, with its tags as markers."""

import keyword
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import BadFiles, read
from hubsim_scenarios.pytest_plugin.where import Where, as_named
from hubsim_scenarios.reports.console_report import ConsoleReport, explain

_NOT_IN_MARKERS = re.compile(r"\W", re.ASCII)
_TAKEN = frozenset({"skip", "skipif", "xfail", "parametrize", "usefixtures", "filterwarnings", "hubsim"})
"""Markers that mean something to pytest, or to us."""


class NotPassed(Exception):
    """A play was no pass."""

    def __init__(self, result: PlayResult) -> None:
        super().__init__(result.reason)
        self.result = result


class ScenarioCollector(pytest.File):
    """One scenario file. A mistake in it is an error of the collection, with line, column and a hint."""

    def collect(self) -> Iterable[pytest.Item]:
        """Return an item for the scenario, or one for each case of its matrix."""
        try:
            scenarios = read([as_named(self.path)], Where.of(self.config).target.models)
        except BadFiles as error:
            raise self.CollectError(str(error)) from error
        for scenario in scenarios:
            name = scenario.title.replace("::", ":")
            item: pytest.Item = ScenarioItem.from_parent(self, name=name, scenario=scenario)
            yield item


class ScenarioItem(pytest.Item):
    """One scenario, as a test: PASS is passed, FAIL and BLOCKED are failed, SKIPPED is skipped."""

    def __init__(self, *, scenario: Scenario, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._scenario = scenario
        self.add_marker("hubsim")
        for tag in scenario.tags:
            name = marker_of(tag)
            self.config.addinivalue_line("markers", f"{name}: scenarios with the tag {tag!r}")
            self.add_marker(name)

    def runtest(self) -> None:
        """Play. Raises `NotPassed`."""
        where, told = Where.of(self.config), list[str]()
        story = ConsoleReport(self._scenario, lambda line: told.append(click.unstyle(line)))
        story.begin(self._scenario, where.shown, where.seed)
        result = where.play(self._scenario, story).result
        if result.verdict is Verdict.SKIPPED:  # this kind of world cannot play it: pytest shows why
            pytest.skip(result.reason)
        if result.verdict is not Verdict.PASS:
            self.add_report_section("call", "hubsim story", "\n".join(told))
            raise NotPassed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what `hubsim run` prints about a play that is no pass."""
        if not isinstance(excinfo.value, NotPassed):
            return super().repr_failure(excinfo, style)
        return "\n".join(failure_lines(excinfo.value.result, Where.of(self.config)))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the scenario stands, and its title."""
        return self.path, 0, self.name


def failure_lines(result: PlayResult, where: Where) -> Iterator[str]:
    """Yield the verdict and why, as the command line tells it; the first line is for pytest's summary."""
    yield f"{result.verdict.upper()}  {result.reason.splitlines()[0]}"
    yield from map(click.unstyle, explain(result, where.again(result.scenario)))


def marker_of(tag: str) -> str:
    """Return the name of the marker for a tag: `month-end` is `month_end`, `4g` is `tag_4g`."""
    name = _NOT_IN_MARKERS.sub("_", tag)
    if not name[:1].isalpha() or keyword.iskeyword(name) or name in _TAKEN:
        return f"tag_{name}"
    return name
