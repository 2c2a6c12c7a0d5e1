"""The log of facts, with an index by company and hub, for the histories.

The index is built at the first query and extended at each later one. The cost of a query therefore depends
on the number of facts that it shows, not on the length of the log.
"""

from array import array
from collections.abc import Sequence
from typing import overload

from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.projection import Projection, advance


class FoundFacts(Sequence[Fact]):
    """Facts of a log by their places. It costs nothing until they are read."""

    def __init__(self, facts: Sequence[Fact], places: Sequence[int]) -> None:
        self._facts = facts
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> Fact: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Fact]: ...

    def __getitem__(self, place: int | slice) -> Fact | Sequence[Fact]:
        if isinstance(place, slice):
            return FoundFacts(self._facts, self._places[place])
        return self._facts[self._places[place]]


class Archive:
    """An index of a log that its owner continues to extend. The facts are not copied."""

    def __init__(self, facts: FactLog) -> None:
        self._facts = facts
        self._indexed = 0
        self._projection = Projection()
        self._of_company: dict[str, array[int]] = {}
        self._of_hub: dict[str, list[tuple[int, str | None]]] = {}
        """Indexes of facts about a hub, each with the company that maintained the hub at that time."""

    def of_company(self, company: str) -> Sequence[Fact]:
        """Return the facts about a company, oldest first. A fact is found when it is read."""
        self._extend()
        return FoundFacts(self._facts, self._of_company.get(company, ()))

    def of_hub(self, hub: str, company: str) -> Sequence[Fact]:
        """Return the facts about a hub from times when it belonged to this or no company, oldest first."""
        self._extend()
        entries = self._of_hub.get(hub, ())
        return FoundFacts(self._facts, [index for index, holder in entries if holder in {None, company}])

    def all_of_hub(self, hub: str) -> Sequence[Fact]:
        """Return all facts about a hub, oldest first, for all of its owners."""
        self._extend()
        return FoundFacts(self._facts, [index for index, _ in self._of_hub.get(hub, ())])

    def _extend(self) -> None:
        """Extend the index to the end of the log."""
        projection, begin = self._projection, self._indexed
        for index, fact in enumerate(advance(projection, self._facts.since(begin)), begin):
            for company in projection.companies(fact):
                self._of_company.setdefault(company, array("q")).append(index)
            for hub in projection.hubs(fact):
                self._of_hub.setdefault(hub, []).append((index, projection.holder(hub)))
        self._indexed = len(self._facts)
