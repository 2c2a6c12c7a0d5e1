"""The hubs on the bench of one world, as far as a list needs them.

Owns a copy of the roster: which hubs are on the bench, and their models. The simulator sends it again only
after a change, so a page of a list costs one request for the hubs of that page.
"""

from collections.abc import Collection, Mapping

from hubsim_cloud.lab.errors import NoSimulator
from hubsim_cloud.lab.simulator_link import LabLink
from hubsim_contract.lab.hub_brief import HubBrief
from hubsim_contract.lab.protocol import ShowFleet


class BenchRoster:
    """The roster of one world, and the briefs of its hubs."""

    def __init__(self, link: LabLink, world: str) -> None:
        self._link = link
        self._world = world
        self._roster: str | None = None
        self.known: Mapping[str, str] = {}
        """The model of each hub on the bench by id, as of the last answer. Replaced at a change."""

    async def briefs(self, hubs: Collection[str]) -> Mapping[str, HubBrief]:
        """Return the briefs of those of these hubs that are on the bench; empty without a simulator.

        `known` is up to date then. Raises `NoSimulator` when the simulator that was online is gone.
        """
        try:
            request = ShowFleet(world=self._world, hubs=tuple(hubs), roster=self._roster)
            shown = (await self._link.ask(request)).fleet
        except NoSimulator:
            if self._link.has_seen_simulator:
                raise
            return {}
        assert shown is not None
        if shown.models is not None:
            self._roster, self.known = shown.roster, shown.models
        return shown.hubs
