"""Bench actions over MQTT, on the topic `bench/{hub}/actions`, which any client with the rights may use.

Owns one connection to the broker for the duration of a play or a check.
"""

import asyncio
import secrets
from pathlib import Path
from typing import Any, TypeVar

from hubsim_contract.lab.bench_actions import AnyBenchAction
from hubsim_contract.lab.protocol import ALL, BenchAnswer, BenchRequest, LabTopics, decode_lab, encode_lab
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    PortEvent,
    Publish,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.errors import ContractError
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal

LIMIT_S = 15.0
"""How long the broker, or the simulator connected to it, may take; then the play or check is BLOCKED."""
_KEEPALIVE_S = 60

T = TypeVar("T")


class BenchUnreachable(Exception):
    """The broker, or the simulator connected to it, does not answer or cannot perform the action."""


class BenchLine:
    """The connection. Call `open` first and `aclose` at the end."""

    def __init__(self, url: BrokerUrl, ca: Path | None = None) -> None:
        self._url = url
        self._port = AiomqttPort(url, self._on_event, "bench", ca=ca)
        self._topics = LabTopics()
        self._answers: dict[str, asyncio.Future[BenchAnswer]] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self, prefix: str) -> None:
        """Connect, and subscribe to answers under the prefix of a world. Raises `BenchUnreachable`."""
        self._topics = LabTopics(prefix)
        self._port.perform(Connect(f"bench-{secrets.token_hex(4)}", clean=True, keepalive_s=_KEEPALIVE_S))
        await self._within(self._ready, "did not accept the bench's connection")

    async def perform(self, hub: str, action: AnyBenchAction) -> None:
        """Perform a bench action on a hub. Raises `BenchActionRefused`, `BenchUnreachable`."""
        number = secrets.token_hex(8)
        answer: asyncio.Future[BenchAnswer] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self._port.perform(
            Publish(self._topics.bench_actions("", hub), encode_lab(BenchRequest(number, action)))
        )
        answered = await self._within(answer, "did not deliver the answer to a bench action")
        del self._answers[number]
        if answered.refused in set(BenchRefusal):
            raise BenchActionRefused(BenchRefusal(answered.refused), answered.text)
        if answered.refused is not None:
            raise BenchUnreachable(answered.text)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._port.aclose()

    async def _within(self, awaited: "asyncio.Future[T]", trouble: str) -> T:
        try:
            async with asyncio.timeout(LIMIT_S):
                return await awaited
        except TimeoutError:
            raise BenchUnreachable(f"the broker at {self._url} {trouble} within {LIMIT_S:g} s") from None

    def _on_event(self, event: PortEvent) -> None:
        match event:
            case Connected():
                self._port.perform(Subscribe((self._topics.bench_answers("", ALL),)))
            case Subscribed() if not self._ready.done():
                self._ready.set_result(None)
            case Received():
                self._answered(event)
            case ConnectFailed():
                self._fail(event.reason)
            case ConnectionLost():
                self._fail(f"the connection to the broker at {self._url} was lost")

    def _answered(self, message: Received) -> None:
        try:
            answered = decode_lab(BenchAnswer, message.payload)
        except ContractError:
            return  # garbage from another client; a pending action ends at its limit
        answer = self._answers.get(answered.number)
        if answer is not None and not answer.done():
            answer.set_result(answered)

    def _fail(self, reason: str) -> None:
        waiting: list[asyncio.Future[Any]] = [self._ready, *self._answers.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(BenchUnreachable(reason))
