"""Settings of the cloud: what no public source fixes, with the default that the domain notes give."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

DAY_MS = 24 * 3_600_000
Retry = Annotated[int, Meta(ge=1_000, le=DAY_MS)]
"""A wait before something is sent again. Never 0: that would send without end at one instant."""


class Billing(StrEnum):
    """What a Reseller pays for an account that was active in a part of a month."""

    FULL_MONTH = "full_month"
    DAILY = "daily"
    """The share of the month's days on which it was active at any time, rounded half up to a cent."""


class TrialScope(StrEnum):
    """What the trial months are counted for."""

    ACCOUNT = "account"
    """A hub with its SIM at a Dealer: counted from its first activation there, so the trial comes once."""
    SUBSCRIPTION = "subscription"
    """Each activation: a service that is stopped and activated again has a new trial."""


class CloudSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Open questions of the business, as settings."""

    ping_multiplier: Annotated[int, Meta(ge=1, le=10)] = 3
    """A hub is reported offline after ping x this + delay; public pages disagree on 3 or 4."""
    billing: Billing = Billing.FULL_MONTH
    """What a Reseller pays for an account that was active in a part of a month."""
    trial_months: Annotated[int, Meta(ge=0, le=120)] = 0
    """So many first calendar months appear on invoices with fee 0."""
    trial_scope: TrialScope = TrialScope.ACCOUNT
    """What the trial months are counted for."""
    ajax_iccid_prefixes: tuple[str, ...] = ("8988300",)
    """An ICCID that starts with one of these belongs to an Ajax SIM."""
    order_retry_ms: Retry = 30_000
    """An order the carrier has not accepted within this time is sent again."""
    order_overdue_ms: Retry = 2 * 3_600_000 + 60_000
    """An accepted order not executed within this time is sent again: just above the longest delay."""
    desired_retry_ms: Retry = 30_000
    """A desired state that an online hub has not applied within this time is published again."""
