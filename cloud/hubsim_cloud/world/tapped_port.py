"""The cloud's MQTT port, with book kept of what is under way, and faults that strike on the way in.

Owns what a lab has to know to bring a world to rest: what was said and not acknowledged, what was heard,
and whether a message is held back by a fault. Costs a check sum for each message. Promises that the client
gets no more at once than it takes, however much a cloud that comes back has to say again.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from hubsim_contract.core import Now
from hubsim_contract.lab.delivery import ReceivedLog, SentLog, Watermark
from hubsim_contract.lab.faults import AnyMessageFault, FaultInjector
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribed,
)
from hubsim_contract.wire.topics import RETAINED, Topics

STATION = "cloud"
SENT_AT_ONCE = 1_000
"""So many messages are under way to the broker at once; further ones wait for their turn, of each topic the
newest. The client cuts a connection on which more than `client.MAX_UNACKNOWLEDGED` are under way: a
cloud with more hubs than that would be cut off each time it says everything again."""


class CloudMqttPort(Protocol):
    """The real client under the tap."""

    def perform(self, effect: PortEffect) -> None:
        """Carry out one effect; answers come later."""
        ...

    def sever(self) -> None:
        """Cut the connection without a goodbye."""
        ...

    async def aclose(self) -> None:
        """Stop everything."""
        ...


OpenPort = Callable[[Callable[[PortEvent], None]], CloudMqttPort]
"""Makes the client: who gets the events."""


class Witness(Protocol):
    """Who wants to know what passes the port, for a trace."""

    def published(self, topic: str, payload: bytes) -> None:
        """Take a message of the cloud, or one that it heard, as it is before any fault."""
        ...

    def interfered(self, topic: str, arrives: int) -> None:
        """Take note that a fault struck a message, which arrives so many times now."""
        ...

    def connection_lost(self) -> None:
        """Take note that the connection died."""
        ...


class TappedCloudPort:
    """The port of one cloud.

    `deliver` gets what the engine is to hear; `progress` is called when something has come to its end.
    """

    def __init__(
        self,
        open_port: OpenPort,
        topics: Topics,
        now: Callable[[], Now],
        deliver: Callable[[PortEvent], None],
        witness: Witness,
        progress: Callable[[], None],
    ) -> None:
        self.said = SentLog()
        self.heard = ReceivedLog(lambda topic: _is_retained(topics, topic))
        self.fresh = True
        """Whether the subscription is so new that nobody was asked yet what it owes."""
        self._port = open_port(self._hear)
        self._now = now
        self._deliver = deliver
        self._witness = witness
        self._progress = progress
        self._fault_injector = FaultInjector(topics)
        self._online = False
        self._awaits: str | None = "is to begin"
        """What the cloud waits for of its connection; None also while it waits for the next attempt."""
        self._serial = 0
        self._unacknowledged: dict[int, str] = {}
        self._waiting: OrderedDict[str, Publish] = OrderedDict()
        """By topic, the one that has waited longest in front."""

    def perform(self, effect: PortEffect) -> None:
        """Carry out one effect of the engine."""
        match effect:
            case Publish():
                self._publish(effect)
            case Disconnect():
                self._ended()
                self._port.perform(effect)
            case Connect():
                self._ended()
                self._awaits = "waits for CONNACK"
                self._port.perform(effect)
            case _:
                self._port.perform(effect)

    @property
    def unacknowledged(self) -> int:
        """How many messages the broker has not acknowledged."""
        return len(self._unacknowledged) + len(self._waiting)

    def clear_retained(self, topics: tuple[str, ...]) -> None:
        """Take what the broker retains on these topics away, if there is a connection."""
        for topic in topics:
            self._say(Publish(topic, b"", retain=True))

    def awaited(self, marks: dict[str, Watermark]) -> list[str]:
        """Return, in words, what is under way; `marks`: what the simulator has said."""
        found = [] if self._awaits is None else [f"the cloud's connection to the broker {self._awaits}"]
        unacknowledged = [*self._unacknowledged.values(), *self._waiting]
        found += [f"the broker has not acknowledged {topic}" for topic in unacknowledged]
        missing = self.heard.missing(marks, lambda _: self._online)
        return found + [f"{topic} has not arrived" for topic in missing]

    def arm(self, fault: AnyMessageFault) -> None:
        """Let a fault strike messages on their way to the cloud."""
        self._fault_injector.arm(fault)

    def cut(self) -> None:
        """Cut the connection without a goodbye."""
        if self._online:
            self._online, self._awaits = False, "is being cut"
        self._port.sever()

    def due(self) -> int | None:
        """Return when the next message that is held back arrives, or None."""
        return None if self._fault_injector.quiet else self._fault_injector.due()

    def wake(self) -> bool:
        """Let messages arrive that were held back and whose time has come; return whether any did."""
        late = self._fault_injector.take(self._now().world_ms)
        for _, message in late:
            self._deliver(message)
        return bool(late)

    async def aclose(self) -> None:
        """Let go of everything."""
        await self._port.aclose()

    # ------------------------------------------------------------------ inside

    def _publish(self, effect: Publish) -> None:
        self._witness.published(effect.topic, effect.payload)
        self._say(effect)

    def _say(self, message: Publish) -> None:
        if not self._online:
            return  # it leads nowhere: the core says it again once it is connected
        # what waits is out of date: documents replace each other (rule MQ-1), and so do orders (rule MQ-8)
        self._waiting[message.topic] = message
        self._send()

    def _send(self) -> None:
        """Hand over what waits, as far as it may be under way."""
        while self._waiting and len(self._unacknowledged) < SENT_AT_ONCE:
            topic, message = self._waiting.popitem(last=False)
            self._serial += 1
            self._unacknowledged[self._serial] = topic
            self.said.say(topic, message.payload, retain=message.retain)
            self._port.perform(Publish(topic, message.payload, message.retain, self._serial))

    def _hear(self, event: PortEvent) -> None:
        self._take(event)
        self._progress()

    def _take(self, event: PortEvent) -> None:
        match event:
            case Received():
                self._received(event)
                return
            case Published():
                self._unacknowledged.pop(event.token, None)
                self._send()
                return
            case Connected():
                self._awaits = "waits for SUBACK"
            case Subscribed():
                self._online, self._awaits = True, None
                self.fresh = True
                self.heard.subscribe(self.heard.topics)
            case ConnectionLost():
                self._witness.connection_lost()
                self._ended()
            case ConnectFailed():
                self._ended()
        self._deliver(event)

    def _received(self, message: Received) -> None:
        self.heard.hear(message.topic, message.payload)
        if not message.retained:  # else it is an old one, which comes with a new subscription
            self._witness.published(message.topic, message.payload)
        if self._fault_injector.quiet:
            self._deliver(message)
            return
        admitted = self._fault_injector.admit(STATION, message, self._now().world_ms)
        if admitted != [message]:
            self._witness.interfered(message.topic, len(admitted))
        for each in admitted:
            self._deliver(each)

    def _ended(self) -> None:
        self._online, self._awaits = False, None
        for topic in self._unacknowledged.values():
            self.said.doubt(topic)
        self._unacknowledged.clear()
        self._waiting.clear()


def _is_retained(topics: Topics, topic: str) -> bool:
    address = topics.read(topic)
    return address is not None and address.kind in RETAINED
