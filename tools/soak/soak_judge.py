"""The verdict of a soak: which of its measured series grow, and by how much.

The trend of a series is the median of the slopes between its samples (Theil and Sen). A single peak, such as
a checkpoint of a file or a collection of garbage, does not change it, and a slow leak does. The samples of
the warm-up do not count. Only the order of the samples matters, because one can be late on a busy machine.
"""

from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import NamedTuple

WARM_UP = 1 / 3
"""The part of the samples that is not judged: caches, pools and indexes fill then."""
FEWEST = 8
"""A series with fewer samples after the warm-up is not judged."""


class Sample(NamedTuple):
    """A measured value, and the number of facts in the log at that time."""

    at_s: float
    value: float
    facts: int


class Allowance(NamedTuple):
    """The growth that is not a leak: the sum of all three parts."""

    absolute: float = 0
    part: float = 0
    """A part of the value at the end of the warm-up, such as 0.05."""
    per_fact: float = 0
    """The growth for each fact that the log has gained."""


class Judged(NamedTuple):
    """The verdict on a series. The growth is that of the trend, from the warm-up to the end."""

    begin: float
    end: float
    growth: float
    allowed: float

    @property
    def leaks(self) -> bool:
        """Whether the series grows more than allowed."""
        return self.growth > self.allowed


def judge(samples: Sequence[Sample], allowance: Allowance) -> Judged | None:
    """Return the verdict on a series in the order of time, or None if it is too short."""
    warm = samples[int(len(samples) * WARM_UP) :]
    if len(warm) < FEWEST:
        return None
    begin, end = warm[0], warm[-1]
    growth = trend([sample.value for sample in warm]) * (len(warm) - 1)
    allowed = (
        allowance.absolute + allowance.part * begin.value + allowance.per_fact * (end.facts - begin.facts)
    )
    return Judged(begin.value, end.value, growth, allowed)


def trend(values: Sequence[float]) -> float:
    """Return the median of the slopes between all pairs of values: the growth from one to the next."""
    return median(
        (later - value) / (later_number - number)
        for (number, value), (later_number, later) in combinations(enumerate(values), 2)
    )
