"""Answers queries from the state with a view or a named refusal. Does not change the state."""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.authorization import sees_money
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.money import carries_money, without_money
from hubsim_cloud.domain.pager import Pager
from hubsim_cloud.domain.permissions import OPERATOR_ACTIONS
from hubsim_cloud.domain.queries import BaseQuery, Query
from hubsim_cloud.domain.refusals import OPERATOR_ONLY, Refusal, Refused
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views import confirmation, history, objects, people, resellers, services
from hubsim_cloud.domain.views.view import View


def answer(
    state: State,
    actor: Actor,
    query: Query,
    now_ms: int,
    settings: CloudSettings,
    *,
    archive: Archive | None = None,
    pager: Pager | None = None,
) -> View | Refusal:
    """Return the view for the person, or the refusal. `archive`: all facts, for the histories.

    With a `pager`, a list in the view has only the rows of its page, and only these are made.

    As for `decide`, everything that was due before `now_ms` must have been applied. The view has no
    amounts of money for an actor who may not see them.
    """
    if actor.operator is not (str(query.__struct_config__.tag) in OPERATOR_ACTIONS):
        return OPERATOR_ONLY
    context = DecisionContext(state, actor, now_ms, settings, archive, pager or Pager())
    try:
        view = ANSWERS[type(query)](context, query)
    except Refused as refused:
        return refused.refusal
    return without_money(view) if carries_money(type(view)) and not sees_money(context) else view


ANSWERS: dict[type[BaseQuery], Callable[[DecisionContext, Any], View]] = {
    **people.ANSWERS,
    **resellers.ANSWERS,
    **objects.ANSWERS,
    **services.ANSWERS,
    **confirmation.ANSWERS,
    **history.ANSWERS,
}
