"""The MQTT port of cloud, carrier and hubs: performs port effects of a core on a broker, over `MqttStream`.

Promises the same as `hubsim_contract.mqtt.client.AiomqttPort`: effects never block, publishes keep their
order, all at QoS 1, events come from the event loop, and after `ConnectionLost` no further event comes from
that connection.

Received messages are delivered before the next bytes are read from the socket, so a core that is too slow
slows the broker down through TCP.
"""

from collections.abc import Callable

from hubsim_contract.mqtt.adapter import Login, PortPhase
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
)
from hubsim_contract.mqtt.stream import MqttStream
from hubsim_contract.wire.errors import LocalError


class StreamPort:
    """The port of one core, on the connector of its fleet. Call every method from the event loop.

    `deliver` receives the events. `login` is the user, in place of the one in the connector's URL.

    A second `Connect` raises `LocalError`. Any other effect without a connection does nothing, because the
    event of its loss may still be on the way to the core. After `aclose` every effect does nothing.
    """

    __slots__ = ("_connector", "_deliver", "_leaving", "_login", "_phase", "_stream")

    def __init__(
        self, connector: MqttConnector, deliver: Callable[[PortEvent], None], login: Login | None = None
    ) -> None:
        self._connector = connector
        self._deliver = deliver
        self._login = login
        self._phase = PortPhase.IDLE
        self._stream: MqttStream | None = None
        self._leaving: MqttStream | None = None
        """The connection that the core has left, until the next one takes it over."""

    def perform(self, effect: PortEffect) -> None:
        """Perform one effect. Answers come later, through `deliver`."""
        if self._phase is PortPhase.CLOSED:
            return
        if isinstance(effect, Connect):
            self._connect(effect)
        elif isinstance(effect, Disconnect):
            self._disconnect()
        elif self._phase is PortPhase.CONNECTED and self._stream is not None:
            if isinstance(effect, Publish):
                self._stream.send(effect)
            else:
                self._stream.subscribe(effect)

    def sever(self) -> None:
        """Cut the connection without a DISCONNECT, as a pulled cable does; the broker sends the will.

        Answered by `ConnectionLost`, or by `ConnectFailed` while connecting. Does nothing without a
        connection.
        """
        if self._stream is not None:
            self._stream.cut("the connection was cut")

    async def aclose(self) -> None:
        """Stop everything. A connection that the core has not closed is severed; the broker sends the will.

        Returns when nothing of the port is running, at the latest after `CONNECT_TIMEOUT_S`. Idempotent.
        """
        self._phase = PortPhase.CLOSED
        self.sever()
        streams, self._stream = (self._stream, self._leaving), None
        for stream in streams:
            if stream is not None:
                await stream.wait_ended()

    def _connect(self, effect: Connect) -> None:
        if self._phase is not PortPhase.IDLE:
            raise LocalError(f"Connect while {self._phase.name.lower()}: only one connection is allowed")
        self._phase = PortPhase.CONNECTING
        self._stream = MqttStream(self._connector, effect, self._on_event, self._leaving, self._login)
        self._leaving = None
        self._stream.begin()

    def _disconnect(self) -> None:
        if self._stream is not None:
            self._leaving, self._stream = self._stream, None
            self._phase = PortPhase.IDLE
            self._leaving.leave()

    def _on_event(self, stream: MqttStream, event: PortEvent) -> None:
        """Deliver an event of a connection, unless the core has left it."""
        if stream is not self._stream:
            return
        if isinstance(event, Connected):
            self._phase = PortPhase.CONNECTED
        elif isinstance(event, ConnectFailed | ConnectionLost):
            self._phase = PortPhase.IDLE
            self._stream = None
        self._deliver(event)
