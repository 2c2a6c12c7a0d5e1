"""An MQTT client that only counts messages, so that it is never the bottleneck.

MQTT 3.1.1 at QoS 0, for a broker that the benchmark has started on loopback. It does not check the answers to
CONNECT and SUBSCRIBE.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

from hubsim_contract.mqtt.broker_url import BrokerUrl

_CONNECT, _SUBSCRIBE, _PUBLISH, _SUBACK = 0x10, 0x82, 0x30, 0x90
_KIND, _MORE, _SEVEN_BITS = 0xF0, 0x80, 0x7F


class Counter(asyncio.Protocol):
    """Counts the messages on a topic filter. Use `counting` to create one."""

    def __init__(self, topic_filter: str) -> None:
        self.count = 0
        self.subscribed = asyncio.Event()
        self._filter = topic_filter
        self._received = bytearray()
        self._awaited: float = inf
        self._enough = asyncio.Event()

    async def until(self, count: int) -> None:
        """Wait until `count` messages have arrived."""
        self._awaited = count
        self._enough.clear()
        self._check()
        await self._enough.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect, and subscribe without waiting for the answer (MQTT 3.1.1 section 3.1.4)."""
        assert isinstance(transport, asyncio.Transport)
        hello = _text("MQTT") + bytes([4, 2, 0, 0]) + _text("hubsim-bench")
        transport.write(_packet(_CONNECT, hello))
        transport.write(_packet(_SUBSCRIBE, b"\x00\x01" + _text(self._filter) + b"\x00"))

    def data_received(self, data: bytes) -> None:
        """Count the complete packets."""
        self._received += data
        begin = 0
        while (end := _end(self._received, begin)) is not None:
            kind = self._received[begin] & _KIND
            self.count += kind == _PUBLISH
            if kind == _SUBACK:
                self.subscribed.set()
            begin = end
        del self._received[:begin]
        self._check()

    def _check(self) -> None:
        if self.count >= self._awaited:
            self._enough.set()


@asynccontextmanager
async def counting(url: str, topic_filter: str) -> AsyncIterator[Counter]:
    """Count the messages on these topics, also those that the broker has already retained."""
    broker = BrokerUrl.parse(url)
    transport, counter = await asyncio.get_running_loop().create_connection(
        lambda: Counter(topic_filter), broker.host, broker.port
    )
    try:
        await counter.subscribed.wait()
        yield counter
    finally:
        transport.close()


def _text(text: str) -> bytes:
    content = text.encode()
    return len(content).to_bytes(2, "big") + content


def _packet(kind: int, content: bytes) -> bytes:
    assert len(content) <= _SEVEN_BITS
    return bytes([kind, len(content)]) + content


def _end(received: bytearray, begin: int) -> int | None:
    """Return the end of the packet that starts at `begin`, or None if it is incomplete (section 2.2.3)."""
    length, shift, place = 0, 0, begin + 1
    while place < len(received):
        byte = received[place]
        place += 1
        length |= (byte & _SEVEN_BITS) << shift
        if not byte & _MORE:
            return place + length if place + length <= len(received) else None
        shift += 7
    return None
