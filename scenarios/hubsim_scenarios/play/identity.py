"""What a play is known by from run to run: its file and its case of the file's matrix, never its sentence.

Pure. Sentences are reworded, and two files may have the same; what has the same identity is the same
scenario to reports, traces and links.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from hubsim_scenarios.play.play import PlayResult


def identity(file: str, case: Mapping[str, str]) -> str:
    """Return the file, and behind it the case in brackets if it has one."""
    return f"{file} [{case_text(case)}]" if case else file


def case_text(case: Mapping[str, str]) -> str:
    """Return a case as people write it."""
    return ", ".join(f"{axis}={value}" for axis, value in case.items())


def with_seeds(results: Sequence[PlayResult], names: Sequence[str]) -> list[str]:
    """Return the names, with the seed behind those of scenarios that were played under several."""
    known = [identity(each.scenario.file, each.scenario.case) for each in results]
    times = Counter(known)
    return [
        name if times[key] == 1 else f"{name} (seed {result.seed})"
        for result, name, key in zip(results, names, known, strict=True)
    ]
