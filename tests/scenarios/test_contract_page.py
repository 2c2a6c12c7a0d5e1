"""The page about the contract contains all messages, examples and rules that a firmware developer needs."""

import re

from hubsim_contract.lab.protocol import BenchRequest, decode_lab
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, SHAPES, decode
from hubsim_contract.wire.limits import DETAIL_CHARS_MAX
from hubsim_contract.wire.rules import FAMILIES, RULES
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.pages.contract import contract_page

PAGE = contract_page()


def test_every_field_has_a_meaning() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]

    assert [row for row in rows if re.search(r"\|\s*\|$", row)] == []
    assert len([row for row in rows if row.startswith("| `hub` |")]) == len(SHAPES) - 3


def test_every_example_is_a_message_of_its_kind() -> None:
    *examples, bench_actions = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    messages = [decode(kind, text.encode()) for kind, text in zip(MessageKind, examples, strict=True)]
    assert [type(message) for message in messages] == [SHAPES[kind] for kind in MessageKind]
    assert isinstance(decode_lab(BenchRequest, bench_actions.encode()), BenchRequest)


def test_every_linked_type_has_a_section() -> None:
    linked = set(re.findall(r"\]\(#([a-z]+)\)", PAGE))

    assert linked <= {title.lower() for title in re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)}


def test_the_page_has_the_rules_and_the_size_limit() -> None:
    assert all(f"### {family.id} {family.title}\n\n{family.text}\n" in PAGE for family in FAMILIES)
    rows = [f"| `{rule.id}` | {rule.severity}" for rule in RULES]
    assert [row for row in rows if PAGE.count(row) != 1] == []
    assert all(f"| {rule.text} | {rule.reason} |" in PAGE for rule in RULES)
    assert f"{MAX_PAYLOAD_BYTES} bytes" in PAGE
    assert "int, 0 to 9007199254740991" in PAGE
    assert f"at most {DETAIL_CHARS_MAX} characters" in PAGE
