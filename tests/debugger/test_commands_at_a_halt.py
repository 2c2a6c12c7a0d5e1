"""A line at a halt is a command, or a step with or without its brackets."""

import pytest

from hubsim_scenarios.debugger.commands import (
    BadCommand,
    Command,
    Continue,
    Do,
    ExpectSeen,
    Help,
    Next,
    Quit,
    ShowLayers,
    ShowMessages,
    Until,
    Write,
    parse_command,
    refused_as,
)
from hubsim_scenarios.language.step_tables import OTHER_LEADS
from hubsim_scenarios.product.vocabulary import vocabulary


def command(line: str) -> Command:
    return parse_command(line, vocabulary())


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("", Next()),
        ("next", Next()),
        ("n 3", Next(3)),
        ("c", Continue()),
        ("until X2", Until("X2")),
        ("look", ShowLayers()),
        ("l villa", ShowLayers("villa")),
        ("messages 40", ShowMessages(40)),
        ("w night.yaml", Write("night.yaml")),
        ("?", Help()),
        ("q", Quit()),
    ],
)
def test_a_command_can_be_shortened(line: str, meant: Command) -> None:
    assert command(line) == meant


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("as ivan activate hub: villa", "{as: ivan, do: activate, hub: villa}"),
        ("as ivan activate, hub: villa", "{as: ivan, do: activate, hub: villa}"),
        ("as olga navigation", "{as: olga, sees: navigation}"),
        ("bench villa power_off", "{bench: villa, do: power_off}"),
        ("clock start of next month", "{clock: start of next month}"),
        ("clock 2026-03-01 09:30", "{clock: 2026-03-01 09:30}"),
        ("fault drop message: reported, hub: villa", "{fault: drop, message: reported, hub: villa}"),
        ("expect villa led: green, within: 5 min", "{expect: villa, led: green, within: 5 min}"),
        ("order [{event: act}]", "{order: [{event: act}]}"),
        ("{clock: +3 d}", "{clock: +3 d}"),
        ("  - {clock: +3 d}", "{clock: +3 d}"),
    ],
)
def test_a_step_can_be_typed_without_brackets_and_obvious_keys(line: str, step: str) -> None:
    assert command(line) == Do(step)


def test_an_expectation_without_fields_records_the_state_of_the_hub() -> None:
    assert command("expect villa") == ExpectSeen("villa")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("contine", "unknown command 'contine'; did you mean 'continue'?"),
        ("wait 3 d", f"unknown command 'wait'; {OTHER_LEADS['wait']}"),
        ("xyzzy", "unknown command 'xyzzy'; type help for a list"),
        ("next 0", "'0' is not a number from 1 to 10000"),
        ("messages many", "'many' is not a number from 1 to 1000"),
        ("continue 3", "unexpected argument '3': type the command alone"),
        ("until", "the line is incomplete: type until BREAK: a step (7), a line (:42) or a clause (X2)"),
        ("write", "the line is incomplete: type write FILE, for example write found.yaml"),
        ("clock", "the line is incomplete: type clock MOVE, for example clock +3 d"),
        ("as ivan", "the line is incomplete: type as PERSON ACTION [fields]"),
    ],
)
def test_an_invalid_line_is_rejected_with_a_suggestion(line: str, text: str) -> None:
    with pytest.raises(BadCommand) as refused:
        command(line)

    assert str(refused.value) == text


def test_an_expected_refusal_can_be_added_to_a_step() -> None:
    assert refused_as("{as: ivan, do: activate, hub: villa}", "not_active") == (
        "{as: ivan, do: activate, hub: villa, refused: not_active}"
    )
