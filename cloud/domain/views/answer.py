"""Answers queries: a look at the state gives a view, or a named refusal. Nothing is changed."""

from collections.abc import Callable
from typing import Any

from cloud.domain.archive import Archive
from cloud.domain.case import Case
from cloud.domain.queries import Look, Query
from cloud.domain.refusals import Refusal, RefusalName, Refused
from cloud.domain.settings import CloudSettings
from cloud.domain.state import State
from cloud.domain.views import history, objects, people, resellers, services
from cloud.domain.views.view import View
from cloud.domain.words import Actor


def answer(
    state: State,
    actor: Actor,
    query: Query,
    now_ms: int,
    settings: CloudSettings,
    *,
    archive: Archive | None = None,
) -> View | Refusal:
    """Return what the person sees, or why not. `archive`: all facts, for the histories.

    As with a decision, what was due before `now_ms` must have been applied.
    """
    if actor.operator:
        return Refusal(RefusalName.NOT_PERMITTED, "The operator looks at no account.")
    try:
        return ANSWERS[type(query)](Case(state, actor, now_ms, settings, archive), query)
    except Refused as refused:
        return refused.refusal


ANSWERS: dict[type[Look], Callable[[Case, Any], View]] = {
    **people.ANSWERS,
    **resellers.ANSWERS,
    **objects.ANSWERS,
    **services.ANSWERS,
    **history.ANSWERS,
}
