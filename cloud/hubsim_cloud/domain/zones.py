"""Time zones from the tzdata package only: the same rules on every machine, independent of its system.

Refuses names that are not in the package's list, so a name can never open another file.
"""

from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import tzdata

MAX_LOADED_ZONES = 128
"""The number of cached zones. The least recently used one is dropped, and read again if it is needed."""
MAX_GUESSED_NAME = 64
"""A longer name gets no suggestion: no zone name is similar to it, and the comparison is slow."""


RULES_VERSION = tzdata.IANA_VERSION
"""The release of the IANA time zone database, for example `2025b`. Month ends depend on it."""


class UnknownZone(ValueError):
    """The name is not an IANA zone. `probably` is the suggested zone, or None."""

    def __init__(self, name: str, probably: str | None) -> None:
        hint = f"; did you mean {probably}?" if probably else ""
        super().__init__(f"{name[:MAX_GUESSED_NAME]!r} is not an IANA time zone{hint}")
        self.name = name
        self.probably = probably


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all IANA zones, links included."""
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())


@lru_cache(maxsize=MAX_LOADED_ZONES)
def zone(name: str) -> ZoneInfo:
    """Return the zone with this exact IANA name, or raise `UnknownZone`."""
    if name not in zone_names():
        raise UnknownZone(name, _probably(name))
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _probably(name: str) -> str | None:
    """Return the zone whose name, or whose last part (the city), is most similar to the given name."""
    if len(name) > MAX_GUESSED_NAME:
        return None
    meant = name.strip().replace(" ", "_").casefold()
    spelt = {known.rpartition("/")[2].casefold(): known for known in sorted(zone_names())}
    spelt |= {known.casefold(): known for known in zone_names()}
    near = get_close_matches(meant, spelt, n=1)
    return spelt[near[0]] if near else None
