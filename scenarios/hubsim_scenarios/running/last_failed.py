"""The scenarios that did not pass when they were played last, for `hubsim run --lf`.

The record is a file in the user's cache folder, one for each working folder. A record that cannot be read or
written is ignored, because it only saves time.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_storage.whole_file import write_whole

_NOT_PASSED = (Verdict.FAIL, Verdict.BLOCKED)


class FailedCase(msgspec.Struct, frozen=True, order=True):
    """One scenario, or one case of its matrix."""

    file: str
    """The absolute path."""
    case: tuple[tuple[str, str], ...] = ()
    """Axis and value."""


class LastFailed:
    """The record of a working folder."""

    def __init__(self, folder: Path) -> None:
        name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        self.file = _cache() / f"last-failed-{name}.json"

    def select(self, scenarios: Sequence[Scenario]) -> list[Scenario]:
        """Return those of the scenarios that did not pass last time. If there are none, return all."""
        recorded = self._read()
        return [each for each in scenarios if _key(each) in recorded] or list(scenarios)

    def record(self, results: Iterable[PlayResult]) -> None:
        """Add the scenarios that did not pass, and remove those that passed under every seed."""
        played = list(results)
        before = self._read()
        failed = {_key(each.scenario) for each in played if each.verdict in _NOT_PASSED}
        after = (before - {_key(each.scenario) for each in played}) | failed
        if after != before:
            with suppress(OSError):
                self.file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self.file, msgspec.json.encode(sorted(after)))

    def _read(self) -> set[FailedCase]:
        try:
            return set(msgspec.json.decode(self.file.read_bytes(), type=list[FailedCase]))
        except (OSError, msgspec.MsgspecError):
            return set()


def _key(scenario: Scenario) -> FailedCase:
    return FailedCase(str(Path(scenario.file).resolve()), tuple(scenario.case.items()))


def _cache() -> Path:
    """Return the cache folder of the program (XDG Base Directory Specification 0.8)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return base / "hubsim"
