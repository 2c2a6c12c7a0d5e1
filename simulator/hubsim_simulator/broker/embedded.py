"""The embedded broker: the broker model on sockets, inside this process. It needs no installation.

It serves MQTT 3.1.1 over TCP and TLS, and over WebSocket at the same port: the first bytes show which one a
client uses. The profile `hubsim_simulator.broker.profiles.EMBEDDED` describes its behaviour.
"""

import asyncio

from hubsim_simulator.broker.bounded_listener import ACCEPTS_AT_ONCE, ConnectionLimits, listen
from hubsim_simulator.broker.broker_server import BrokerServer
from hubsim_simulator.broker.errors import BrokerDidNotStart, BrokerStateError
from hubsim_simulator.broker.guard import Guard
from hubsim_simulator.broker.hub_packet_check import HubPacketCheck
from hubsim_simulator.broker.keyring import Keyring
from hubsim_simulator.broker.limits import DEFAULT_LIMITS, BrokerLimits
from hubsim_simulator.broker.listening import ServerTls, url_of
from hubsim_simulator.broker.model import ShutdownKind

_TURNS_OF_AN_ACCEPT = 3  # of the event loop: the accept, the new transport, the call of the protocol


class EmbeddedBroker:
    """A broker for one event loop. A stop deletes its sessions and retained messages.

    Without a `guard`, every client may do everything.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        guard: Guard | None = None,
        tls: ServerTls | None = None,
        limits: BrokerLimits = DEFAULT_LIMITS,
        packet_check: HubPacketCheck | None = None,
    ) -> None:
        self.host = host
        self.port = port
        """0 before the first start stands for any free port. Later starts use the same port again."""
        self.limits = limits
        self._guard = guard
        self._packet_check = packet_check
        self._tls = tls
        self._running: tuple[asyncio.Server, BrokerServer] | None = None

    @property
    def url(self) -> str:
        """The URL for clients, in the form that `BrokerUrl.parse` reads."""
        return url_of(self.host, self.port, self._tls)

    @property
    def hub_url(self) -> str:
        """The URL for hubs that connect with their own passwords: the same one."""
        return self.url

    async def start(self) -> None:
        """Start listening.

        Raises `PortTaken`, `BadTls`, `BrokerDidNotStart`, or `BrokerStateError` if it is running.
        """
        if self._running is not None:
            raise BrokerStateError("the embedded broker is running: stop it first")
        context = None if self._tls is None else self._tls.context()
        broker = BrokerServer(self.limits, self._guard, self._packet_check)
        bounds = ConnectionLimits(total=self.limits.max_connections, each=self.limits.max_connections_each)
        try:
            listener = listen(self.host, self.port, bounds, broker.refused_connection)
            self.port = listener.getsockname()[1]
            server = await asyncio.get_running_loop().create_server(
                broker.new_connection,
                sock=listener,
                backlog=ACCEPTS_AT_ONCE,
                ssl=context,
                ssl_handshake_timeout=None if context is None else self.limits.connect_timeout_s,
                start_serving=False,  # so nothing waits, and a cancelled start leaves no socket open
            )
        except OSError as error:
            raise BrokerDidNotStart("the embedded broker", str(error)) from error
        self._running = server, broker
        broker.begin()
        try:
            await server.start_serving()
        except BaseException:
            await self.crash()
            raise

    async def stop(self) -> None:
        """Stop gracefully: wills are sent, and clients get what was sent to them. A second stop does nothing.

        Returns after at most `STOP_TIMEOUT_S`.
        """
        await self._end(ShutdownKind.TERMINATE)

    async def crash(self) -> None:
        """Close every connection at once, without wills. Does nothing if it is not running."""
        await self._end(ShutdownKind.CRASH)

    async def restart(self) -> None:
        """Stop, and start again on the same port, without sessions or retained messages."""
        await self.stop()
        await self.start()

    def renew(self, keyring: Keyring) -> None:
        """Use another keyring, and disconnect the clients whose password it does not contain.

        Raises `BrokerStateError` for a broker without a guard.
        """
        guard = self._guard
        if guard is None:
            raise BrokerStateError("the embedded broker has no keyring: start it with one")
        before = guard.keyring
        guard.renew(keyring)
        if self._running is not None:
            _, broker = self._running
            broker.expel(lambda user: guard.keeps(user, before))

    async def _end(self, kind: ShutdownKind) -> None:
        running, self._running = self._running, None
        if running is not None:
            server, broker = running
            try:
                await _stop_accepting(server)
                server.close()
                await broker.stop(kind)
                await server.wait_closed()
            finally:  # does nothing unless the stop was cancelled
                server.close()
                broker.abort()


async def _stop_accepting(server: asyncio.Server) -> None:
    """Accept no further connection, and wait until those that are being accepted have a transport.

    asyncio leaves the socket of a connection open whose server closes before that.
    """
    loop = asyncio.get_running_loop()
    for sock in server.sockets:
        loop.remove_reader(sock.fileno())
    for _ in range(_TURNS_OF_AN_ACCEPT):
        await asyncio.sleep(0)
