"""Random bench actions, such as people and power grids cause on an ordinary day. Pure, by a random source.

Only actions that need no card and no other model are drawn. One of the next actions on the same hub puts back
an open lid, an unplugged cable or the mains.
"""

from random import Random

from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    Plug,
    Restart,
    SetBattery,
    SetLid,
    SetMains,
    Unplug,
)
from hubsim_simulator.hub import SimulatedHub

LINK = "ethernet"
PUT_BACK_SHARE = 0.5
"""How many of the actions on a hub put something back, if there is something."""
LOWEST_PERCENT = 20
"""The lowest charge of a battery. An empty one switches a hub off that has no mains."""


class RandomActs:
    """Draws the actions. Most are reports of the battery; a cable or a restart costs a connection."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._put_back: dict[str, AnyBenchAction] = {}

    def draw(self, hub: SimulatedHub) -> AnyBenchAction:
        """Return the next action on the hub. The hub may refuse it, if a client has acted on it as well."""
        if hub.id in self._put_back:
            if self._chance.random() < PUT_BACK_SHARE:
                return self._put_back.pop(hub.id)
            return self._battery()
        kind = self._chance.random()
        if kind < 0.6:  # noqa: PLR2004 (the shares of the kinds)
            return self._battery()
        if kind < 0.75:  # noqa: PLR2004
            self._put_back[hub.id] = SetLid(open=False)
            return SetLid(open=True)
        if kind < 0.9:  # noqa: PLR2004
            self._put_back[hub.id] = SetMains(present=True)
            return SetMains(present=False)
        if kind < 0.99 and LINK in hub.hardware.links():  # noqa: PLR2004
            self._put_back[hub.id] = Plug(link=LINK)
            return Unplug(link=LINK)
        return Restart()

    def _battery(self) -> SetBattery:
        return SetBattery(percent=self._chance.randint(LOWEST_PERCENT, 100))
