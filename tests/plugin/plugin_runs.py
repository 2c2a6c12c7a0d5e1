"""Runs pytest with the plugin, in a separate process and folder."""

import sys

import pytest

PLUGINS = ("pytest_hubsim", "pytest_asyncio.plugin", "xdist.plugin")
"""Only these plugins are loaded: loading all takes longer than the tests."""
SETTINGS = """\
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
addopts = --strict-markers -p no:cacheprovider
filterwarnings = error
"""
GOOD = """\
scenario: A hub with a cable is green
tags: [month-end, 4g, skip]
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga]
  hubs: {villa: {model: hub-2, links: [ethernet]}}
steps:
  - {expect: villa, led: green}
"""
FAILING = GOOD.replace("led: green", "led: red")
BLOCKED = GOOD.replace("{expect: villa, led: green}", "{fault: start_process, process: cloud}")
VARIED = """\
scenario: A hub of any model is green
clock: 2026-01-15 09:00 Europe/Warsaw
begin: a-hub
matrix: {villa.model: [hub, hub-2]}
steps:
  - {expect: villa, sims: {1: missing}, online: yes}
"""
A_HUB = """\
fragment: A hub with a cable
world:
  hubs: {villa: {model: hub, links: [ethernet]}}
steps:
  - {expect: villa, led: green}
"""
PROTOTYPE = """\
name = "prototype"
sim_slots = 1
generations = ["2G"]
ethernet = true
wifi = false
"""


class Runs:
    """A folder with tests and scenarios. `run` runs pytest in it."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        self._pytester = pytester
        self._loaded = [word for plugin in PLUGINS for word in ("-p", plugin)]
        pytester.makefile(".ini", pytest=SETTINGS)

    def scenarios(self, **texts: str) -> None:
        self._pytester.makefile(".yaml", **texts)

    def fragments(self, **texts: str) -> None:
        folder = self._pytester.mkdir("fragments")
        for name, text in texts.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    def model(self) -> None:
        self._pytester.makefile(".toml", prototype=PROTOTYPE)

    def market(self, text: str) -> None:
        self._pytester.makefile(".toml", market=text)

    def tests(self, text: str) -> None:
        self._pytester.makepyfile(test_it=text)

    def run(self, *arguments: str) -> pytest.RunResult:
        return self._pytester.runpytest_subprocess(*self._loaded, *arguments)

    def hubsim(self, *arguments: str) -> pytest.RunResult:
        """Run `hubsim` in the same folder."""
        return self._pytester.run(sys.executable, "-m", "hubsim", *arguments)
