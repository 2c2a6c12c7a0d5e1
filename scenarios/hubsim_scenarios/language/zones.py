"""Time zones as an author names them: the cloud's zones, with the refusal in the words of a file."""

from zoneinfo import ZoneInfo

from hubsim_cloud.domain import zones
from hubsim_scenarios.language.errors import BadText, quoted


class BadZone(BadText):
    """No such zone in the tzdata package. The hint names the zone probably meant."""


def zone(name: str) -> ZoneInfo:
    """Return the zone, or raise `BadZone`."""
    try:
        return zones.zone(name)
    except zones.UnknownZone as error:
        hint = f"did you mean {error.probably!r}?" if error.probably else ""
        raise BadZone(f"{quoted(name)} is not a time zone", hint) from error
