"""Collects scenario files as tests: one item per scenario or case, with a marker for each tag."""

import keyword
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from hubsim_scenarios.language.orders import in_every_order
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.preflight import check_playable
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import BadFiles, read
from hubsim_scenarios.pytest_plugin.where import Where, relative_path
from hubsim_scenarios.reports.console_report import ConsoleReport, explain

_NOT_IN_MARKERS = re.compile(r"\W", re.ASCII)
_RESERVED = frozenset({"skip", "skipif", "xfail", "parametrize", "usefixtures", "filterwarnings", "hubsim"})
"""Markers of pytest and of this plugin."""


class NotPassed(Exception):
    """The verdict of a play is not PASS."""

    def __init__(self, result: PlayResult) -> None:
        super().__init__(result.reason)
        self.result = result


class ScenarioCollector(pytest.File):
    """A scenario file. A mistake in it is a collection error, with line, column and a hint."""

    def collect(self) -> Iterable[pytest.Item]:
        """Return an item for the scenario, or one for each case of its matrix and each of its orders."""
        try:
            target = Where.of(self.config).target
            scenarios = read([relative_path(self.path)], target.models, target.market)
            check_playable(scenarios, target.models, target.market)
        except (BadFiles, pytest.UsageError) as error:
            raise self.CollectError(str(error)) from error
        for scenario in scenarios if target.live else in_every_order(scenarios):
            name = scenario.title.replace("::", ":")
            item: pytest.Item = ScenarioItem.from_parent(self, name=name, scenario=scenario)
            yield item


class ScenarioItem(pytest.Item):
    """A scenario as a test. PASS is passed, FAIL and BLOCKED are failed, SKIPPED is skipped."""

    def __init__(self, *, scenario: Scenario, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._scenario = scenario
        self.add_marker("hubsim")
        for tag in scenario.tags:
            name = marker_of(tag)
            self.config.addinivalue_line("markers", f"{name}: scenarios with the tag {tag!r}")
            self.add_marker(name)

    def runtest(self) -> None:
        """Play the scenario. Raises `NotPassed`."""
        where, lines = Where.of(self.config), list[str]()
        report = ConsoleReport(self._scenario, lambda line: lines.append(click.unstyle(line)))
        report.begin(self._scenario, where.shown, where.seed)
        result = where.play(self._scenario, report).result
        if result.verdict is Verdict.SKIPPED:  # the world cannot play it: pytest shows the reason
            pytest.skip(result.reason)
        if result.verdict is not Verdict.PASS:
            self.add_report_section("call", "hubsim report", "\n".join(lines))
            raise NotPassed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the lines that `hubsim run` prints about a play with another verdict than PASS."""
        if not isinstance(excinfo.value, NotPassed):
            return super().repr_failure(excinfo, style)
        return "\n".join(failure_lines(excinfo.value.result, Where.of(self.config)))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the file of the scenario, and its title."""
        return self.path, 0, self.name


def failure_lines(result: PlayResult, where: Where) -> Iterator[str]:
    """Yield the verdict and its reason as on the command line. The first line is for pytest's summary."""
    yield f"{result.verdict.upper()}  {result.reason.splitlines()[0]}"
    yield from map(click.unstyle, explain(result, where.again(result.scenario)))


def marker_of(tag: str) -> str:
    """Return the marker for a tag: `month_end` for `month-end`, `tag_4g` for `4g`."""
    name = _NOT_IN_MARKERS.sub("_", tag)
    if not name[:1].isalpha() or keyword.iskeyword(name) or name in _RESERVED:
        return f"tag_{name}"
    return name
