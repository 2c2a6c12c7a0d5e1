"""The record of a soak: all series, as a file and as one line of figures."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tools.soak.soak_judge import Allowance, Judged, Sample, judge

MB = 1_000_000
NOISE_PART = 0.02
"""The part of a value that may differ between two samples of the same state."""
ALLOWANCES: dict[str, Allowance] = {
    "memory": Allowance(absolute=3 * MB, part=NOISE_PART),
    "cloud memory": Allowance(absolute=3 * MB, part=NOISE_PART, per_fact=500),
    "descriptors": Allowance(absolute=10),
    "threads": Allowance(absolute=4),
    "file": Allowance(absolute=0.5 * MB, part=NOISE_PART),
    "journal": Allowance(absolute=5 * MB),
    "log": Allowance(absolute=0.5 * MB, part=NOISE_PART, per_fact=60),
    "blocks": Allowance(absolute=2_000, part=NOISE_PART, per_fact=20),
}
"""The allowed growth by kind of series. Bytes, except for counts of descriptors, threads and memory blocks.

Pools of threads and of connections may still fill. SQLite writes a journal (`-wal`) of about 4 MB before it
begins again at its start. The log of facts grows, and with it the cloud: its indexes, the newest
events of hubs (about one for each fact, up to 100 of a hub), and what belongs to the business, such as mails.
"""
BYTES = frozenset({"memory", "cloud memory", "file", "journal", "log"})
SHOWN = frozenset({"memory", "cloud memory", "log", "blocks"})
"""The kinds that the line of figures shows also if they do not grow."""


class Verdict(NamedTuple):
    """The verdict on one series."""

    kind: str
    name: str
    judged: Judged

    def __str__(self) -> str:
        unit, text = (MB, " MB") if self.kind in BYTES else (1, "")
        judged = self.judged
        name = f"{self.name} {self.kind}".strip()
        figures = f"{name} {judged.begin / unit:,.1f} -> {judged.end / unit:,.1f}{text}"
        if not judged.leaks:
            return figures
        return f"{figures} LEAKS (trend {judged.growth / unit:+,.2f}, allowed {judged.allowed / unit:,.2f})"


class SoakRecord:
    """The samples of a soak, by series. A series is a kind of `ALLOWANCES` and a name."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], list[Sample]] = {}
        self.acts = 0
        self.facts = 0

    def add(self, at_s: float, values: Mapping[tuple[str, str], float]) -> None:
        """Add the values of one instant, by (kind, name)."""
        for name, value in values.items():
            self._series.setdefault(name, []).append(Sample(at_s, value, self.facts))

    def verdicts(self) -> list[Verdict]:
        """Return the verdicts on all series that are long enough."""
        found = (
            (kind, name, judge(samples, ALLOWANCES[kind])) for (kind, name), samples in self._series.items()
        )
        return [Verdict(kind, name, judged) for kind, name, judged in found if judged is not None]

    def line(self, what: str) -> str:
        """Return the figures in one line, which begins with `what`."""
        verdicts = self.verdicts()
        leaks = sum(verdict.judged.leaks for verdict in verdicts)
        shown = [verdict for verdict in verdicts if verdict.kind in SHOWN or verdict.judged.leaks]
        figures = "; ".join(map(str, shown)) or "too short to be judged"
        counted = f"{self.acts:,} acts, {self.facts:,} facts, {leaks} of {len(verdicts)} series leak"
        return f"{what}, {counted}: {figures}"

    def write(self, file: Path) -> None:
        """Write all samples as CSV. Raises `OSError`."""
        with file.open("w", encoding="utf-8", newline="") as opened:
            rows = csv.writer(opened)
            rows.writerow(("series", "kind", "at_s", "value", "facts"))
            for (kind, name), samples in self._series.items():
                rows.writerows((name, kind, f"{at_s:.1f}", value, facts) for at_s, value, facts in samples)
