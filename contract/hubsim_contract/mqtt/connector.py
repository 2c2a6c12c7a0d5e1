"""What the connections of many stations to one broker share: their turns, the address, TLS, and one timer.

A fleet of 10,000 hubs that starts, or whose broker comes back, connects in an orderly way: `AT_ONCE` attempts
run at the same time, the others wait for their turn without a task or timer of their own. The address is
resolved, and the file of the authorities is read, at most once in `REMEMBER_S`.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.tls import trust

AT_ONCE = 200
"""Attempts that run at the same time. More do not finish earlier on one processor, and fill the queue of
connections that the broker has not accepted yet."""
REMEMBER_S = 5.0
"""How long a resolved address and a TLS context are used for further attempts."""
TICK_S = 1.0
"""The resolution of the shared timer. A check is at most this late."""


class Attempt(Protocol):
    """One attempt to connect."""

    def run(self) -> Coroutine[Any, Any, None]:
        """Connect, until the broker has answered or the attempt has failed. Never raises."""
        ...


class Checked(Protocol):
    """A connection that is looked at from time to time."""

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
        self._remembered: tuple[float, str, ssl.SSLContext | None] | None = None
        self._checks: dict[int, list[Checked]] = {}
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
        """Forget an attempt that still waits for its turn."""
        self._waiting.pop(attempt, None)

    def running(self, attempt: Attempt) -> asyncio.Task[None] | None:
        """Return the task of an attempt that runs."""
        return self._running.get(attempt)

    def _start(self, attempt: Attempt) -> None:
        task = asyncio.create_task(attempt.run())
        self._running[attempt] = task
        task.add_done_callback(lambda _: self._ended(attempt))

    def _ended(self, attempt: Attempt) -> None:
        self._running.pop(attempt)
        while self._waiting and len(self._running) < self._at_once:
            self._start(self._waiting.popitem(last=False)[0])

    # ------------------------------------------------------------------ address and TLS

    async def way(self) -> tuple[str, ssl.SSLContext | None]:
        """Return the broker's address, and the TLS context for an `mqtts` broker.

        Raises `OSError` if the name has no address, and `BadAuthorities`.
        """
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        if self._remembered is None or now_s - self._remembered[0] > REMEMBER_S:
            context = trust(self._ca) if self.url.tls else None
            self._remembered = (now_s, await _address(loop, self.url), context)
        return self._remembered[1:]

    # ------------------------------------------------------------------ the shared timer

    def check_at(self, time_s: float, connection: Checked) -> None:
        """Call `connection.check` at this time of the loop's clock, at most `TICK_S` later."""
        tick = int(time_s / TICK_S) + 1
        self._checks.setdefault(tick, []).append(connection)
        if self._timer is None:
            self._arm()
        elif self._timer.when() > tick * TICK_S:
            self._timer.cancel()
            self._arm()

    def _arm(self) -> None:
        if self._checks:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(min(self._checks) * TICK_S, self._fire, loop.time)

    def _fire(self, now: Callable[[], float]) -> None:
        self._timer = None
        now_s = now()
        for tick in sorted(tick for tick in self._checks if tick * TICK_S <= now_s):
            for connection in self._checks.pop(tick):
                next_s = connection.check(now_s)
                if next_s is not None:
                    self._checks.setdefault(max(int(next_s / TICK_S) + 1, tick + 1), []).append(connection)
        self._arm()


async def _address(loop: asyncio.AbstractEventLoop, url: BrokerUrl) -> str:
    """Return the first address at which something accepts a connection, or the first one at all."""
    found = [info[4][0] for info in await loop.getaddrinfo(url.host, url.port, type=1)]
    addresses = list(dict.fromkeys(map(str, found)))
    for address in addresses[:-1]:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(address, url.port), 1)
        except (OSError, TimeoutError):
            continue
        writer.close()
        return address
    return addresses[-1]
