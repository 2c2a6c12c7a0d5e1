"""The rules of the contract with their texts, for those who look at the verdicts on messages."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.responses import json_answer
from hubsim_cloud.lab.world_control import WorldControl
from hubsim_contract.wire.rule import RuleSide, Severity
from hubsim_contract.wire.rules import FAMILIES, RULES


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


async def show_rules(_lab: WorldControl, _request: Request, _world: ServedWorld) -> Response:
    """List the rules of the contract: what each demands, of whom, and why."""
    families = [RuleFamilyRow(id=each.id, title=each.title, text=each.text) for each in FAMILIES]
    rules = [
        RuleRow(
            id=each.id,
            family=each.family,
            side=each.side,
            severity=each.severity,
            text=each.text,
            reason=each.reason,
        )
        for each in RULES
    ]
    return json_answer(RulesView(families=families, rules=rules))
