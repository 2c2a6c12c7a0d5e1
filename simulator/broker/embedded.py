"""The embedded broker: amqtt inside this process, so that nothing has to be installed.

Good for functional runs with up to some hundreds of hubs. Its behaviour is the profile
`simulator.broker.profiles.EMBEDDED`. amqtt is imported when a broker is started, not before: that
alone takes half a second.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from simulator.broker.errors import BrokerDidNotStart, BrokerStateError
from simulator.broker.listening import reserve_port

if TYPE_CHECKING:
    from simulator.broker.repaired_amqtt import RepairedBroker

STOP_TIMEOUT_S = 5.0
"""How long amqtt may take to close its connections; after that they are left to the end of the loop."""
_LOGGERS = ("amqtt", "transitions")


class EmbeddedBroker:
    """A broker on loopback, for one event loop. No session and no retained message survives its stop."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = port
        """0 until the first start when any free port will do; the same one ever after."""
        self._broker: RepairedBroker | None = None

    @property
    def url(self) -> str:
        """Where clients connect, for `BrokerUrl.parse`."""
        return f"mqtt://{self.host}:{self.port}"

    async def start(self) -> None:
        """Start listening. Raises `PortTaken`, `BrokerDidNotStart`, or `BrokerStateError` if it runs."""
        if self._broker is not None:
            raise BrokerStateError("the embedded broker is running: stop it first")
        # imported here because it takes half a second, which users of another broker need not pay
        from simulator.broker.repaired_amqtt import RepairedBroker  # noqa: PLC0415

        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.port = reserve_port(self.host, self.port)
        broker = RepairedBroker(_configuration(self.host, self.port))
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


def _configuration(host: str, port: int) -> dict[str, object]:
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
