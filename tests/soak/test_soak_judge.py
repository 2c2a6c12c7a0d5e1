"""The verdict of a soak on made-up series: it finds leaks, and only leaks."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.soak.soak_judge import FEWEST, Allowance, Judged, Sample, judge, trend
from tools.soak.soak_record import ALLOWANCES, MB, SoakRecord

SAMPLES = 120
HOUR_S = 3_600
MEMORY = ALLOWANCES["memory"]


def judged(value: Callable[[float], float], allowance: Allowance = MEMORY, facts: int = 0) -> Judged:
    """Judge a series of an hour. `value` gets the part of it that has passed."""
    parts = [number / (SAMPLES - 1) for number in range(SAMPLES)]
    verdict = judge([Sample(part * HOUR_S, value(part), int(part * facts)) for part in parts], allowance)
    assert verdict is not None
    return verdict


def noise(seed: int, size: float) -> Callable[[float], float]:
    rng = Random(seed)  # noqa: S311 (not for cryptography)
    return lambda _: rng.uniform(-size, size)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_not_a_leak(seed: int) -> None:
    shake = noise(seed, 4 * MB)

    assert not judged(lambda part: 100 * MB + shake(part)).leaks


@pytest.mark.parametrize("seed", range(5))
def test_a_slow_leak_in_the_noise_is_found(seed: int) -> None:
    shake = noise(seed, 4 * MB)

    assert judged(lambda part: (100 + 16 * part) * MB + shake(part)).leaks


def test_growth_during_the_warm_up_is_not_a_leak() -> None:
    assert not judged(lambda part: min(part, 0.33) * 400 * MB).leaks


def test_a_peak_is_not_a_leak() -> None:
    assert not judged(lambda part: 500 * MB if 0.85 < part < 0.95 else 100 * MB).leaks


def test_a_file_that_begins_again_is_not_a_leak() -> None:
    assert not judged(lambda part: part * 20 % 1 * 4 * MB, ALLOWANCES["journal"]).leaks


def test_a_leak_that_begins_late_is_found() -> None:
    assert judged(lambda part: (100 + max(0, part - 0.4) * 60) * MB).leaks


def test_some_more_connections_are_allowed_and_lost_descriptors_are_not() -> None:
    descriptors = ALLOWANCES["descriptors"]

    assert not judged(lambda part: 20 + round(part * 10), descriptors).leaks
    assert judged(lambda part: 20 + round(part * 30), descriptors).leaks


def test_growth_with_the_log_of_facts_is_allowed_and_faster_growth_is_not() -> None:
    log = ALLOWANCES["log"]

    assert not judged(lambda part: MB + part * 100_000 * 50, log, facts=100_000).leaks
    assert judged(lambda part: MB + part * 100_000 * 100, log, facts=100_000).leaks


def test_a_short_series_has_no_verdict() -> None:
    assert judge([Sample(at_s, at_s, 0) for at_s in range(FEWEST)], MEMORY) is None
    assert judge([], MEMORY) is None


def test_a_late_sample_does_not_change_the_verdict() -> None:
    samples = [Sample(number, number * 0.1 * MB, 0) for number in range(FEWEST * 2)]
    last = Sample(FEWEST * 2, FEWEST * 0.2 * MB, 0)

    assert judge([*samples, last], MEMORY) == judge([*samples, last._replace(at_s=HOUR_S)], MEMORY)
    assert judge([*samples, last], MEMORY) is not None


@given(st.floats(-1_000, 1_000), st.floats(-1_000, 1_000))
def test_the_trend_of_a_line_is_its_slope(slope: float, begin: float) -> None:
    values = [begin + slope * number for number in range(10)]

    assert trend(values) == pytest.approx(slope, abs=1e-6)


def test_the_line_of_a_soak_names_each_series_that_leaks() -> None:
    record = SoakRecord()
    for number in range(SAMPLES):
        record.facts, record.acts = number, 2 * number
        record.add(number, {("memory", "broker"): 50 * MB, ("threads", "broker"): 4.0 + number})

    line = record.line("soak 1")

    assert line.startswith("soak 1, 238 acts, 119 facts, 1 of 2 series leak: ")
    assert "broker memory 50.0 -> 50.0 MB" in line
    assert "broker threads 44.0 -> 123.0 LEAKS (trend +79.00, allowed 4.00)" in line


def test_the_line_of_a_soak_without_enough_samples_has_no_figures() -> None:
    assert SoakRecord().line("soak 1").endswith("0 of 0 series leak: too short to be judged")
