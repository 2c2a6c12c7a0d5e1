"""Decides commands: the result is facts, or a named refusal that changes nothing."""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain import (
    decide_company,
    decide_countries,
    decide_devices,
    decide_employees,
    decide_objects,
    decide_resellers,
    decide_services,
)
from hubsim_cloud.domain.commands import BaseCommand, Command
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.permissions import OPERATOR_ACTIONS
from hubsim_cloud.domain.refusals import OPERATOR_ONLY, Refusal, Refused
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor


def decide(
    state: State, actor: Actor, command: Command, now_ms: int, settings: CloudSettings
) -> Accepted | Refusal:
    """Return the facts to apply and the result for the person, or the refusal. Only reads the state.

    Everything that was due before `now_ms` (month ends) must have been applied; see `catch_up`.
    """
    if actor.operator is not (str(command.__struct_config__.tag) in OPERATOR_ACTIONS):
        return OPERATOR_ONLY
    try:
        return HANDLERS[type(command)](DecisionContext(state, actor, now_ms, settings), command)
    except Refused as refused:
        return refused.refusal


HANDLERS: dict[type[BaseCommand], Callable[[DecisionContext, Any], Accepted]] = {
    **decide_company.HANDLERS,
    **decide_countries.HANDLERS,
    **decide_devices.HANDLERS,
    **decide_employees.HANDLERS,
    **decide_resellers.HANDLERS,
    **decide_objects.HANDLERS,
    **decide_services.HANDLERS,
}
