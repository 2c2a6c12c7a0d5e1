"""Answers queries from the state with a view or a named refusal. Does not change the state."""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.queries import BaseQuery, Query
from hubsim_cloud.domain.refusals import Refusal, RefusalName, Refused
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views import history, objects, people, resellers, services
from hubsim_cloud.domain.views.view import View


def answer(
    state: State,
    actor: Actor,
    query: Query,
    now_ms: int,
    settings: CloudSettings,
    *,
    archive: Archive | None = None,
) -> View | Refusal:
    """Return the view for the person, or the refusal. `archive`: all facts, for the histories.

    As for `decide`, everything that was due before `now_ms` must have been applied.
    """
    if actor.operator:
        return Refusal(RefusalName.NOT_PERMITTED, "The operator cannot query accounts.")
    try:
        return ANSWERS[type(query)](DecisionContext(state, actor, now_ms, settings, archive), query)
    except Refused as refused:
        return refused.refusal


ANSWERS: dict[type[BaseQuery], Callable[[DecisionContext, Any], View]] = {
    **people.ANSWERS,
    **resellers.ANSWERS,
    **objects.ANSWERS,
    **services.ANSWERS,
    **history.ANSWERS,
}
