"""The rules of the contract with their texts, for those who look at the verdicts on messages."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.http.languages import ResponseLanguage, preferred_language
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.lab.world_control import WorldControl
from hubsim_contract.wire.rule import RuleSide, Severity
from hubsim_contract.wire.rules import FAMILIES, RULES

POLISH_FILE = Path(__file__).with_suffix(".pl.toml")


class RuleFamilyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Rules with one purpose."""

    id: str
    title: str
    text: str
    """The purpose."""


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule."""

    id: str
    """For example `MQ-7.json`."""
    family: str
    side: RuleSide
    severity: Severity
    text: str
    """The demand, for the person who implements it."""
    reason: str
    """The failure that it prevents."""


class RulesView(msgspec.Struct, frozen=True, kw_only=True):
    """The rules, by family."""

    families: list[RuleFamilyRow]
    rules: list[RuleRow]


@cache
def polish_rule_texts() -> Mapping[str, str]:
    """Return the Polish texts of families and rules, by the English ones."""
    texts = tomllib.loads(POLISH_FILE.read_text(encoding="utf-8"))["texts"]
    return MappingProxyType(texts)


def rules_view(language: ResponseLanguage) -> RulesView:
    """Return all rules in a language."""

    def said(text: str) -> str:
        return polish_rule_texts()[text] if language is ResponseLanguage.POLISH else text

    return RulesView(
        families=[
            RuleFamilyRow(id=each.id, title=said(each.title), text=said(each.text)) for each in FAMILIES
        ],
        rules=[
            RuleRow(
                id=each.id,
                family=each.family,
                side=each.side,
                severity=each.severity,
                text=said(each.text),
                reason=said(each.reason),
            )
            for each in RULES
        ],
    )


async def show_rules(_lab: WorldControl, request: Request, _world: ServedWorld) -> Response:
    """List the rules of the contract: what each demands, of whom, and why.

    The texts are Polish for a client that prefers Polish.
    """
    language = preferred_language(request.headers.get("accept-language", ""))
    answer = json_answer(rules_view(language))
    answer.headers["Content-Language"] = language.value
    answer.headers["Vary"] = "Accept-Language"
    return answer
