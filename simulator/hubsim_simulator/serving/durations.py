"""The distribution of many durations in bounded memory, which several processes can add up.

A duration is counted in a bucket whose bounds are 2 % apart, so a percentile is at most 2 % too large.
"""

from collections.abc import Mapping
from math import ceil, log

SHORTEST_S = 1e-6
"""Shorter durations count as this one."""
_RATIO = 1.02
_STEP = log(_RATIO)


class Durations:
    """Counts durations. `buckets` has the count of each bucket, for another process."""

    def __init__(self, buckets: Mapping[int, int] | None = None) -> None:
        self.buckets: dict[int, int] = dict(buckets or {})

    def __len__(self) -> int:
        return sum(self.buckets.values())

    @property
    def sum_s(self) -> float:
        """The sum of all durations, at most 2 % too large."""
        return sum(count * _bound_s(bucket) for bucket, count in self.buckets.items())

    def add(self, duration_s: float) -> None:
        """Count a duration, in seconds."""
        bucket = ceil(log(max(duration_s, SHORTEST_S) / SHORTEST_S) / _STEP)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def merge(self, buckets: Mapping[int, int]) -> None:
        """Add the counts of another instance."""
        for bucket, count in buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    def percentile_s(self, percent: float) -> float | None:
        """Return the smallest duration that this share of all durations does not exceed; None without any.

        `percent` is above 0, and 100 gives the longest one.
        """
        missing = ceil(len(self) * percent / 100)
        for bucket in sorted(self.buckets):
            missing -= self.buckets[bucket]
            if missing <= 0:
                return _bound_s(bucket)
        return None


def _bound_s(bucket: int) -> float:
    """Return the longest duration of a bucket."""
    return SHORTEST_S * _RATIO**bucket
