"""The result of a load run as text, JSON and a page."""

import re
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_server.load.load_page import load_page
from hubsim_server.load.load_profile import LoadProfile, plan_load
from hubsim_server.load.load_result import (
    LoadResult,
    LoadSample,
    percentiles,
    result_json,
    result_text,
    shown_s,
)
from hubsim_server.load.plot import PlotAxis, linear, logarithmic
from hubsim_simulator.serving.durations import Durations


def measured(*seconds: float) -> Durations:
    durations = Durations()
    for value in seconds:
        durations.add(value)
    return durations


RESULT = LoadResult(
    hubs=1_000,
    processes=2,
    broker="mqtt://127.0.0.1:1883",
    machine="<a machine>",
    plan=plan_load(LoadProfile.MONTH_END, 1_000, seed=7),
    took_s=60.0,
    documents_by="fleet",
    connect=percentiles(measured(0.5, 1.0, 2.0)),
    reconnect=percentiles(measured()),
    round_trip=percentiles(measured(0.002, 0.003)),
    attempts=1_003,
    failed_attempts=3,
    lost_connections=0,
    storms=0,
    acts=0,
    acts_refused=0,
    documents=2,
    superseded=0,
    unanswered=0,
    restarts=0,
    cpu_s=1.5,
    memory_bytes=90_000_000,
    samples=(
        LoadSample(at_s=0, online=0),
        LoadSample(at_s=2, online=1_000),
        LoadSample(at_s=4, online=1_000, documents=2, reported=2),
    ),
)


def test_the_text_has_the_percentiles_and_only_counts_that_are_not_zero() -> None:
    text = result_text(RESULT)

    assert re.search(r"connect +3 +1.0. s +2.0. s +2.0. s +2.0. s", text)
    assert "1,003  attempts to connect" in text
    assert "desired documents, sent by the fleet" in text
    assert "reconnect" not in text
    assert "storms" not in text


def test_the_json_has_the_whole_result() -> None:
    assert msgspec.json.decode(result_json(RESULT), type=LoadResult) == RESULT


def test_the_page_has_three_plots_and_nothing_from_another_host() -> None:
    page = load_page(RESULT)

    plots = [ET.fromstring(each) for each in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]  # noqa: S314 (our own page)
    assert [each.attrib["aria-label"] for each in plots] == [
        "Connected hubs over time",
        "Percentiles of the times",
        "Rates over time",
    ]
    assert "&lt;a machine&gt;" in page
    assert not re.search(r"https?://|src=|@import", page)


def test_the_page_of_a_quiet_fleet_without_hubs_has_no_empty_plots() -> None:
    quiet = msgspec.structs.replace(
        RESULT,
        connect=percentiles(measured()),
        round_trip=percentiles(measured()),
        samples=(LoadSample(at_s=0, online=0),),
    )

    assert load_page(quiet).count("<svg") == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (0.0000123, "12 µs"), (0.0123, "12.3 ms"), (12.345, "12.35 s")]
)
def test_a_duration_has_a_unit_that_suits_it(seconds: float | None, text: str) -> None:
    assert shown_s(seconds) == text


@given(highest=st.floats(0, 1e9))
def test_a_linear_axis_covers_its_values_with_few_lines(highest: float) -> None:
    axis = linear("hubs", highest)

    assert axis.high >= highest * 0.999999
    assert 2 <= len(axis.ticks) <= 7
    assert in_order(axis)


@given(first=st.floats(1e-6, 1e4), second=st.floats(1e-6, 1e4))
def test_a_logarithmic_axis_covers_its_values(first: float, second: float) -> None:
    low, high = min(first, second), max(first, second)

    axis = logarithmic("time", low, high, str)

    assert axis.low <= low * 1.000001
    assert high <= axis.high * 1.000001
    assert in_order(axis)


def in_order(axis: PlotAxis) -> bool:
    shares = [axis.share(tick) for tick in axis.ticks]
    return shares == sorted(shares) and (shares[0], round(shares[-1], 9)) == (0, 1)
