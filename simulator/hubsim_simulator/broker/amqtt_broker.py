"""amqtt inside this process: another broker to test against.

It is meant for functional runs with a few hundred hubs at most. The profile
`hubsim_simulator.broker.profiles.REPAIRED_AMQTT` describes its behaviour. The import of amqtt takes half a
second, so it happens when a broker starts.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from hubsim_simulator.broker.errors import BrokerDidNotStart, BrokerStateError, PortTaken
from hubsim_simulator.broker.guard import Guard
from hubsim_simulator.broker.listening import ServerTls, is_port_taken, start_on_port, url_of

if TYPE_CHECKING:
    from hubsim_simulator.broker.repaired_amqtt import RepairedBroker

STOP_TIMEOUT_S = 5.0
"""Time that amqtt has to close its connections. Later ones are closed when the event loop ends."""
_LOGGERS = ("amqtt", "transitions")


class AmqttBroker:
    """A broker on loopback, for one event loop. A stop deletes its sessions and retained messages.

    Without a `guard`, every client may do everything.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        guard: Guard | None = None,
        tls: ServerTls | None = None,
    ) -> None:
        self.host = host
        self.port = port
        """0 before the first start stands for any free port. Later starts use the same port again."""
        self._guard = guard
        self._tls = tls
        self._broker: RepairedBroker | None = None

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
        if self._broker is not None:
            raise BrokerStateError("amqtt is running: stop it first")
        if self._tls is not None:
            self._tls.check()
        await start_on_port(self.host, self.port, self._listen)

    async def stop(self) -> None:
        """Close every connection and stop listening, without sending wills. A second stop does nothing."""
        broker, self._broker = self._broker, None
        if broker is not None:
            await asyncio.wait({asyncio.create_task(broker.shutdown())}, timeout=STOP_TIMEOUT_S)

    async def restart(self) -> None:
        """Stop, and start again on the same port, without sessions or retained messages."""
        await self.stop()
        await self.start()

    async def _listen(self, port: int) -> None:
        """Start amqtt on a port. Raises `PortTaken`, `BrokerDidNotStart`."""
        # imported here because the import takes half a second, which other brokers do not need
        from hubsim_simulator.broker.repaired_amqtt import RepairedBroker  # noqa: PLC0415

        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.port = port
        broker = RepairedBroker(self._listener(), self._guard)
        try:
            await broker.start()
        except Exception as error:
            if is_port_taken(f"{error} {error.__cause__}"):
                raise PortTaken(self.host, port) from error
            raise BrokerDidNotStart("amqtt", str(error)) from error
        self._broker = broker

    def _listener(self) -> dict[str, object]:
        """Return the listener configuration of amqtt."""
        listener: dict[str, object] = {"type": "tcp", "bind": f"{self.host}:{self.port}"}
        if self._tls is not None:
            listener |= {"ssl": True, "certfile": self._tls.certificate, "keyfile": self._tls.key}
        return listener
