"""The log of facts, with an index of whom each fact is about, for the histories.

The index is made when somebody looks for the first time, and follows the log from then on, so that a look
costs what it shows and not what there is.
"""

from array import array

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.projection import Projection, read


class Archive:
    """An index of a log that others append to. The list of facts stays theirs."""

    def __init__(self, facts: list[Fact]) -> None:
        self._facts = facts
        self._indexed = 0
        self._reading = Projection()
        self._of_company: dict[str, array[int]] = {}
        self._of_hub: dict[str, list[tuple[int, str | None]]] = {}
        """Places of facts about a hub, each with the company that looked after it then."""

    def of_company(self, company: str) -> list[Fact]:
        """Return the facts about a company, oldest first."""
        self._follow()
        return [self._facts[place] for place in self._of_company.get(company, ())]

    def of_hub(self, hub: str, company: str) -> list[Fact]:
        """Return the facts about a hub from when it was this company's or nobody's, oldest first."""
        self._follow()
        places = self._of_hub.get(hub, ())
        return [self._facts[place] for place, holder in places if holder in {None, company}]

    def _follow(self) -> None:
        """Take the index to the end of the log."""
        reading, begin = self._reading, self._indexed
        for place, fact in enumerate(read(reading, self._facts[begin:]), begin):
            for company in reading.companies(fact):
                self._of_company.setdefault(company, array("q")).append(place)
            for hub in reading.hubs(fact):
                self._of_hub.setdefault(hub, []).append((place, reading.holder(hub)))
        self._indexed = len(self._facts)
