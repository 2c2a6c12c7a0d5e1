"""The broker model on sockets: packets to operations of the model, outputs to packets.

Owns the connections of one event loop, and decides who may connect and do what (`Guard`). Everything else is
the model's. A refused connection is counted and logged, at most one line in `LOG_PERIOD_S`.
"""

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from hubsim_contract.mqtt.codec.encoding import encode, puback_bytes, publish_bytes
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    DisconnectPacket,
    MalformedPacket,
    Packet,
    PacketTooLarge,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PubcompPacket,
    PublishPacket,
    PubrecPacket,
    PubrelPacket,
    SubackPacket,
    SubscribePacket,
    UnsubackPacket,
    UnsubscribePacket,
    UnsupportedProtocol,
)
from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.client_connection import ClientConnection
from hubsim_simulator.broker.filters import valid_topic
from hubsim_simulator.broker.guard import Guard
from hubsim_simulator.broker.hub_packet_check import HubPacketCheck
from hubsim_simulator.broker.limits import BrokerLimits
from hubsim_simulator.broker.model import BrokerModel, ShutdownKind
from hubsim_simulator.broker.outputs import (
    REFUSED,
    Close,
    Connack,
    Deliver,
    Output,
    Puback,
    Pubcomp,
    Pubrec,
    Pubrel,
    Suback,
    Unsuback,
)
from hubsim_simulator.broker.refusal_log import RefusalLog

STOP_TIMEOUT_S = 5.0
"""Time in which clients must read the last messages at a stop. After that their sockets are aborted."""
_PINGRESP = encode(PingrespPacket())
_ASSIGNED = "auto-"
log = logging.getLogger("broker")


class _Refusal(NamedTuple):
    """Why a CONNECT is refused. `rule` is that of the contract, or empty."""

    code: ConnectCode
    reason: str
    rule: str = ""


class BrokerServer:
    """A `PacketHandler` with one model. Without a guard, every client may do everything."""

    def __init__(
        self, limits: BrokerLimits, guard: Guard | None, packet_check: HubPacketCheck | None = None
    ) -> None:
        self.limits = limits
        self.any_origin = guard is not None
        self.counts: Counter[str] = Counter()
        """Messages `received`, `sent` and `dropped` since the start."""
        self._model = BrokerModel(limits)
        self._guard = guard
        self._packet_check = packet_check
        self._loop = asyncio.get_running_loop()
        self._refusals = RefusalLog()
        self._connections: dict[int, ClientConnection] = {}
        self._written: list[ClientConnection] = []
        self._last_number = 0
        self._began_s = self._loop.time()
        self._ticking: asyncio.TimerHandle | None = None
        self._empty: asyncio.Event = asyncio.Event()
        self._empty.set()
        self._by_packet: dict[type[Packet], Callable[[ClientConnection, Any], None]] = {
            ConnectPacket: self._connect,
            PublishPacket: self._publish,
            PubackPacket: self._puback,
            PubrecPacket: self._pubrec,
            PubrelPacket: self._pubrel,
            PubcompPacket: self._pubcomp,
            SubscribePacket: self._subscribe,
            UnsubscribePacket: self._unsubscribe,
            PingreqPacket: self._pingreq,
            DisconnectPacket: self._disconnect,
        }

    # ------------------------------------------------------------------ for the embedded broker

    def new_connection(self) -> ClientConnection:
        """Return the protocol for a socket that was accepted."""
        self._last_number += 1
        return ClientConnection(self._last_number, self, self._loop)

    def begin(self) -> None:
        """Publish `$SYS` topics from now on."""
        self._tick()

    def expel(self, may_stay: Callable[[str], bool]) -> None:
        """Disconnect all clients of users who may not stay, and end their sessions. Their wills are sent."""
        for client_id, user in self._model.users().items():
            if not may_stay(user):
                self._deliver(self._model.expel(client_id))
        self.flush()

    async def stop(self, kind: ShutdownKind) -> None:
        """Close all connections, and return when they are closed."""
        self._stop_ticking()
        outputs = self._model.shutdown(kind)
        if kind is ShutdownKind.TERMINATE:
            self._deliver(outputs)
            for connection in list(self._connections.values()):
                connection.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self._empty.wait()
        self.abort()
        await self._empty.wait()

    def abort(self) -> None:
        """Close all connections. They are closed some turns of the event loop later."""
        self._stop_ticking()
        for connection in list(self._connections.values()):
            connection.abort()

    def _stop_ticking(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()

    # ------------------------------------------------------------------ PacketHandler

    def opened(self, connection: ClientConnection) -> bool:
        """Accept a connection while the broker runs."""
        self._connections[connection.number] = connection
        self._empty.clear()
        return self._model.running

    def refused_connection(self, reason: str, peer: str) -> None:
        """Log a connection that was closed before it was served."""
        self._warn(self._refusals.note(reason, peer, self._loop.time()))

    def handle(self, connection: ClientConnection, packet: Packet) -> None:
        """Process a packet. The first one must be CONNECT (3.1.0-1)."""
        if connection.client_id is None and type(packet) is not ConnectPacket:
            self._note(connection, "the first packet is not CONNECT")
            connection.abort()
            return
        self._by_packet[type(packet)](connection, packet)

    def failed(self, connection: ClientConnection, error: MalformedPacket) -> None:
        """Close a connection after bytes that are not a packet (4.8.0-1), and send its will."""
        if connection.client_id is None and isinstance(error, UnsupportedProtocol):
            self._refuse(connection, ConnectCode.UNACCEPTABLE_PROTOCOL, "the protocol is not MQTT 3.1.1")
            return
        too_large = isinstance(error, PacketTooLarge)
        self._note(connection, "a packet is too large" if too_large else str(error))
        self._deliver(self._model.lost(connection.number))
        connection.abort()

    def closed_for(self, connection: ClientConnection, reason: str) -> None:
        """Log the reason for which a connection closes itself."""
        self._note(connection, reason)

    def has_output(self, connection: ClientConnection) -> None:
        """Remember the connection for the next `flush`."""
        self._written.append(connection)

    def flush(self) -> None:
        """Write the output of all connections."""
        written, self._written = self._written, []
        for connection in written:
            connection.flush()

    def ended(self, connection: ClientConnection) -> None:
        """Forget a connection. If the model has it still, its will is sent."""
        self._connections.pop(connection.number, None)
        self._deliver(self._model.lost(connection.number))
        self.flush()
        if not self._connections:
            self._empty.set()

    # ------------------------------------------------------------------ packets

    def _connect(self, connection: ClientConnection, packet: ConnectPacket) -> None:
        number, will = connection.number, packet.will
        if connection.client_id is not None:
            self._note(connection, "a second CONNECT on one connection [MQTT-3.1.0-2]")
            self._deliver(self._model.lost(number))
            connection.abort()
            return
        refusal = self._refusal(packet)
        if refusal is not None:
            if self._packet_check is not None:
                self._packet_check.refused_login(packet, refusal.reason, refusal.rule, connection.peer)
            self._refuse(connection, refusal.code, refusal.reason)
            return
        if will is not None and not valid_topic(will.topic):
            self._note(connection, "the topic of the will is not a topic name [MQTT-4.7.1-1]")
            connection.abort()
            return
        if will is not None and self._guard is not None:
            will = will if self._guard.allows_will(packet.username, will.topic) else None
        if self._packet_check is not None:
            self._packet_check.connected(packet, will_refused=will is not packet.will)
        user = None if self._guard is None else packet.username
        client_id = packet.client_id or _ASSIGNED + secrets.token_hex(8)
        connection.accept(client_id, user)
        outputs = self._model.connect(
            number,
            client_id,
            packet.clean,
            packet.keepalive_s,
            None if will is None else Will(will.topic, will.payload, will.retain),
            will_qos=0 if will is None else will.qos,
            user=user,
        )
        if self._packet_check is not None:
            self._tell_takeover(self._packet_check, connection, client_id, user, outputs)
        self._deliver(outputs)
        connection.watch_silence(self._model.silence_limit_ms(number))

    def _tell_takeover(
        self,
        packet_check: HubPacketCheck,
        connection: ClientConnection,
        client_id: str,
        user: str | None,
        outputs: list[Output],
    ) -> None:
        for output in outputs:
            old = self._connections.get(output.conn) if isinstance(output, Close) else None
            if old is not None and old is not connection:
                packet_check.took_over(user, client_id, connection.peer, old.peer)

    def _refusal(self, packet: ConnectPacket) -> _Refusal | None:
        """Return why a CONNECT is refused, or None (3.2.2.3)."""
        if not (packet.client_id or packet.clean):
            reason = "no client id for a kept session [MQTT-3.1.3-8]"
            return _Refusal(ConnectCode.IDENTIFIER_REJECTED, reason, "MQ-7.client_id")
        guard = self._guard
        if guard is not None:
            password = None if packet.password is None else packet.password.decode("utf-8", "replace")
            if not guard.admits(packet.username, password):
                return _Refusal(ConnectCode.NOT_AUTHORISED, "user or password is wrong")
            if packet.client_id and not guard.allows_client_id(packet.username, packet.client_id):
                reason = "the client id belongs to another user"
                return _Refusal(ConnectCode.IDENTIFIER_REJECTED, reason, "MQ-7.client_id")
        if not self._model.has_room_for(packet.client_id):
            reason = f"the limit of {self.limits.max_sessions} sessions is reached"
            return _Refusal(ConnectCode.SERVER_UNAVAILABLE, reason)
        return None

    def _publish(self, connection: ClientConnection, packet: PublishPacket) -> None:
        self.counts["received"] += 1
        allowed = self._guard is None or self._guard.allows_publish(connection.user, packet.topic)
        if self._packet_check is not None:
            client_id = connection.client_id or ""
            self._packet_check.published(connection.user, client_id, packet, accepted=allowed)
        self._deliver(
            self._model.publish(
                connection.number,
                packet.topic,
                packet.payload,
                packet.qos,
                packet.retain,
                packet_id=packet.packet_id,
                allowed=allowed,
            )
        )

    def _puback(self, connection: ClientConnection, packet: PubackPacket) -> None:
        outputs = self._model.puback(connection.number, packet.packet_id)
        if outputs:
            self._deliver(outputs)

    def _pubrec(self, connection: ClientConnection, packet: PubrecPacket) -> None:
        self._deliver(self._model.pubrec(connection.number, packet.packet_id))

    def _pubrel(self, connection: ClientConnection, packet: PubrelPacket) -> None:
        self._deliver(self._model.pubrel(connection.number, packet.packet_id))

    def _pubcomp(self, connection: ClientConnection, packet: PubcompPacket) -> None:
        self._deliver(self._model.pubcomp(connection.number, packet.packet_id))

    def _subscribe(self, connection: ClientConnection, packet: SubscribePacket) -> None:
        guard, wanted = self._guard, packet.filters
        if guard is not None:
            user = connection.user
            wanted = tuple(
                (each, qos if guard.allows_subscribe(user, each) else REFUSED) for each, qos in wanted
            )
        if self._packet_check is not None:
            accepted = [(each, qos != REFUSED) for each, qos in wanted]
            self._packet_check.subscribed(connection.user, connection.client_id or "", accepted)
        self._deliver(self._model.subscribe_each(connection.number, wanted, packet.packet_id))

    def _unsubscribe(self, connection: ClientConnection, packet: UnsubscribePacket) -> None:
        self._deliver(self._model.unsubscribe(connection.number, packet.filters, packet.packet_id))

    def _pingreq(self, connection: ClientConnection, _: PingreqPacket) -> None:
        connection.write(_PINGRESP)

    def _disconnect(self, connection: ClientConnection, _: DisconnectPacket) -> None:
        self._deliver(self._model.disconnect(connection.number))
        connection.close()

    # ------------------------------------------------------------------ outputs

    def _deliver(self, outputs: list[Output]) -> None:
        for output in outputs:
            connection = self._connections.get(output.conn)
            if connection is None:
                continue
            kind = type(output)
            if kind is Deliver:
                self._send(connection, output)  # type: ignore[arg-type]  # its type was compared
            elif kind is Puback:
                connection.write(puback_bytes(output.packet_id))  # type: ignore[union-attr]  # as above
            elif kind is Close:
                connection.close()
            else:
                connection.write(encode(_TO_PACKET[kind](output)))

    def _send(self, connection: ClientConnection, message: Deliver) -> None:
        qos = message.qos
        if qos == 0 and connection.stalled:
            self.counts["dropped"] += 1
            return
        self.counts["sent"] += 1
        connection.write(
            publish_bytes(message.topic, message.payload, qos, message.retain, message.dup, message.packet_id)
        )

    def _refuse(self, connection: ClientConnection, code: ConnectCode, reason: str) -> None:
        """Answer a CONNECT with a code, and close the connection (3.2.2-5)."""
        self._note(connection, reason)
        connection.write(encode(ConnackPacket(session_present=False, code=code)))
        connection.close()

    def _note(self, connection: ClientConnection, reason: str) -> None:
        self._warn(self._refusals.note(reason, connection.peer, self._loop.time()))

    @staticmethod
    def _warn(line: str | None) -> None:
        if line is not None:
            log.warning(line)

    def _tick(self) -> None:
        """Publish the `$SYS` topics, and log refusals that are not logged yet."""
        self._warn(self._refusals.line(self._loop.time()))
        for topic, value in self._figures().items():
            self._deliver(self._model.publish_own(f"$SYS/broker/{topic}", str(value).encode()))
        self.flush()
        self._ticking = self._loop.call_later(self.limits.sys_interval_s, self._tick)

    def _figures(self) -> dict[str, object]:
        model = self._model
        return {
            "version": "hubsim",
            "uptime": f"{int(self._loop.time() - self._began_s)} seconds",
            "clients/connected": model.connected_count,
            "clients/total": model.session_count,
            "clients/refused": self._refusals.total.total(),
            "messages/received": self.counts["received"],
            "messages/sent": self.counts["sent"],
            "messages/dropped": self.counts["dropped"],
            "retained messages/count": model.retained_count,
            "subscriptions/count": model.subscription_count,
        }


_TO_PACKET: dict[type[Output], Callable[[Any], Packet]] = {
    Connack: lambda output: ConnackPacket(output.session_present),
    Suback: lambda output: SubackPacket(output.packet_id, output.granted),
    Unsuback: lambda output: UnsubackPacket(output.packet_id),
    Pubrec: lambda output: PubrecPacket(output.packet_id),
    Pubrel: lambda output: PubrelPacket(output.packet_id),
    Pubcomp: lambda output: PubcompPacket(output.packet_id),
}
