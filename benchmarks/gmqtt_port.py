"""gmqtt, another client for asyncio, under the port of the benchmark. Only `make bench-fleet` installs it."""

import asyncio
from collections.abc import Callable
from typing import Any

from gmqtt import Client
from gmqtt.mqtt.constants import MQTTv311

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    PortEffect,
    PortEvent,
    Publish,
    Received,
    Subscribe,
    Subscribed,
)

ACKNOWLEDGE = 0
"""The answer of a message handler that lets gmqtt send the PUBACK."""


class GmqttPort:
    """One connection. It performs only the effects that the benchmark needs."""

    def __init__(self, url: BrokerUrl, deliver: Callable[[PortEvent], None]) -> None:
        self._url = url
        self._deliver = deliver
        self._client: Any = None
        self._connecting: asyncio.Task[None] | None = None

    def perform(self, effect: PortEffect) -> None:
        """Perform an effect. Answers come later, through `deliver`."""
        match effect:
            case Connect():
                self._client = Client(effect.client_id, clean_session=True)
                self._client.on_connect = lambda *_: self._deliver(Connected())
                self._client.on_subscribe = lambda *_: self._deliver(Subscribed())
                self._client.on_message = self._on_message
                coming = self._client.connect(
                    self._url.host, self._url.port, keepalive=effect.keepalive_s, version=MQTTv311
                )
                self._connecting = asyncio.create_task(coming)
            case Subscribe():
                for topic_filter in effect.filters:
                    self._client.subscribe(topic_filter, qos=1)
            case Publish():
                self._client.publish(effect.topic, effect.payload, qos=1)

    async def aclose(self) -> None:
        """Disconnect."""
        await self._client.disconnect()

    def _on_message(self, _client: Any, topic: str, payload: bytes, *_: Any) -> int:
        self._deliver(Received(topic, payload))
        return ACKNOWLEDGE
