"""The first difference of two traces, as text."""

import pytest

from hubsim_scenarios.cli.twice import difference

TRACE = b'{"at_ms":0}\n{"at_ms":5}\n'


def test_equal_traces_have_no_difference() -> None:
    assert difference(TRACE, TRACE) is None


@pytest.mark.parametrize(
    ("other", "line", "shown"),
    [
        (b'{"at_ms":0}\n{"at_ms":6}\n', 2, '{"at_ms":6}'),
        (b'{"at_ms":0}\n', 2, "(ends)"),
        (b"\xff\n", 1, "\N{REPLACEMENT CHARACTER}"),
    ],
    ids=["another event", "a shorter trace", "not text"],
)
def test_the_first_different_line_is_shown_from_both(other: bytes, line: int, shown: str) -> None:
    found = difference(TRACE, other)

    assert found is not None
    assert found.splitlines() == [
        f"the traces differ in line {line}:",
        f"  PYTHONHASHSEED=1: {TRACE.decode().splitlines()[line - 1]}",
        f"  PYTHONHASHSEED=2: {shown}",
    ]
