"""The pages have words for all names of the wire and of the lab."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest

from hubsim_agent.hub_events import DetectedEvent
from hubsim_cloud.domain.commands import Command
from hubsim_contract.lab.bench_actions import AnyBenchAction
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.wire.messages import Profile, ServiceState
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.translation.story_language import StoryLanguage, texts_of
from tools.console.catalogs import entries

ROOT = Path(__file__).parents[2]
PARTS = ROOT / "console/locale/pl/parts"
SOURCE = (ROOT / "console/web/src/parts/wire-words.ts").read_text(encoding="utf-8")


def tags(union: Any) -> list[str]:
    return [str(each.__struct_config__.tag) for each in get_args(union)]


def words_of(table: str) -> dict[str, str]:
    """Return the English words of a table of the module, by name."""
    found = re.search(
        rf"^export const {table} = {{$(.*?)^}} satisfies Texts;$", SOURCE, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"{table} is not in wire-words.ts"
    return dict(re.findall(r'^  (\w+): msg\("([^"]+)"\),$', found[1], re.MULTILINE))


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("MESSAGE_KINDS", MessageKind),
        ("COMMANDS", tags(Command)),
        ("BENCH_ACTIONS", tags(AnyBenchAction)),
        ("FAULTS", tags(AnyFault)),
        ("HUB_EVENTS", DetectedEvent),
    ],
)
def test_each_name_of_the_contract_has_words(table: str, names: Iterable[str]) -> None:
    assert words_of(table).keys() == set(map(str, names))


def test_the_states_in_messages_have_words() -> None:
    assert {*map(str, ServiceState), *map(str, Profile)} <= words_of("STATES").keys()


@pytest.mark.parametrize("table", ["MESSAGE_KINDS", "COMMANDS", "BENCH_ACTIONS", "FAULTS", "HUB_EVENTS"])
def test_pages_and_stories_have_the_same_polish_words(table: str) -> None:
    polish = {entry.one: entry.translation for entry in entries(PARTS)}
    names = texts_of(StoryLanguage.POLISH).names

    for name, words in words_of(table).items():
        assert polish[words] == names[name], name
