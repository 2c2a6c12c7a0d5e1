"""Every refusal of the domain says what is the case, and what the person can do instead."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubsim_cloud.domain import subscription
from hubsim_cloud.domain.refusals import Refused
from hubsim_cloud.domain.subscription import REFUSALS, SubscriptionAction, SubscriptionPhase

DOMAIN = Path(subscription.__file__).parent
ADVICE = re.compile(r"[:.;] \S.*[.?]$|\S+: .+|^(Sign in|Choose|Give) ", re.DOTALL)
"""An advice follows a colon or a sentence, or the sentence is one."""
BY_OTHERS = {
    "f'{error}.'",
    "f'{error}{advice}'",
    "_TEXTS[phase, name].format(on=f' on {day}' if day else '')",
}
"""Texts of other modules, which have separate tests."""


def sentences() -> Iterator[tuple[str, str]]:
    """Yield each sentence given to `Refused` or `Refusal`, with its place; `...` for a value."""
    for file in sorted(DOMAIN.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or ast.unparse(call.func) not in {"Refused", "Refusal"}:
                continue
            if len(call.args) > 1 and ast.unparse(call.args[1]) not in BY_OTHERS | {"text"}:
                for part in _branches(call.args[1]):
                    yield f"{file.name}:{call.lineno}", _text(part)


def _branches(node: ast.expr) -> list[ast.expr]:
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "..." for part in node.values)
    assert isinstance(node, ast.Constant), ast.unparse(node)
    return str(node.value)


@pytest.mark.parametrize(("place", "text"), list(sentences()))
def test_a_refusal_says_what_to_do(place: str, text: str) -> None:
    assert ADVICE.search(text), f"{place}: {text!r} has no advice after a colon"


def test_the_check_finds_a_sentence_without_advice() -> None:
    assert not ADVICE.search("The hub is offline.")
    assert len(list(sentences())) > 30


@pytest.mark.parametrize(("phase", "action"), list(REFUSALS))
def test_every_illegal_action_on_a_subscription_has_advice(
    phase: SubscriptionPhase, action: SubscriptionAction
) -> None:
    with pytest.raises(Refused) as refused:
        subscription.step(phase, action, "1 June 2026")

    assert ADVICE.search(refused.value.refusal.text)
    assert ("1 June 2026" in refused.value.refusal.text) is (phase in {"expiring", "ended"})
