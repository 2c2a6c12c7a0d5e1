"""The behaviour of a fleet during a load run, as rates: actions on hubs, documents, and storms."""

from enum import StrEnum

import msgspec


class LoadProfile(StrEnum):
    """The kind of load."""

    QUIET = "quiet"
    """Connected hubs do nothing: only keepalives."""
    DAY = "day"
    """An ordinary day: batteries, lids, mains, cables and restarts at random, and some desired documents."""
    STORM = "storm"
    """All connections are cut at once, again and again, and all hubs reconnect."""
    MONTH_END = "month-end"
    """Each hub gets a new desired document, one after the other, and reports it."""


class BadLoad(ValueError):
    """A load run that is not possible. The text says what to change."""


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A load run. Rates are for all hubs of this machine together."""

    profile: LoadProfile
    duration_s: float
    seed: int
    acts_per_s: float = 0
    """Random bench actions."""
    documents_per_s: float = 0
    """Desired documents."""
    storm_pause_s: float | None = None
    """The time from the return of all hubs to the next storm; None: no storm."""


DURATION_S = 60.0
"""The duration without another one."""
ACT_EVERY_S = 600
"""On an ordinary day each hub acts once in this time."""
DOCUMENT_EVERY_S = 3_600
"""On an ordinary day each hub gets a document once in this time."""
MONTH_END_S = 20
"""At a month end all hubs get their document within this time."""
STORM_PAUSE_S = 10.0


def plan_load(
    profile: LoadProfile, hubs: int, *, seed: int, rate: float | None = None, duration_s: float | None = None
) -> LoadPlan:
    """Return the plan for a fleet of this size. Raises `BadLoad` for a rate of a profile that has none.

    `rate`: random actions per second in `day`, documents per second in `month-end`.
    """
    if rate is not None and profile not in (LoadProfile.DAY, LoadProfile.MONTH_END):
        raise BadLoad(f"the profile {profile} has no rate; use --rate with day or month-end")
    plan = LoadPlan(profile=profile, duration_s=duration_s or DURATION_S, seed=seed)
    match profile:
        case LoadProfile.QUIET:
            return plan
        case LoadProfile.DAY:
            acts = hubs / ACT_EVERY_S if rate is None else rate
            documents = acts * ACT_EVERY_S / DOCUMENT_EVERY_S
            return msgspec.structs.replace(plan, acts_per_s=acts, documents_per_s=documents)
        case LoadProfile.MONTH_END:
            documents = hubs / MONTH_END_S if rate is None else rate
            return msgspec.structs.replace(plan, documents_per_s=documents)
        case LoadProfile.STORM:
            return msgspec.structs.replace(plan, storm_pause_s=STORM_PAUSE_S)
