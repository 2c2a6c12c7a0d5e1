"""Replaces ids in a trace by names: `3390F28D` by `front-door`, `company-1` by `wolf`."""

import re
from collections.abc import Iterator
from typing import Any

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.play.aliases import MAIL_DOMAIN
from hubsim_scenarios.traces.records import PlayBegan

_NAMING = {
    "person_signed_up": "person",
    "company_created": "company",
    "object_created": "object",
}
"""Facts that define the name of an id, each with the field of the id."""


class NameTable:
    """The names of one play. Hubs and cards are in its head; facts name people, companies and objects."""

    def __init__(self, head: PlayBegan) -> None:
        self._names = dict(head.names)
        self._pattern: re.Pattern[str] | None = None
        self._cards = 0
        """The number of cards that have a generated name, because the scenario does not name them."""

    def learn(self, event: TraceEvent) -> None:
        """Add the name that an event defines. Cards without a name are numbered as they appear."""
        kind = _NAMING.get(event.facts.get("fact", ""))
        if kind is not None and isinstance(event.facts.get(kind), str):
            self._add(event.facts[kind], _name(event.facts))
        for iccid in _cards(event.facts):
            if iccid not in self._names:
                self._cards += 1
                self._add(iccid, f"card-{self._cards}")

    def _add(self, id_: str, name: str) -> None:
        self._names[id_] = name
        self._pattern = None

    def named(self, text: str) -> str:
        """Return a text with its ids replaced by names."""
        if not self._names:
            return text
        if self._pattern is None:
            ids = "|".join(map(re.escape, sorted(self._names, key=len, reverse=True)))
            self._pattern = re.compile(rf"(?<![\w-])(?:{ids})(?![\w-])")
        return self._pattern.sub(lambda found: self._names[found[0]], text)

    def id(self, name: str) -> str:
        """Return the id with this name, or the name itself if it is unknown."""
        return next((id_ for id_, known in self._names.items() if known == name), name)

    def __contains__(self, name: str) -> bool:
        return name in self._names or name in self._names.values()


def _name(facts: dict[str, Any]) -> str:
    """Return the name of a person in the scenario, or of a company or object."""
    local, _, domain = str(facts.get("email", "")).partition("@")
    return local if domain == MAIL_DOMAIN else str(facts.get("name", ""))


def _cards(facts: dict[str, Any]) -> Iterator[str]:
    """Yield the ids of the cards in a fact about a hub."""
    slots = facts.get("sims")
    for slot in slots if isinstance(slots, list) else ():
        if isinstance(slot, dict) and isinstance(slot.get("iccid"), str):
            yield slot["iccid"]
