"""What is typed at a halt is a word of the prompt, or a step with or without its brackets."""

import pytest

from hubsim_scenarios.debugger.commands import (
    BadCommand,
    Do,
    ExpectSeen,
    GoOn,
    Help,
    Next,
    Quit,
    ShowLayers,
    ShowMessages,
    Until,
    Wish,
    Write,
    parse_command,
    refused_as,
)
from hubsim_scenarios.product.vocabulary import vocabulary


def wish(line: str) -> Wish:
    return parse_command(line, vocabulary())


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("", Next()),
        ("next", Next()),
        ("n 3", Next(3)),
        ("c", GoOn()),
        ("until X2", Until("X2")),
        ("look", ShowLayers()),
        ("l villa", ShowLayers("villa")),
        ("messages 40", ShowMessages(40)),
        ("w night.yaml", Write("night.yaml")),
        ("?", Help()),
        ("q", Quit()),
    ],
)
def test_a_word_of_the_prompt_can_be_cut_short(line: str, meant: Wish) -> None:
    assert wish(line) == meant


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
def test_a_step_needs_no_brackets_and_no_keys_that_go_without_saying(line: str, step: str) -> None:
    assert wish(line) == Do(step)


def test_an_expectation_of_nothing_takes_down_what_is_seen() -> None:
    assert wish("expect villa") == ExpectSeen("villa")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("contine", "'contine' is no word here and begins no step; did you mean 'continue'?"),
        (
            "wait 3 d",
            "'wait' is no word here and begins no step; use 'clock', for example clock: +3 d",
        ),
        ("xyzzy", "'xyzzy' is no word here and begins no step; help says what there is"),
        ("next 0", "'0' is no number from 1 to 10000"),
        ("messages many", "'many' is no number from 1 to 1000"),
        ("continue 3", "nothing stands behind this word, not '3'"),
        ("until", "a step, a line or a clause is missing"),
        ("write", "the name of a file is missing"),
        ("as ivan", "something is missing: as PERSON ACTION [fields]"),
        ("clock", "a move such as +3 d is missing"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_was_probably_meant(line: str, text: str) -> None:
    with pytest.raises(BadCommand) as refused:
        wish(line)

    assert str(refused.value) == text


def test_a_step_can_be_made_to_expect_a_refusal() -> None:
    assert refused_as("{as: ivan, do: activate, hub: villa}", "not_active") == (
        "{as: ivan, do: activate, hub: villa, refused: not_active}"
    )
