"""What the connections of many stations to one broker share: their turns, the address, TLS, and one timer.

A fleet of 10,000 hubs that starts, or whose broker comes back, connects in an orderly way: `AT_ONCE` attempts
run at the same time, the others wait for their turn without a separate task or timer. The address is
resolved, and the file of the authorities is read, at most once in `REMEMBER_S`.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Protocol

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.tls import trust

AT_ONCE = 200
"""Attempts that run at the same time. More do not finish earlier on one processor, and fill the queue of
connections that the broker has not accepted yet."""
REMEMBER_S = 5.0
"""How long a resolved address and a TLS context are used for further attempts."""
PROBE_LIMIT_S = 1.0
"""How long one address of several may take to accept a connection; then the next one is used."""
TICK_S = 0.25
"""The resolution of the shared timer. A check is at most this late."""

Way = tuple[str, ssl.SSLContext | None]
"""The address of a broker, and the TLS context for an `mqtts` broker."""


class Attempt(Protocol):
    """One attempt to connect."""

    @property
    def name(self) -> str:
        """The name of its task."""
        ...

    def run(self) -> Coroutine[Any, Any, None]:
        """Connect, until the broker has answered or the attempt has failed."""
        ...

    def conclude(self) -> None:
        """Take the end of `run`, or of the wait for the turn."""
        ...


class TimedConnection(Protocol):
    """A connection that is checked from time to time."""

    def check(self, now_s: float) -> float | None:
        """Return the time of the next check; None: there is none."""
        ...


class MqttConnector:
    """The shared part. Lives in one event loop; call every method from there."""

    def __init__(self, url: BrokerUrl, *, ca: Path | None = None, at_once: int = AT_ONCE) -> None:
        self.url = url
        self._ca = ca
        self._at_once = at_once
        self._waiting: OrderedDict[Attempt, None] = OrderedDict()
        self._running: dict[Attempt, asyncio.Task[None]] = {}
        self._way: tuple[float, Way] | None = None
        self._finding: asyncio.Task[Way] | None = None
        self._checks: dict[int, list[TimedConnection]] = {}
        self._timer: asyncio.TimerHandle | None = None

    # ------------------------------------------------------------------ turns

    def begin(self, attempt: Attempt) -> bool:
        """Run the attempt now, or when its turn comes. Return whether it runs now."""
        if len(self._running) >= self._at_once:
            self._waiting[attempt] = None
            return False
        self._start(attempt)
        return True

    def withdraw(self, attempt: Attempt) -> None:
        """End an attempt, also one that waits for its turn; its `conclude` is called soon."""
        task = self._running.get(attempt)
        if task is not None:
            task.cancel()
        elif attempt in self._waiting:
            del self._waiting[attempt]
            asyncio.get_running_loop().call_soon(attempt.conclude)

    def _start(self, attempt: Attempt) -> None:
        task = asyncio.create_task(attempt.run(), name=f"connect {attempt.name}")
        self._running[attempt] = task
        task.add_done_callback(lambda _: self._ended(attempt))

    def _ended(self, attempt: Attempt) -> None:
        del self._running[attempt]
        while self._waiting and len(self._running) < self._at_once:
            self._start(self._waiting.popitem(last=False)[0])
        attempt.conclude()

    # ------------------------------------------------------------------ address and TLS

    async def open(self, protocol: asyncio.Protocol) -> None:
        """Open a socket to the broker for the protocol. Raises `OSError` and `BadAuthorities`."""
        host, context = await self._current_way()
        name = None if context is None else self.url.host
        await asyncio.get_running_loop().create_connection(
            lambda: protocol, host, self.url.port, ssl=context, server_hostname=name
        )

    async def _current_way(self) -> Way:
        """Return the address; attempts that ask at the same time share the search and its result."""
        now_s = asyncio.get_running_loop().time()
        if self._way is not None and now_s - self._way[0] <= REMEMBER_S:
            return self._way[1]
        if self._finding is None:
            self._finding = asyncio.create_task(self._find(), name=f"address of {self.url}")
            self._finding.add_done_callback(self._found)
        return await asyncio.shield(self._finding)

    async def _find(self) -> Way:
        context = trust(self._ca) if self.url.tls else None
        return await _address(self.url), context

    def _found(self, finding: asyncio.Task[Way]) -> None:
        self._finding = None
        if not finding.cancelled() and finding.exception() is None:
            self._way = (asyncio.get_running_loop().time(), finding.result())

    # ------------------------------------------------------------------ the shared timer

    def check_at(self, time_s: float, connection: TimedConnection) -> None:
        """Call `connection.check` at this time of the loop's clock, at most `TICK_S` later."""
        tick = int(time_s / TICK_S) + 1
        self._checks.setdefault(tick, []).append(connection)
        if self._timer is None or self._timer.when() > tick * TICK_S:
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._checks:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(min(self._checks) * TICK_S, self._fire)

    def _fire(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for tick in sorted(tick for tick in self._checks if tick * TICK_S <= now_s):
            for connection in self._checks.pop(tick):
                next_s = connection.check(now_s)
                if next_s is not None:
                    self._checks.setdefault(int(max(next_s, now_s) / TICK_S) + 1, []).append(connection)
        self._arm()


async def _address(url: BrokerUrl) -> str:
    """Return the first address of the host that accepts a connection, or the last one."""
    found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port, type=1)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    for address in addresses[:-1]:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, url.port), PROBE_LIMIT_S)
        except (OSError, TimeoutError):
            continue
        writer.close()
        return address
    return addresses[-1]
