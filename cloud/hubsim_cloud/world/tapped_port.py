"""The cloud's MQTT port: a tapped port like any station's, with a limit on the messages in flight.

Ensures that the client never has more messages in flight than it can handle, however many messages a cloud
must publish again after a reconnect.
"""

from collections import OrderedDict
from collections.abc import Callable

from hubsim_cloud.world.observer import STATION
from hubsim_contract.lab.in_flight import InFlightTracker
from hubsim_contract.lab.port_filter import PortFilter
from hubsim_contract.lab.quiescence import first_of
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

IN_FLIGHT_MAX = 1_000
"""The number of messages in flight to the broker; further ones wait in a queue, the newest of each topic.
The client cuts a connection with more than `adapter.MAX_UNACKNOWLEDGED` messages in flight: without the limit
a cloud with more hubs than that would be disconnected each time it publishes everything again."""


class TappedCloudPort:
    """The port of one cloud. `progress` is called when a message has arrived or its connection has ended.

    A message on the topic `first` does not wait in the queue: the last one before a DISCONNECT would be lost.
    """

    def __init__(
        self,
        open_port: OpenPort,
        port_filter: PortFilter,
        tracker: InFlightTracker,
        progress: Callable[[], None],
        first: str = "",
    ) -> None:
        self._filter = port_filter
        self._first = first
        self._progress = progress
        self._port = TappedPort(STATION, open_port, tracker, self)
        self._online = False
        self.trouble = ""
        """Why the last attempt to connect failed; empty while it is connected."""
        self._serial = 0
        self._in_flight: set[int] = set()
        self._waiting: OrderedDict[str, Publish] = OrderedDict()
        """By topic, the one that has waited longest first."""
        tracker.starting(STATION)

    def perform(self, effect: PortEffect) -> None:
        """Perform one effect of the engine."""
        if isinstance(effect, Publish):
            self._filter.observer.published(STATION, effect)
            self._queue(effect)
            return
        if isinstance(effect, Connect | Disconnect):
            self._ended()
        self._port.perform(effect)

    @property
    def unacknowledged(self) -> int:
        """The number of messages that the broker has not acknowledged."""
        return len(self._in_flight) + len(self._waiting)

    def awaited(self) -> list[str]:
        """Return, in words, the messages in the queue, or the first of them."""
        return first_of(f"{topic} is queued" for topic in self._waiting)

    def clear_retained(self, topics: tuple[str, ...]) -> None:
        """Clear the retained messages on these topics, if there is a connection."""
        for topic in topics:
            self._queue(Publish(topic, b"", retain=True))

    def sever(self, *, notify: bool) -> None:
        """Cut the connection without a DISCONNECT; `notify`: the cloud receives `ConnectionLost`."""
        self._ended()
        self._port.sever(notify=notify)

    async def aclose(self) -> None:
        """Close the client."""
        await self._port.aclose()

    # ------------------------------------------------------------------ the tap of the port

    def port_event(self, station: str, event: PortEvent) -> None:
        """Pass an event on to the cloud."""
        match event:
            case Published():
                self._in_flight.discard(event.token)
                self._send()
                return
            case Subscribed():
                self._online, self.trouble = True, ""
            case ConnectionLost():
                self._ended()
            case ConnectFailed(reason=reason):
                self.trouble = reason
                self._ended()
        self._filter.port_event(station, event)

    def progress(self) -> None:
        """Report that something in flight has arrived or ended."""
        self._progress()

    # ------------------------------------------------------------------ inside

    def _queue(self, message: Publish) -> None:
        if not self._online:
            return  # dropped: the core publishes it again once it is connected
        if message.topic == self._first:
            self._put(message)
            return
        # a newer message replaces a queued one: of documents (rule MQ-1) and of orders (rule MQ-8)
        self._waiting[message.topic] = message
        self._send()

    def _send(self) -> None:
        """Send queued messages up to the limit."""
        while self._waiting and len(self._in_flight) < IN_FLIGHT_MAX:
            self._put(self._waiting.popitem(last=False)[1])

    def _put(self, message: Publish) -> None:
        self._serial += 1
        self._in_flight.add(self._serial)
        self._port.perform(Publish(message.topic, message.payload, message.retain, self._serial))

    def _ended(self) -> None:
        self._online = False
        self._in_flight.clear()
        self._waiting.clear()
