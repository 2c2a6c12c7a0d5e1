"""An MQTT port whose events a test reads one after the other."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import Connect, ConnectFailed, PortEvent
from hubsim_contract.mqtt.stream_port import StreamPort

BOUND_S = 10
EventT = TypeVar("EventT")


def open_stream(url: BrokerUrl, deliver: Callable[[PortEvent], None], *, ca: Path | None) -> StreamPort:
    """Return a port of a fleet, alone on its connector."""
    return StreamPort(MqttConnector(url, ca=ca), deliver)


class Station:
    """One station on the broker at `url`; `open_port` creates its adapter."""

    open_port: Callable[..., AiomqttPort | StreamPort] = staticmethod(AiomqttPort)

    def __init__(
        self, url: str, ca: Path | None = None, user: str | None = None, password: str | None = None
    ) -> None:
        where = msgspec.structs.replace(BrokerUrl.parse(url), username=user, password=password)
        self._unread: asyncio.Queue[PortEvent] = asyncio.Queue()
        self.port = self.open_port(where, self._unread.put_nowait, ca=ca)

    def connect(self, client_id: str = "station") -> None:
        self.port.perform(Connect(client_id, clean=True, keepalive_s=60))

    async def next(self, kind: type[EventT]) -> EventT:
        """Return the next event, which must be of this kind."""
        async with asyncio.timeout(BOUND_S):
            event = await self._unread.get()
        assert isinstance(event, kind), event
        return event

    async def failure(self) -> str:
        """Fail to connect, close, and return the reason."""
        try:
            self.connect()
            return (await self.next(ConnectFailed)).reason
        finally:
            await self.port.aclose()
