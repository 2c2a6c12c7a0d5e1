"""The reference of the scenario language agrees with the code."""

import re
from collections.abc import Mapping
from typing import get_args

import pytest

from hubsim_contract.wire.icons import icon_row
from hubsim_contract.wire.messages import Hardware, Registration, ServiceState, Signal, SimCard, SimSlot
from hubsim_scenarios.language.steps import AnyStep, Scenario
from hubsim_scenarios.pages.pages import pages
from hubsim_scenarios.pages.reference import reference
from hubsim_scenarios.pages.reference_prose import EVENTS, EXAMPLE, ICONS
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import CATALOG, read
from hubsim_scenarios.product.vocabulary import language, vocabulary

PAGE = reference(vocabulary())
"""The reference without the examples from the catalog."""
PUBLISHED = pages()["scenarios.md"]
FILES_WITH_ALL_EVENTS = ("001", "258", "601", "646", "990")


def example() -> Scenario:
    found = language().read("example.yaml", EXAMPLE)
    assert isinstance(found, Scenario), "\n".join(map(str, found))
    return found


def test_every_icon_that_a_hub_can_show_is_in_the_reference() -> None:
    mentioned = set(re.findall(r"`([a-z0-9_]+)`", ICONS))
    rows = [
        icon_row(
            Hardware(
                model="hub-2",
                firmware="1",
                signal=Signal.STRONG,
                registration=registration,
                generation="4G",
                sims=(SimSlot(slot=1, card=card),),
                mains=on,
                lid_open=on,
                malfunction=on,
            ),
            ServiceState.ACTIVE,
        )
        for registration in Registration
        for card in SimCard
        for on in (False, True)
    ]

    assert {icon for row in rows for icon in row} == mentioned


def test_the_example_passes_and_has_every_kind_of_step() -> None:
    scenario = example()

    result = play_virtual(scenario).result

    assert (result.verdict, result.reason) == (Verdict.PASS, "")
    assert {type(step) for step in scenario.steps} == set(get_args(AnyStep))


def test_the_example_of_each_kind_of_step_is_part_of_the_whole_example() -> None:
    whole, *singles = re.findall(r"```yaml\n(.*?)\n```", PAGE, re.DOTALL)
    head = EXAMPLE.split("steps:")[0]

    read_back = [
        language().read("step.yaml", f"{head}steps:\n" + re.sub("^", "  ", single, flags=re.MULTILINE))
        for single in singles
    ]

    assert whole == EXAMPLE.strip()
    kinds = [type(found.steps[0]) for found in read_back if isinstance(found, Scenario)]
    assert len(kinds) == len(singles)
    assert set(kinds) == set(get_args(AnyStep))


@pytest.mark.parametrize("view", sorted(vocabulary().queries))
def test_every_view_has_a_table_of_its_fields(view: str) -> None:
    section = PAGE.split(f"### `{view}`\n")[1].split("\n###")[0]

    assert "Shows:\n\n| field | is | |" in section


@pytest.mark.parametrize(
    ("part", "key", "words"),
    [
        ("Actions", "do", vocabulary().commands),
        ("Views", "sees", vocabulary().queries),
        ("Bench actions", "do", vocabulary().bench_actions),
        ("Faults", "fault", vocabulary().faults),
        ("Subjects", "expect", vocabulary().expectations),
    ],
)
def test_every_word_has_an_example_from_the_catalog(part: str, key: str, words: Mapping[str, object]) -> None:
    chapter = PUBLISHED.split(f"\n## {part} ")[1].split("\n## ")[0]

    shown = dict(re.findall(r"^### `(\w+)`\n.*?\n```yaml\n- (.*?)\n```\n", chapter, re.MULTILINE | re.DOTALL))
    files = re.findall(r"\n```\n\nFrom \[(.+?)\]\(\.\./scenarios/catalog/(.+?)\)", chapter)

    assert list(shown) == list(words)
    assert part == "Subjects" or all(f"{key}: {word}" in step for word, step in shown.items())
    assert len(files) == len(shown)
    for (name, target), step in zip(files, shown.values(), strict=True):
        first, *_ = read([CATALOG / target])
        source = "\n".join(line.removeprefix("  ") for line in step.split("\n"))
        assert name == target
        assert source in [each.source for each in first.steps]


def test_examples_are_granted_steps_if_there_are_any() -> None:
    refused = re.findall(r"^- \{as: \w+, do: (\w+), .*refused: ", PUBLISHED, re.MULTILINE)

    assert refused == ["change_owner"]


def test_the_rows_of_a_view_have_a_table() -> None:
    section = PAGE.split("### `hub_information`\n")[1].split("\n###")[0]

    assert "| `ends_at_ms` | an instant, or its milliseconds since 1970 UTC, or `null` | Set while" in section
    assert "In each of `sims`:" in section
    assert "| `iccid` | the id of a sim (`'@name'`), or `null` |" in section


def test_the_events_of_a_trace_are_those_in_the_reference() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", EVENTS, re.MULTILINE)
    listed = {event: set(re.findall(r"`(\w+)`", fields)) for event, fields in rows}
    files = [next(CATALOG.glob(f"{number}-*.yaml")) for number in FILES_WITH_ALL_EVENTS]

    seen: dict[str, set[str]] = {}
    for scenario in read(files):
        for event in play_virtual(scenario).trace.events:
            seen.setdefault(event.event, set()).update(event.facts)

    assert set(seen) <= set(listed)
    assert {event: fields - listed[event] for event, fields in seen.items() if event != "fact"} == {
        event: set() for event in seen if event != "fact"
    }
    assert set(listed) - set(seen) == set()
