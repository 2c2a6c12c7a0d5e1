"""The links that bench actions plug and unplug: Ethernet and Wi-Fi. The modem is not a link."""

from collections.abc import Iterable
from itertools import combinations

from hubsim_contract.wire.messages import Channel
from hubsim_simulator.hardware.profile import ModelProfile
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal

_PLUGGABLE = {link.value: link for link in (Channel.ETHERNET, Channel.WIFI)}

_SETS: dict[frozenset[Channel], frozenset[Channel]] = {
    links: links
    for count in range(len(_PLUGGABLE) + 1)
    for links in map(frozenset, combinations(_PLUGGABLE.values(), count))
}
"""All sets of links, which all hubs share."""


class Links:
    """The plugged links. Raises `BenchActionRefused` for a link that the model does not have."""

    __slots__ = (
        "_profile",
        "plugged",
    )

    def __init__(self, profile: ModelProfile, plugged: Iterable[str] = ()) -> None:
        self._profile = profile
        self.plugged = _SETS[frozenset()]
        for name in plugged:
            self.plug(name)

    def plug(self, name: str) -> Channel:
        """Connect the link and return it. Refused if it is connected."""
        link = self._link(name)
        if link in self.plugged:
            raise BenchActionRefused(BenchRefusal.ALREADY_PLUGGED, f"{name} is connected already")
        self.plugged = _SETS[self.plugged | {link}]
        return link

    def refuse_missing(self, channel: Channel) -> None:
        """Raise `BenchActionRefused` for a link that the model does not have. Every model has a modem."""
        if channel is not Channel.CELLULAR:
            self._link(channel)

    def unplug(self, name: str) -> None:
        """Disconnect the link. Refused if it is not connected."""
        link = self._link(name)
        if link not in self.plugged:
            raise BenchActionRefused(BenchRefusal.NOT_PLUGGED, f"{name} is not connected")
        self.plugged = _SETS[self.plugged - {link}]

    def _link(self, name: str) -> Channel:
        link = _PLUGGABLE.get(name)
        if link is None:
            raise BenchActionRefused(
                BenchRefusal.NO_SUCH_LINK, f"there is no link {name!r}: {' or '.join(_PLUGGABLE)}"
            )
        if not (self._profile.ethernet if link is Channel.ETHERNET else self._profile.wifi):
            raise BenchActionRefused(
                BenchRefusal.NO_SUCH_LINK, f"the model {self._profile.name} has no {name}"
            )
        return link
