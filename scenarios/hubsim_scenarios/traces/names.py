"""Names in the place of ids: what a trace calls `3390F28D` or `company-1` is `front-door` or `wolf`."""

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
"""Facts that give an id a name, and the field with the id."""


class NameTable:
    """The names of one play: hubs and cards by its head, people, companies and objects as facts tell them."""

    def __init__(self, head: PlayBegan) -> None:
        self._names = dict(head.names)
        self._pattern: re.Pattern[str] | None = None
        self._cards = 0
        """So many cards got a name because the scenario has none for them."""

    def learn(self, event: TraceEvent) -> None:
        """Take over the name that an event gives to an id; cards without one are numbered as they turn up."""
        kind = _NAMING.get(event.facts.get("fact", ""))
        if kind is not None and isinstance(event.facts.get(kind), str):
            self._know(event.facts[kind], _name(event.facts))
        for iccid in _cards(event.facts):
            if iccid not in self._names:
                self._cards += 1
                self._know(iccid, f"card-{self._cards}")

    def _know(self, id_: str, name: str) -> None:
        self._names[id_] = name
        self._pattern = None

    def named(self, text: str) -> str:
        """Return a text with names in the place of the ids in it."""
        if not self._names:
            return text
        if self._pattern is None:
            ids = "|".join(map(re.escape, sorted(self._names, key=len, reverse=True)))
            self._pattern = re.compile(rf"(?<![\w-])(?:{ids})(?![\w-])")
        return self._pattern.sub(lambda found: self._names[found[0]], text)

    def id(self, name: str) -> str:
        """Return the id of a name, or the name itself."""
        return next((id_ for id_, known in self._names.items() if known == name), name)

    def __contains__(self, name: str) -> bool:
        return name in self._names or name in self._names.values()


def _name(facts: dict[str, Any]) -> str:
    """Return a person's name as scenarios have it, or that of the thing."""
    local, _, domain = str(facts.get("email", "")).partition("@")
    return local if domain == MAIL_DOMAIN else str(facts.get("name", ""))


def _cards(facts: dict[str, Any]) -> Iterator[str]:
    """Yield the cards that the cloud sees in a hub."""
    slots = facts.get("sims")
    for slot in slots if isinstance(slots, list) else ():
        if isinstance(slot, dict) and isinstance(slot.get("iccid"), str):
            yield slot["iccid"]
