"""The vocabulary of the prose linter, and the ten writing rules on the page for contributors."""

import re
from pathlib import Path

import pytest

from tools.prose.checking import Finding, check
from tools.prose.passages import paragraphs
from tools.prose.vocabulary import Entry, load

PAGE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
VOCABULARY = load()
ENTRIES = VOCABULARY.entry
NUMBERS = {entry.id: entry.rule for entry in ENTRIES}
RULE = re.compile(
    r"^(?P<number>\d+)\. \*\*[^*]+\*\*[^\n]*\n +- Bad: `(?P<bad>[^`]+)`\n +- Good: `(?P<good>[^`]+)`$",
    re.MULTILINE,
)
RULES = [(int(found["number"]), found["bad"], found["good"]) for found in RULE.finditer(PAGE)]


def checked(text: str) -> list[Finding]:
    return check("page.md", text, paragraphs("Markdown", text), VOCABULARY)


def test_the_page_has_ten_rules_each_with_a_bad_and_a_good_example() -> None:
    numbers = [number for number, _, _ in RULES]

    assert numbers == list(range(1, 11))
    assert len(re.findall(r"^\d+\. ", PAGE, re.MULTILINE)) == 10


@pytest.mark.parametrize(("number", "bad", "good"), RULES)
def test_the_linter_tells_the_examples_of_a_rule_apart(number: int, bad: str, good: str) -> None:
    assert number in {NUMBERS.get(finding.check) for finding in checked(bad)}
    assert checked(good) == []


def test_each_rule_has_entries_and_each_entry_a_rule() -> None:
    assert {entry.rule for entry in ENTRIES} == {number for number, _, _ in RULES}


def test_each_entry_has_an_id_a_replacement_and_a_reason() -> None:
    assert len(NUMBERS) == len(ENTRIES)
    assert [entry.id for entry in ENTRIES if not (entry.instead.strip() and entry.why.strip())] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_an_entry_finds_its_bad_example(entry: Entry) -> None:
    assert entry.id in {finding.check for finding in checked(entry.bad)}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_no_entry_finds_a_good_example(entry: Entry) -> None:
    assert checked(entry.good) == []


@pytest.mark.parametrize(
    "text",
    [
        "The broker is behind a reverse proxy.",
        "The function leaves no files behind.",
        "There is no such file.",
        "The order is no longer valid.",
        "Two errors cannot be told apart.",
        "`@` stands for the id of a declared name.",
        "A standalone process uses the stand-alone board.",
        "The URL begins with http(s).",
        "The function hands the line to the parser.",
        "It reads the file and looks at every line.",
        "The door sensor reports to the hub.",
        "The file is encrypted at rest, and the rest is not.",
        "What is a hub?",
        "It needs nothing but Python.",
        "All conditions must hold.",
        "A fault can hold the lock that the play holds.",
        "There are so many hubs that the play is slow.",
        "Wait for the broker, and take it.",
        "Code such as `is no` and ```behind``` is not prose, and neither is [this](docs/behind.md).",
    ],
)
def test_the_right_use_of_a_word_is_not_reported(text: str) -> None:
    assert checked(text) == []


def test_a_pattern_matches_across_the_end_of_a_line() -> None:
    found = checked("The message is under\nway to the hub.")

    assert [str(each).split(" [")[0] for each in found] == [
        "page.md:1:16: 'under way': write in flight (messages), in progress (work) (rule 5)"
    ]


def test_proselint_finds_what_no_entry_knows() -> None:
    found = checked("At the end of the day it is a new innovation.")

    assert any(each.check.startswith("proselint ") for each in found)
