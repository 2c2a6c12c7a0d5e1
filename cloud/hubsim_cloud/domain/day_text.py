"""The day of an instant in a sentence for people, in the zone of a company."""

from datetime import UTC, datetime, timedelta

from hubsim_cloud.domain.zones import zone as zone_named

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_text(at_ms: int, zone: str) -> str:
    """Return the local day of the instant, as `1 June 2026`."""
    day = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone_named(zone))
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
