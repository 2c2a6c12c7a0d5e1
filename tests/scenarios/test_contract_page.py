"""The page about the contract: a firmware developer finds there what the agent was built from."""

import re

from contract.codec import MAX_PAYLOAD_BYTES, SHAPES, decode
from contract.lab import LayHand, decode_lab
from contract.rules import RULES
from contract.topics import Kind
from scenarios.contract_page import contract_page

PAGE = contract_page()


def test_every_field_says_what_it_means() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]

    assert [row for row in rows if re.search(r"\|\s*\|$", row)] == []
    assert len([row for row in rows if row.startswith("| `hub` |")]) == len(SHAPES) - 2


def test_every_example_is_a_message_of_its_kind() -> None:
    *examples, hands = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    messages = [decode(kind, text.encode()) for kind, text in zip(Kind, examples, strict=True)]
    assert [type(message) for message in messages] == [SHAPES[kind] for kind in Kind]
    assert isinstance(decode_lab(LayHand, hands.encode()), LayHand)


def test_every_word_that_links_somewhere_is_explained() -> None:
    linked = set(re.findall(r"\]\(#([a-z]+)\)", PAGE))

    assert linked <= {title.lower() for title in re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)}


def test_the_rules_and_the_size_limit_are_there() -> None:
    assert all(f"**{rule.id} {rule.title}.** {rule.text}" in PAGE for rule in RULES)
    assert f"{MAX_PAYLOAD_BYTES} bytes" in PAGE
    assert "int, 0 to 9007199254740991" in PAGE
