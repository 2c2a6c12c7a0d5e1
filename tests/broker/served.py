"""A running embedded broker, with clients that are all closed at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from raw_mqtt import RawClient

from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.limits import DEFAULT_LIMITS, BrokerLimits


class Site:
    def __init__(self, broker: EmbeddedBroker) -> None:
        self.broker = broker
        self._clients: list[RawClient] = []

    def client(self, acks: bool = True) -> RawClient:
        """Return a client that is not connected."""
        self._clients.append(RawClient(acks))
        return self._clients[-1]

    async def opened(self) -> RawClient:
        """Return a client with an open socket."""
        client = self.client()
        await client.open(self.broker.port)
        return client

    async def joined(self, name: str, *filters: str, clean: bool = True, acks: bool = True) -> RawClient:
        """Return a client that is connected, and subscribed at QoS 2."""
        client = self.client(acks)
        await client.connect(self.broker.port, name, clean)
        if filters:
            await client.subscribe(filters, 2)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.kill()


@asynccontextmanager
async def serving(limits: BrokerLimits = DEFAULT_LIMITS) -> AsyncIterator[Site]:
    broker = EmbeddedBroker(limits=limits)
    await broker.start()
    site = Site(broker)
    try:
        yield site
    finally:
        site.close()
        await broker.crash()
