"""The MQTT of the virtual world: stations, the broker model between them, and the order of events.

The events of one instant have some order, and a real network guarantees little about it: messages of one
connection stay in order, messages of different connections do not. Here the order is drawn from the seed:
each seed is one possible history, and the same seed always gives the same history.
"""

from collections import deque
from collections.abc import Callable
from random import Random

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
    Subscribe,
    Subscribed,
)
from hubsim_simulator.broker.imitations import model_of
from hubsim_simulator.broker.model import ShutdownKind
from hubsim_simulator.broker.outputs import Close, Connack, Deliver, Output, Puback, Suback
from hubsim_simulator.broker.profiles import BrokerProfile

Sink = Callable[[str, PortEvent], None]
"""Receives the events of a station's port."""


class _Connection:
    """One connection, with the messages in flight in each direction."""

    __slots__ = ("has_left", "number", "station", "to_broker", "to_station")

    def __init__(self, number: int, station: str) -> None:
        self.number = number
        self.station = station
        self.has_left = False
        """Whether the station has disconnected, and expects no event."""
        self.to_broker: deque[PortEffect] = deque()
        self.to_station: deque[PortEvent | tuple[Received, int]] = deque()


def _ignore(_station: str, _event: PortEvent) -> None:
    """Drop an event of a closed world."""


class VirtualMqtt:
    """Carries effects of stations to the broker model, and events back, one with each `step`."""

    def __init__(self, profile: BrokerProfile, seed: int, sink: Sink) -> None:
        self.broker = model_of(profile)
        self._persistent = profile.can_persist
        self._sink = sink
        self._draw = Random(seed)  # noqa: S311 (order of events, no secret)
        self._by_station: dict[str, _Connection] = {}
        self._by_number: dict[int, _Connection] = {}
        self._ready: list[tuple[_Connection, bool]] = []
        self._numbers = 0

    # ------------------------------------------------------------------ effects of stations

    def perform(self, station: str, effect: PortEffect) -> None:
        """Queue an effect. Without a connection it is dropped, as on a real socket."""
        if isinstance(effect, Connect):
            self._finish_leaving(station)
            self._numbers += 1
            connection = _Connection(self._numbers, station)
            self._by_station[station] = connection
            self._by_number[connection.number] = connection
        else:
            found = self._by_station.get(station)
            if found is None:
                return
            connection = found
        if isinstance(effect, Disconnect):
            connection.has_left = True
        self._push(connection, effect)

    def _finish_leaving(self, station: str) -> None:
        """Deliver the rest of a connection that the station has left: its client connects after that."""
        left = self._by_station.get(station)
        while left is not None and left.has_left and left.to_broker:
            self._at_broker(left, left.to_broker.popleft())

    def sever(self, station: str) -> None:
        """Cut the station's connection: messages in flight in both directions are lost."""
        connection = self._by_station.get(station)
        if connection is None:
            return
        connection.to_broker.clear()
        connection.to_station.clear()
        self._route(self.broker.lost(connection.number))
        self._close(connection)

    def abandon(self, station: str) -> None:
        """Cut the connection of a station that was killed: it receives no `ConnectionLost`."""
        connection = self._by_station.get(station)
        if connection is not None:
            self.sever(station)
            connection.to_station.clear()

    def connected(self, station: str) -> bool:
        """Whether the station has a connection, or is making one."""
        return station in self._by_station

    def publish_as_third_party(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish over a connection that belongs to no station, immediately."""
        self._numbers += 1
        number = self._numbers
        self.broker.connect(number, f"third-party-{number}", True, 0)
        self._route(self.broker.publish(number, topic, payload, retain=retain))
        self.broker.disconnect(number)

    def close(self) -> None:
        """Drop the sink. It usually references this object, so that only the collector could free both."""
        self._sink = _ignore

    # ------------------------------------------------------------------ stop and start of the broker

    def stop_broker(self) -> None:
        """Kill the broker: every connection is lost."""
        outputs = self.broker.shutdown(ShutdownKind.CRASH)
        for connection in self._by_number.values():
            connection.to_broker.clear()
            connection.to_station.clear()
        self._route(outputs)
        for connection in list(self._by_number.values()):  # connections whose CONNECT was in flight
            self._close(connection)

    def start_broker(self) -> None:
        """Start the broker again, with the data that its profile persists."""
        self.broker.restart(persistent=self._persistent)

    # ------------------------------------------------------------------ the order of events

    def step(self) -> bool:
        """Process one message in flight, drawn from all connections; return False if there is none."""
        ready = self._ready
        while ready:
            place = int(self._draw.random() * len(ready)) if len(ready) > 1 else 0
            connection, inward = ready[place]
            queue = connection.to_broker if inward else connection.to_station
            if not queue:
                ready[place] = ready[-1]
                ready.pop()
                continue
            item = queue.popleft()
            if not queue:
                ready[place] = ready[-1]
                ready.pop()
            if inward:
                self._at_broker(connection, item)  # type: ignore[arg-type]  # the queue's direction
            else:
                self._at_station(connection, item)  # type: ignore[arg-type]  # the queue's direction
            return True
        return False

    def _push(self, connection: _Connection, effect: PortEffect) -> None:
        if not connection.to_broker:
            self._ready.append((connection, True))
        connection.to_broker.append(effect)

    def _answer(self, connection: _Connection, event: "PortEvent | tuple[Received, int]") -> None:
        if not connection.to_station:
            self._ready.append((connection, False))
        connection.to_station.append(event)

    def _at_broker(self, connection: _Connection, effect: PortEffect) -> None:
        number = connection.number
        match effect:
            case Publish():
                outputs = self.broker.publish(
                    number, effect.topic, effect.payload, retain=effect.retain, packet_id=effect.token
                )
            case Subscribe():
                outputs = self.broker.subscribe(number, effect.filters)
            case Connect():
                if not self.broker.running:
                    self._refuse(connection)
                    return
                outputs = self.broker.connect(
                    number, effect.client_id, effect.clean, effect.keepalive_s, effect.will
                )
            case _:
                outputs = self.broker.disconnect(number)
                self._forget(connection)
        self._route(outputs)

    def _at_station(self, connection: _Connection, event: "PortEvent | tuple[Received, int]") -> None:
        if connection.has_left:
            return
        if isinstance(event, tuple):
            received, packet_id = event
            if packet_id:
                self._route(self.broker.puback(connection.number, packet_id))
            self._sink(connection.station, received)
        else:
            self._sink(connection.station, event)

    def _route(self, outputs: list[Output]) -> None:
        for output in outputs:
            connection = self._by_number.get(output.conn)
            if connection is None:
                continue
            match output:
                case Deliver():
                    received = Received(output.topic, output.payload, output.retain, output.qos, output.dup)
                    self._answer(connection, (received, output.packet_id))
                case Puback():
                    if output.packet_id:
                        self._answer(connection, Published(output.packet_id))
                case Connack():
                    self._answer(connection, Connected(output.session_present))
                case Suback():
                    self._answer(connection, Subscribed())
                case Close():
                    self._close(connection)
                case _:
                    pass

    def _refuse(self, connection: _Connection) -> None:
        self._forget(connection)
        self._answer(connection, ConnectFailed("no broker answers"))

    def _close(self, connection: _Connection) -> None:
        self._forget(connection)
        connection.to_broker.clear()
        self._answer(connection, ConnectionLost())

    def _forget(self, connection: _Connection) -> None:
        self._by_number.pop(connection.number, None)
        if self._by_station.get(connection.station) is connection:
            del self._by_station[connection.station]
