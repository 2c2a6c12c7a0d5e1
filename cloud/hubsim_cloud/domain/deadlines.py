"""What time alone will cause in the business: the ends of services, invoices, and notices of losses. Pure."""

from enum import StrEnum

import msgspec

from hubsim_cloud.domain.alarms import WHOLE_HUB, rearm
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State


class CloudTimer(StrEnum):
    """The kinds of timers of the cloud."""

    SERVICE_END = "service_end"
    """The services of a hub end with the month."""
    INVOICE = "invoice"
    """A month of a Dealer is invoiced."""
    OFFLINE_NOTICE = "offline_notice"
    """A hub that is offline is reported to its company."""
    CHANNEL_LOSS_NOTICE = "channel_loss_notice"
    """A missing channel of an online hub is reported to its company."""
    DOCUMENT_REPEAT = "document_repeat"
    """The desired document is sent again to a hub that has not applied it."""
    DOCUMENT_AFTER_CUT = "document_after_cut"
    """A document no longer waits for the answer of the carrier to the cut of the hub's SIM."""
    ORDER_REPEAT = "order_repeat"
    """An order is sent to the carrier again, because it has not confirmed the next step."""
    ORDER_RENEWAL = "order_renewal"
    """A profile is ordered again after an order that was refused or has failed."""
    POSTPONED_MESSAGE = "postponed_message"
    """A message of a hub that sends too often is taken."""
    CLOUD_CONNECTION = "cloud_connection"
    """The cloud connects to the broker again, or gives up its connection as dead."""


class CloudDeadline(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the cloud does by itself."""

    due_ms: int
    kind: CloudTimer
    hub: str | None = None
    company: str | None = None
    about: str = ""
    """A subscription, an ICCID, a channel; empty for other kinds."""


def business_deadlines(state: State, settings: CloudSettings, limit: int) -> list[CloudDeadline]:
    """Return up to `limit` deadlines of each kind, those of one kind in their order."""
    rearm(state, settings)
    found: list[CloudDeadline] = []
    for due_ms, name in state.endings.first(limit):
        subscription = state.subscriptions[name]
        found.append(
            CloudDeadline(
                due_ms=due_ms,
                kind=CloudTimer.SERVICE_END,
                hub=subscription.hub,
                company=subscription.company,
                about=name,
            )
        )
    for due_ms, dealer in state.billings.first(limit):
        found.append(CloudDeadline(due_ms=due_ms, kind=CloudTimer.INVOICE, company=dealer))
    for due_ms, (hub, channel) in state.alarms.first(limit):
        is_whole = channel == WHOLE_HUB
        kind = CloudTimer.OFFLINE_NOTICE if is_whole else CloudTimer.CHANNEL_LOSS_NOTICE
        found.append(CloudDeadline(due_ms=due_ms, kind=kind, hub=hub, about=channel))
    return found
