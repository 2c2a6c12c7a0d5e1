"""The cloud's MQTT port: a tapped port like any station's, with a bound on what is under way at once.

Promises that the client gets no more at once than it takes, however much a cloud that comes back has to
say again.
"""

from collections import OrderedDict
from collections.abc import Callable

from hubsim_cloud.world.observer import STATION
from hubsim_contract.lab.in_flight import InFlightTracker
from hubsim_contract.lab.port_filter import PortFilter
from hubsim_contract.lab.tapped_port import OpenPort, TappedPort
from hubsim_contract.mqtt.port import (
    Connect,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Published,
    Subscribed,
)

SENT_AT_ONCE = 1_000
"""So many messages are under way to the broker at once; further ones wait for their turn, of each topic the
newest. The client cuts a connection on which more than `client.MAX_UNACKNOWLEDGED` are under way: a
cloud with more hubs than that would be cut off each time it says everything again."""


class TappedCloudPort:
    """The port of one cloud. `progress` is called when something under way has come to its end."""

    def __init__(
        self,
        open_port: OpenPort,
        port_filter: PortFilter,
        tracker: InFlightTracker,
        progress: Callable[[], None],
    ) -> None:
        self._filter = port_filter
        self._progress = progress
        self._port = TappedPort(STATION, open_port, tracker, self)
        self._online = False
        self._serial = 0
        self._under_way: set[int] = set()
        self._waiting: OrderedDict[str, Publish] = OrderedDict()
        """By topic, the one that has waited longest in front."""
        tracker.starting(STATION)

    def perform(self, effect: PortEffect) -> None:
        """Carry out one effect of the engine."""
        if isinstance(effect, Publish):
            self._filter.observer.published(STATION, effect)
            self._say(effect)
            return
        if isinstance(effect, Connect | Disconnect):
            self._ended()
        self._port.perform(effect)

    @property
    def unacknowledged(self) -> int:
        """How many messages the broker has not acknowledged."""
        return len(self._under_way) + len(self._waiting)

    def awaited(self) -> list[str]:
        """Return, in words, what waits for its turn."""
        return [f"{topic} waits for its turn to be sent" for topic in self._waiting]

    def clear_retained(self, topics: tuple[str, ...]) -> None:
        """Take what the broker retains on these topics away, if there is a connection."""
        for topic in topics:
            self._say(Publish(topic, b"", retain=True))

    def sever(self, *, told: bool) -> None:
        """Cut the connection without a goodbye; `told`: the cloud hears of it."""
        self._ended()
        self._port.sever(told=told)

    async def aclose(self) -> None:
        """Let go of everything."""
        await self._port.aclose()

    # ------------------------------------------------------------------ the tap of the port

    def heard(self, station: str, event: PortEvent) -> None:
        """Take what the cloud is to hear."""
        match event:
            case Published():
                self._under_way.discard(event.token)
                self._send()
                return
            case Subscribed():
                self._online = True
            case ConnectionLost() | ConnectFailed():
                self._ended()
        self._filter.heard(station, event)

    def progress(self) -> None:
        """Take note that something under way has come to its end."""
        self._progress()

    # ------------------------------------------------------------------ inside

    def _say(self, message: Publish) -> None:
        if not self._online:
            return  # it leads nowhere: the core says it again once it is connected
        # what waits is out of date: documents replace each other (rule MQ-1), and so do orders (rule MQ-8)
        self._waiting[message.topic] = message
        self._send()

    def _send(self) -> None:
        """Hand over what waits, as far as it may be under way."""
        while self._waiting and len(self._under_way) < SENT_AT_ONCE:
            topic, message = self._waiting.popitem(last=False)
            self._serial += 1
            self._under_way.add(self._serial)
            self._port.perform(Publish(topic, message.payload, message.retain, self._serial))

    def _ended(self) -> None:
        self._online = False
        self._under_way.clear()
        self._waiting.clear()
