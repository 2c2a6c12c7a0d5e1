"""The pop-up that asks for the confirmation of an action on services (guide A8).

The view is what the command would do now. Opening it records nothing, so nothing has to be cancelled and
any number of people can have it open. The confirmation is the command, decided by the rights and the state of
that later instant.
"""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.authorization import permitted
from hubsim_cloud.domain.commands import Activate, BaseCommand, Resume, ScheduleDeactivation, StopNow
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.decide_services import HANDLERS
from hubsim_cloud.domain.facts import DeactivationScheduled, ServiceActivated
from hubsim_cloud.domain.lookups import hub_of
from hubsim_cloud.domain.types import HubRef, PackageId, ResellerRef, Screen, ServiceAction
from hubsim_cloud.domain.ui_texts import BUTTONS, CANCEL, CONFIRM, QUESTIONS, TILE_ACTIVE, TILES, UiText
from hubsim_cloud.domain.views.view import View
from hubsim_contract.wire.messages import ServiceState
from hubsim_contract.wire.service import tile


class ConfirmationView(View, frozen=True, kw_only=True):
    """A pop-up: the tile that was clicked, the texts in both languages, and what confirming would do now."""

    hub: HubRef
    action: ServiceAction
    tile: UiText
    title: UiText
    text: UiText
    confirm: UiText
    """The button that sends the command."""
    cancel: UiText
    """The button that closes the pop-up; nothing has happened."""
    screen: Screen
    """The screen after the confirmation."""
    package: PackageId | None
    """Activation only: the package that would be activated."""
    reseller: ResellerRef | None
    """Activation only: the Reseller that Ajax would invoice."""
    ends_at_ms: int | None
    """Deactivation only: when the services would end."""


def _confirmation(context: DecisionContext, query: queries.ServiceConfirmation) -> ConfirmationView:
    hub = hub_of(context.state, permitted(context, query), query.hub)
    command = _command(query)
    decided: Accepted = HANDLERS[type(command)](context, command)
    fact, action = decided.facts[0], query.action
    stops_active = action is ServiceAction.STOP_NOW and hub.wanted.service is ServiceState.ACTIVE
    return ConfirmationView(
        hub=hub.id,
        action=action,
        tile=TILE_ACTIVE if stops_active else TILES[tile(hub.wanted.service)],
        title=BUTTONS[action],
        text=QUESTIONS[action],
        confirm=CONFIRM[action],
        cancel=CANCEL,
        screen=Screen(decided.result["screen"]),
        package=fact.package if isinstance(fact, ServiceActivated) else None,
        reseller=fact.reseller if isinstance(fact, ServiceActivated) else None,
        ends_at_ms=fact.ends_at_ms if isinstance(fact, DeactivationScheduled) else None,
    )


def _command(query: queries.ServiceConfirmation) -> BaseCommand:
    """Return the command that the button "confirm" of the pop-up sends."""
    match query.action:
        case ServiceAction.ACTIVATE:
            return Activate(hub=query.hub, package=query.package, reseller=query.reseller)
        case ServiceAction.SCHEDULE_DEACTIVATION:
            return ScheduleDeactivation(hub=query.hub)
        case ServiceAction.RESUME:
            return Resume(hub=query.hub)
        case ServiceAction.STOP_NOW:
            return StopNow(hub=query.hub)


ANSWERS: dict[type[queries.BaseQuery], Callable[[DecisionContext, Any], View]] = {
    queries.ServiceConfirmation: _confirmation,
}
