"""A bare MQTT 3.1.1 client for tests: it sends what the test requests, and stores what arrives."""

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from hubsim_contract.mqtt.port import Will

BOUND_S = 10
CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, PINGRESP = 2, 3, 4, 5, 6, 7, 9, 11, 13


class Arrival(NamedTuple):
    topic: str
    payload: bytes
    qos: int
    retain: bool
    dup: bool


def _text(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("!H", len(raw)) + raw


class RawClient:
    """One connection. `acks=False` leaves messages unacknowledged."""

    def __init__(self, acks: bool = True) -> None:
        self.arrivals: list[Arrival] = []
        self.ended = False
        self.code = 0
        """The code of the CONNACK: 0 accepted, 5 not authorised."""
        self.present = False
        """The session-present flag of the CONNACK."""
        self._acks = acks
        self._packet_id = 0
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def open(self, port: int) -> None:
        """Open only the socket."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)

    async def send_raw(self, data: bytes) -> None:
        """Send exactly these bytes, and wait until the broker has closed the connection."""
        self._writer.write(data)
        self._writer.write_eof()
        await self.end()

    async def connect(
        self,
        port: int,
        client_id: str,
        clean: bool = True,
        keepalive_s: int = 60,
        will: Will | None = None,
        user: str | None = None,
        password: str | None = None,
    ) -> bool:
        """Connect, and return whether a session was present; `code` is 0 if the client was accepted."""
        await self.open(port)
        flags = 2 if clean else 0
        body = _text(client_id)
        if will is not None:
            flags |= 4 | 1 << 3 | (1 << 5 if will.retain else 0)
            body += _text(will.topic) + _text(will.payload)
        for text, flag in ((user, 1 << 7), (password, 1 << 6)):
            if text is not None:
                flags |= flag
                body += _text(text)
        self._send(0x10, _text("MQTT") + bytes([4, flags]) + struct.pack("!H", keepalive_s) + body)
        present, self.code = await self._await(CONNACK)
        self.present = bool(present)
        return self.present

    async def subscribe(self, filters: tuple[str, ...], qos: int = 1) -> tuple[int, ...]:
        wanted = b"".join(_text(each) + bytes([qos]) for each in filters)
        self._send(0x82, self._next_id() + wanted)
        return tuple((await self._await(SUBACK))[2:])

    async def unsubscribe(self, filters: tuple[str, ...]) -> None:
        self._send(0xA2, self._next_id() + b"".join(_text(each) for each in filters))
        await self._await(UNSUBACK)

    async def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        packet_id = self._next_id() if qos else b""
        self._send(0x30 | qos << 1 | retain, _text(topic) + packet_id + payload)
        if qos == 2:
            await self._await(PUBREC)
            self._send(0x62, packet_id)
            await self._await(PUBCOMP)
        elif qos:
            await self._await(PUBACK)
        else:
            await self.ping()

    async def ping(self) -> None:
        self._send(0xC0, b"")
        await self._await(PINGRESP)

    async def arrived(self, found: Callable[[Arrival], bool]) -> None:
        """Read until a matching message has arrived, including those read earlier."""
        async with asyncio.timeout(BOUND_S):
            while not any(found(each) for each in self.arrivals):
                await self._take(await self._read())

    async def arrived_in_all(self, count: int, bound_s: float = BOUND_S) -> None:
        """Read until this number of messages has arrived, or no more come; the caller compares."""
        with suppress(TimeoutError):
            async with asyncio.timeout(bound_s):
                while len(self.arrivals) < count:
                    await self._take(await self._read())

    async def disconnect(self) -> None:
        self._send(0xE0, b"")
        await self.end()

    async def end(self) -> None:
        """Read until the broker has closed the connection."""
        async with asyncio.timeout(BOUND_S):
            try:
                while True:
                    await self._take(await self._read())
            except (asyncio.IncompleteReadError, ConnectionError):
                self.ended = True
        self._writer.close()

    def kill(self) -> None:
        """Close the socket without a DISCONNECT."""
        self.ended = True
        self._writer.transport.abort()

    def _send(self, head: int, body: bytes) -> None:
        size, length = len(body), b""
        while True:
            size, digit = size // 128, size % 128
            length += bytes([digit | 128 if size else digit])
            if not size:
                break
        self._writer.write(bytes([head]) + length + body)

    def send(self, data: bytes) -> None:
        """Send exactly these bytes."""
        self._writer.write(data)

    async def read_line(self) -> bytes:
        """Return the next line."""
        async with asyncio.timeout(BOUND_S):
            return await self._reader.readline()

    @property
    def closing(self) -> bool:
        """Whether the socket has failed."""
        return self._writer.transport.is_closing()

    def stop_reading(self) -> None:
        """Read nothing more from the socket."""
        self._writer.transport.pause_reading()

    async def read_packet(self) -> tuple[int, bytes]:
        """Return the first byte and the body of the next packet, of any kind."""
        async with asyncio.timeout(BOUND_S):
            return await self._read()

    async def _await(self, kind: int) -> bytes:
        async with asyncio.timeout(BOUND_S):
            while True:
                head, body = await self._read()
                if head >> 4 == kind:
                    return body
                await self._take((head, body))

    async def _read(self) -> tuple[int, bytes]:
        head = (await self._reader.readexactly(1))[0]
        size = shift = 0
        while True:
            digit = (await self._reader.readexactly(1))[0]
            size |= (digit & 127) << shift
            shift += 7
            if not digit & 128:
                return head, await self._reader.readexactly(size)

    async def _take(self, packet: tuple[int, bytes]) -> None:
        head, body = packet
        if head >> 4 == PUBREL and self._acks:
            self._send(0x70, body)
        if head >> 4 != PUBLISH:
            return
        end = 2 + struct.unpack("!H", body[:2])[0]
        qos = head >> 1 & 3
        payload = body[end + 2 :] if qos else body[end:]
        self.arrivals.append(Arrival(body[2:end].decode(), payload, qos, bool(head & 1), bool(head & 8)))
        if qos and self._acks:
            self._send(0x40 if qos == 1 else 0x50, body[end : end + 2])

    def _next_id(self) -> bytes:
        self._packet_id += 1
        return struct.pack("!H", self._packet_id)
