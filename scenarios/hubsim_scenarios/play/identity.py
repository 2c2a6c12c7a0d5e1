"""The identity of a scenario across runs: its file, and its case in the file's matrix. Pure.

The title is not part of it: authors reword titles, and two files may have the same one. Reports, traces and
links treat plays with the same identity as plays of the same scenario.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from hubsim_scenarios.play.play import PlayResult


def identity(file: str, case: Mapping[str, str]) -> str:
    """Return the file, followed by the case in brackets if there is one."""
    return f"{file} [{case_text(case)}]" if case else file


def case_text(case: Mapping[str, str]) -> str:
    """Return a case as `axis=value, axis=value`."""
    return ", ".join(f"{axis}={value}" for axis, value in case.items())


def with_seeds(results: Sequence[PlayResult], names: Sequence[str]) -> list[str]:
    """Return the names. The seed is added if the scenario was played under several seeds."""
    known = [identity(each.scenario.file, each.scenario.case) for each in results]
    times = Counter(known)
    return [
        name if times[key] == 1 else f"{name} (seed {result.seed})"
        for result, name, key in zip(results, names, known, strict=True)
    ]
