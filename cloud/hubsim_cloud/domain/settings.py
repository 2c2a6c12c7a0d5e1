"""Settings of the cloud: values that no public source defines, with defaults from the domain notes."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

DAY_MS = 24 * 3_600_000
Retry = Annotated[int, Meta(ge=1_000, le=DAY_MS)]
"""A delay before something is sent again. Never 0: that would send without end at one instant."""


class Billing(StrEnum):
    """The fee that a Reseller pays for an account that was active in a part of a month."""

    FULL_MONTH = "full_month"
    DAILY = "daily"
    """The fee times the share of days with an active service, rounded half up to a cent."""


class TrialScope(StrEnum):
    """What the trial months are counted for."""

    ACCOUNT = "account"
    """A hub with its SIM at a Dealer: counted from its first activation there, so the trial comes once."""
    SUBSCRIPTION = "subscription"
    """Each activation: a service that is stopped and activated again has a new trial."""


class ServiceManagerRights(StrEnum):
    """What the two service manager roles differ in (guide E3, E8)."""

    TODAY = "today"
    """Nothing: both roles have the same rights."""
    FUTURE = "future"
    """Only the Senior service manager and the owner of a Reseller see fees and invoices, and suspend and
    restore the connections of Dealers. Deactivating the services of a hub is not a suspension in this sense:
    the guide gives it to all service managers and Installers of the Dealer (E1, A1, S1)."""


class DesktopBuilds(StrEnum):
    """The people who have the build of PRO Desktop with the services (guide C5)."""

    EVERYONE = "everyone"
    """Everyone has received the mail."""
    BY_MAIL = "by_mail"
    """Only people to whose address the operator has sent it. The others see no services in PRO Desktop."""


class CloudSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings for the open questions of the business."""

    ping_multiplier: Annotated[int, Meta(ge=1, le=10)] = 3
    """A hub is reported offline after ping x this + delay. Public pages disagree: 3 or 4."""
    billing: Billing = Billing.FULL_MONTH
    """The fee that a Reseller pays for an account that was active in a part of a month."""
    trial_months: Annotated[int, Meta(ge=0, le=120)] = 0
    """The number of calendar months, from the first one on, that are invoiced with fee 0."""
    trial_scope: TrialScope = TrialScope.ACCOUNT
    """Whether the trial months are counted per account or per subscription."""
    service_manager_rights: ServiceManagerRights = ServiceManagerRights.TODAY
    """Whether only the Senior service manager sees money and suspends connections (guide E8)."""
    desktop_builds: DesktopBuilds = DesktopBuilds.EVERYONE
    """Whether everyone has the PRO Desktop build with the services, or who received it by mail (guide C5)."""
    ajax_iccid_prefixes: tuple[str, ...] = ("8988300",)
    """An ICCID that starts with one of these belongs to an Ajax SIM."""
    order_retry_ms: Retry = 30_000
    """An order that the carrier has not accepted within this time is sent again."""
    order_overdue_ms: Retry = 2 * 3_600_000 + 60_000
    """An accepted order that is not executed within this time is sent again; just above the longest delay."""
    order_renewal_ms: Retry = 5 * 60_000
    """The pause after an order that has failed, until the same profile is ordered again. It doubles with each
    further failure."""
    order_renewal_longest_ms: Retry = 6 * 3_600_000
    """The longest such pause. An order that the carrier refuses is renewed after this pause."""
    desired_retry_ms: Retry = 30_000
    """A desired state that an online hub has not applied within this time is published again. The pause
    doubles for each further copy."""
    desired_retry_longest_ms: Retry = 3_600_000
    """The longest pause between copies of a desired state; the cloud then logs once that the hub does not
    apply it. An hour: a dead hub that counts as online costs 24 messages a day."""
