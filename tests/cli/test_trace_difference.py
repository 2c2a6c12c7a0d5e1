"""Where two traces part, in words."""

import pytest

from hubsim_scenarios.cli.twice import difference

TRACE = b'{"at_ms":0}\n{"at_ms":5}\n'


def test_the_same_trace_has_no_difference() -> None:
    assert difference(TRACE, TRACE) is None


@pytest.mark.parametrize(
    ("other", "line", "said"),
    [
        (b'{"at_ms":0}\n{"at_ms":6}\n', 2, '{"at_ms":6}'),
        (b'{"at_ms":0}\n', 2, "(ends)"),
        (b"\xff\n", 1, "\N{REPLACEMENT CHARACTER}"),
    ],
    ids=["another event", "a shorter trace", "not text"],
)
def test_the_first_line_that_differs_is_shown_from_both(other: bytes, line: int, said: str) -> None:
    parting = difference(TRACE, other)

    assert parting is not None
    assert parting.splitlines() == [
        f"the traces differ from line {line} on:",
        f"  PYTHONHASHSEED=1: {TRACE.decode().splitlines()[line - 1]}",
        f"  PYTHONHASHSEED=2: {said}",
    ]
