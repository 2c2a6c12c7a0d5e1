"""Time zones as an author names them: the cloud's zones, with errors for scenario files."""

from zoneinfo import ZoneInfo

from hubsim_cloud.domain import zones
from hubsim_scenarios.language.errors import BadText, quoted


class BadZone(BadText):
    """A zone that is not in the tzdata package. The hint suggests a similar zone."""


def zone(name: str) -> ZoneInfo:
    """Return the zone, or raise `BadZone`."""
    try:
        return zones.zone(name)
    except zones.UnknownZone as error:
        hint = f"did you mean {error.probably!r}?" if error.probably else ""
        raise BadZone(f"{quoted(name)} is not a time zone", hint) from error
