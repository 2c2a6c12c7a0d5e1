"""The log of facts, with an index by company and hub, for the histories.

The index is extended at each query, and before that in parts (`extend`). So the cost of a query depends on
the number of facts that it shows, not on the length of the log. An entry takes 8 bytes for each hub and each
company that the fact is about.
"""

from array import array
from collections.abc import Sequence
from itertools import islice
from typing import overload

from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.projection import Projection, advance

_HOLDERS = 2**24
"""More companies than a cloud can have."""


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
        self._of_hub: dict[str, array[int]] = {}
        """Indexes of facts about a hub, each with the company that maintained the hub at that time: the index
        times `_HOLDERS`, plus the number of the company."""
        self._numbers: dict[str | None, int] = {None: 0}
        """The numbers of companies, and of no company."""

    def of_company(self, company: str) -> Sequence[Fact]:
        """Return the facts about a company, oldest first. A fact is found when it is read."""
        self.extend()
        return FoundFacts(self._facts, self._of_company.get(company, ()))

    def of_hub(self, hub: str, company: str) -> Sequence[Fact]:
        """Return the facts about a hub from times when it belonged to this or no company, oldest first."""
        self.extend()
        holders = {0, self._numbers.get(company, 0)}
        entries = self._of_hub.get(hub, ())
        return FoundFacts(
            self._facts, [entry // _HOLDERS for entry in entries if entry % _HOLDERS in holders]
        )

    def all_of_hub(self, hub: str) -> Sequence[Fact]:
        """Return all facts about a hub, oldest first, for all of its owners."""
        self.extend()
        return FoundFacts(self._facts, [entry // _HOLDERS for entry in self._of_hub.get(hub, ())])

    def extend(self, most: int | None = None) -> bool:
        """Extend the index by at most `most` facts; return whether it has all facts of the log."""
        projection, begin = self._projection, self._indexed
        facts = islice(self._facts.since(begin), most)
        for index, fact in enumerate(advance(projection, facts), begin):
            for company in projection.companies(fact):
                self._of_company.setdefault(company, array("q")).append(index)
            for hub in projection.hubs(fact):
                holder = self._numbers.setdefault(projection.holder(hub), len(self._numbers))
                self._of_hub.setdefault(hub, array("q")).append(index * _HOLDERS + holder)
            self._indexed = index + 1
        return self._indexed == len(self._facts)
