"""A second client with the client id of the device: the broker ends the connection of the device for it."""

import asyncio
from pathlib import Path

from hubsim_conform.bench.cloud_double import CONNECT_LIMIT_S, BrokerUnreachable
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import Connect, Connected, ConnectFailed, Disconnect, PortEvent
from hubsim_contract.mqtt.stream_port import StreamPort


async def take_over(url: BrokerUrl, client_id: str, ca: Path | None) -> None:
    """Connect with this client id, and leave again. Raises `BrokerUnreachable`."""
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def deliver(event: PortEvent) -> None:
        if not answer.done() and isinstance(event, Connected | ConnectFailed):
            answer.set_result(event.reason if isinstance(event, ConnectFailed) else "")

    port = StreamPort(MqttConnector(url, ca=ca), deliver)
    try:
        port.perform(Connect(client_id=client_id, clean=True, keepalive_s=60))
        async with asyncio.timeout(CONNECT_LIMIT_S):
            reason = await answer
        port.perform(Disconnect())
    except TimeoutError:
        reason = "no answer"
    finally:
        await port.aclose()
    if reason:
        raise BrokerUnreachable(f"the broker at {url} refuses a second client {client_id}: {reason}")
