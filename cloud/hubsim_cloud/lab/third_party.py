"""A third party on the broker: publishes the messages of a fault over a separate connection."""

import asyncio
import secrets

from hubsim_cloud.lab.errors import BadRequest
from hubsim_cloud.world.brief_connection import ConnectionEnded, brief_connection
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.port import Publish

LIMIT_S = 10.0
"""How long the broker may take to accept the connection and the messages."""


async def publish_as_third_party(open_port: OpenPort, *messages: Publish) -> None:
    """Publish messages; on return the broker has them. Raises `BadRequest` when it does not accept one."""
    client_id = f"third-party-{secrets.token_hex(4)}"
    try:
        async with asyncio.timeout(LIMIT_S), brief_connection(open_port, client_id) as connection:
            for message in messages:
                await connection.publish(message)
    except TimeoutError:
        topics = ", ".join(message.topic for message in messages)
        raise BadRequest("cannot", f"{topics}: the broker did not accept it within {LIMIT_S:g} s") from None
    except ConnectionEnded as ended:
        text = (
            "the broker refuses this message of a third party"
            if ended.reason is None
            else f"the broker refuses a third party's connection: {ended.reason}"
        )
        raise BadRequest("cannot", text) from None
