"""An event loop in virtual time, with a network in memory: hours of waiting pass at once, the same each time.

The loop never sleeps. When no callback is ready, its clock jumps to the next timer. Servers and connections
are pairs of transports in memory, so no test reaches outside its process.
"""

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from unittest import mock

from hubsim_simulator.tap import proxy

LATENCY_S = 0.001
"""From one side of a connection to the other."""
T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for nothing: the time of a wait is added to the clock."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("the loop waits for something that never happens")
        self.now_s += max(timeout, 0.0)
        return super().select(0)


class _MemoryTransport(asyncio.Transport):
    """One end of a connection in memory."""

    def __init__(self, loop: "VirtualLoop", protocol: asyncio.Protocol, port: int) -> None:
        super().__init__({"peername": ("127.0.0.1", port), "sockname": ("127.0.0.1", port)})
        self._loop = loop
        self._protocol = protocol
        self.peer: _MemoryTransport | None = None
        self._closing = False
        self._lost = False
        self._ended = False
        self._paused = False
        self._waiting: deque[Callable[[], None]] = deque()
        self._on_the_way: deque[Callable[[], None]] = deque()
        """In order; timers of one instant are not."""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def begin(self) -> None:
        self._protocol.connection_made(self)

    # ------------------------------------------------------------------ sending

    def write(self, data: Any) -> None:
        if self._lost or self._ended or self._closing:
            return
        payload = bytes(data)
        self._to_peer(lambda peer: peer.receive(payload))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self._ended and not self._lost:
            self._ended = True
            self._to_peer(lambda peer: peer.receive_end())

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._to_peer(lambda peer: peer.receive_end())
            self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        if not self._lost:
            self._closing = True
            self._to_peer(lambda peer: peer._lose(ConnectionResetError("reset")))
            self._loop.call_soon(self._lose, None)

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    # ------------------------------------------------------------------ receiving

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        while self._waiting and not self._paused:
            self._waiting.popleft()()

    def is_reading(self) -> bool:
        return not self._paused

    def receive(self, payload: bytes) -> None:
        if self._paused:
            self._waiting.append(lambda: self.receive(payload))
        elif not self._lost:
            self._protocol.data_received(payload)

    def receive_end(self) -> None:
        if self._paused:
            self._waiting.append(self.receive_end)
        elif not self._lost and not self._protocol.eof_received():
            self.close()

    def _to_peer(self, deliver: Callable[["_MemoryTransport"], None]) -> None:
        peer = self.peer
        if peer is not None:
            peer._on_the_way.append(lambda: deliver(peer))
            self._loop.call_later(LATENCY_S, peer._arrive)

    def _arrive(self) -> None:
        self._on_the_way.popleft()()

    def _lose(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = self._closing = True
            self._protocol.connection_lost(error)


class _Socket:
    def __init__(self, port: int) -> None:
        self._port = port

    def getsockname(self) -> tuple[str, int]:
        return ("127.0.0.1", self._port)


class _MemoryServer(asyncio.AbstractServer):
    """A server in memory; also has what `asyncio.Server` shows of its sockets."""

    def __init__(self, loop: "VirtualLoop", factory: Callable[[], asyncio.Protocol], port: int) -> None:
        self._loop = loop
        self.factory = factory
        self.port = port
        self.sockets = (_Socket(port),)

    async def start_serving(self) -> None:
        self._loop.servers[self.port] = self

    def close(self) -> None:
        if self._loop.servers.get(self.port) is self:
            del self._loop.servers[self.port]

    def is_serving(self) -> bool:
        return self._loop.servers.get(self.port) is self

    async def wait_closed(self) -> None:
        pass


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop. Its clock begins at 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self.servers: dict[int, _MemoryServer] = {}
        self._last_port = 10_000

    def time(self) -> float:
        return self._jumping.now_s

    async def create_server(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        bound = options.get("sock")
        port = options.get("port", bound.getsockname()[1] if bound is not None else args[-1])
        if not port:
            self._last_port += 1
            port = self._last_port
        if port in self.servers:
            raise OSError(98, "in use")
        server = _MemoryServer(self, protocol_factory, port)
        if options.get("start_serving", True):
            await server.start_serving()
        return server

    async def create_connection(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        port = options.get("port") if "port" in options else args[1]
        await asyncio.sleep(LATENCY_S)
        server = self.servers.get(port)
        if server is None:
            raise ConnectionRefusedError(111, "Connection refused")
        near, far = protocol_factory(), server.factory()
        here, there = _MemoryTransport(self, near, port), _MemoryTransport(self, far, port)
        here.peer, there.peer = there, here
        there.begin()
        here.begin()
        return here, near

    async def getaddrinfo(self, host: Any, port: Any, **_options: Any) -> Any:  # type: ignore[override]
        return [(2, 1, 6, "", (host, port))]


def run_virtually(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end in virtual time, and cancel what it leaves.

    The tap binds its socket before it serves; here it gets one in memory.
    """
    with (
        mock.patch.object(proxy, "listen", lambda _host, port, *_: _Socket(port)),
        asyncio.Runner(loop_factory=VirtualLoop) as runner,
    ):
        return runner.run(main())
