"""The embedded broker: amqtt inside this process, so that nothing has to be installed.

Good for functional runs with up to some hundreds of hubs. Its behaviour is the profile
`hubsim_simulator.broker.profiles.EMBEDDED`. amqtt is imported when a broker is started, not before: that
alone takes half a second.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from hubsim_simulator.broker.errors import BrokerDidNotStart, BrokerStateError
from hubsim_simulator.broker.guard import Guard
from hubsim_simulator.broker.listening import ServerTls, reserve_port, url_of

if TYPE_CHECKING:
    from hubsim_simulator.broker.repaired_amqtt import RepairedBroker

STOP_TIMEOUT_S = 5.0
"""How long amqtt may take to close its connections; after that they are left to the end of the loop."""
_LOGGERS = ("amqtt", "transitions")


class EmbeddedBroker:
    """A broker on loopback, for one event loop. No session and no retained message survives its stop.

    Without a `guard` everybody may do everything.
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
        """0 until the first start when any free port will do; the same one ever after."""
        self._guard = guard
        self._tls = tls
        self._broker: RepairedBroker | None = None

    @property
    def url(self) -> str:
        """Where clients connect, for `BrokerUrl.parse`."""
        return url_of(self.host, self.port, self._tls)

    async def start(self) -> None:
        """Start listening.

        Raises `PortTaken`, `BadTls`, `BrokerDidNotStart`, or `BrokerStateError` if it runs.
        """
        if self._broker is not None:
            raise BrokerStateError("the embedded broker is running: stop it first")
        if self._tls is not None:
            self._tls.check()
        # imported here because it takes half a second, which users of another broker need not pay
        from hubsim_simulator.broker.repaired_amqtt import RepairedBroker  # noqa: PLC0415

        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.port = reserve_port(self.host, self.port)
        broker = RepairedBroker(self._listener(), self._guard)
        try:
            await broker.start()
        except Exception as error:
            raise BrokerDidNotStart("the embedded broker", str(error)) from error
        self._broker = broker

    async def stop(self) -> None:
        """Close every connection and stop listening. No will is sent. Stopping twice is no error."""
        broker, self._broker = self._broker, None
        if broker is not None:
            await asyncio.wait({asyncio.create_task(broker.shutdown())}, timeout=STOP_TIMEOUT_S)

    async def restart(self) -> None:
        """Stop, and start again on the same port, empty."""
        await self.stop()
        await self.start()

    def _listener(self) -> dict[str, object]:
        """Return where and how to listen, in amqtt's words."""
        listener: dict[str, object] = {"type": "tcp", "bind": f"{self.host}:{self.port}"}
        if self._tls is not None:
            listener |= {"ssl": True, "certfile": self._tls.certificate, "keyfile": self._tls.key}
        return listener
