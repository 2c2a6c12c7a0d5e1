"""What reports say of a step: the values of its author, without notes and comments between them."""

import pytest

from hubsim_scenarios.reports.console_report import describe
from tests.reports.reported import scenario


@pytest.mark.parametrize(
    ("step", "described"),
    [
        ("{clock: start of next month,\n     note: The first comes}", "start of next month"),
        ("{note: 'first, clock: +1 d', clock: +3 d}", "+3 d"),
        ('{clock: "2026-04-01 00:00"}', "2026-04-01 00:00"),
        ("clock: +3 d\n    note: in block style", "+3 d"),
        (
            "{expect: villa, led: green, # not white yet\n     note: 'It''s on, and: {off}'}",
            "villa: led: green",
        ),
        (
            "{expect: villa, within: 3 s, channels: [ethernet,\n     cellular]}",
            "villa within 3 s: channels: [ethernet, cellular]",
        ),
        ('{never: villa, for: 3 s, led: "red"}', "never for 3 s: villa: led: 'red'"),
    ],
)
def test_a_step_is_described_by_its_values_alone(step: str, described: str) -> None:
    [read] = scenario(step).steps

    assert describe(read) == described
