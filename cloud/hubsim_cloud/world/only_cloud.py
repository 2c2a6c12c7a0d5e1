"""The check that no other cloud is online under a prefix, before a cloud connects for the first time.

Two clouds under one prefix would take over each other's session, and hubs would receive documents of both. So
the check has its own client id. It asks with a presence that is older than every other one: a cloud that
is online publishes its own again. A retained presence alone proves nothing; its cloud may have been killed.
"""

import asyncio
import secrets

from hubsim_cloud.world.brief_connection import BriefConnection, ConnectionEnded, brief_connection
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.port import PortEvent, Publish, Received, Subscribe, Subscribed
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.messages import CloudPresence
from hubsim_contract.wire.topics import MessageKind, Topics

ANSWER_LIMIT_S = 1.5
"""How long a cloud whose presence is retained as online may take to answer; then it counts as ended."""
RETRY_S = 2.0
"""The pause before the next attempt to connect, while the broker cannot be reached."""
_QUESTION = CloudPresence(online=False, boot=0, connection=0)


class CloudTaken(Exception):
    """Another cloud is online under the same prefix on the same broker."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            f"another cloud serves {prefix!r} on this broker: stop it, or choose another --prefix"
        )
        self.prefix = prefix


class CloudCheck:
    """One check. `open_port` creates its MQTT client."""

    def __init__(
        self,
        open_port: OpenPort,
        topics: Topics,
        *,
        answer_limit_s: float = ANSWER_LIMIT_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._open_port = open_port
        self._topics = topics
        self._topic = topics.of(MessageKind.CLOUD_PRESENCE)
        self.trouble = ""
        """Why the last attempt to connect failed."""
        self._answer_limit_s, self._retry_s = answer_limit_s, retry_s

    async def until_alone(self) -> None:
        """Return when no other cloud is online; wait for the broker until then. Raises `CloudTaken`."""
        while True:
            try:
                await self._ask()
            except ConnectionEnded as ended:
                self.trouble = ended.reason or ""
                await asyncio.sleep(self._retry_s)
            else:
                self.trouble = ""
                return

    async def _ask(self) -> None:
        client_id = f"cloud-starting-{secrets.token_hex(4)}"
        async with brief_connection(self._open_port, client_id) as connection:
            connection.perform(Subscribe((self._topic,)))
            await connection.until_kind(Subscribed)
            connection.perform(Publish(self._topic, encode(_QUESTION)))
            await self._wait_for_answer(connection)

    async def _wait_for_answer(self, connection: BriefConnection) -> None:
        """Wait for the own question to return, and then for an answer if a presence is retained as online."""
        suspects = False

        def is_question(event: PortEvent) -> bool:
            nonlocal suspects
            presence = self._presence(event)
            if presence is not None and presence.online:
                assert isinstance(event, Received)
                suspects = suspects or event.retained
                self._check(event)
            return presence == _QUESTION

        await connection.until(is_question)
        if suspects:
            try:
                async with asyncio.timeout(self._answer_limit_s):
                    await connection.until(self._check)
            except TimeoutError:
                pass

    def _check(self, event: PortEvent) -> bool:
        """Raise `CloudTaken` for the presence of a cloud that is online now; return False otherwise."""
        presence = self._presence(event)
        if presence is not None and presence.online and isinstance(event, Received) and not event.retained:
            raise CloudTaken(self._topics.prefix)
        return False

    def _presence(self, event: PortEvent) -> CloudPresence | None:
        if not isinstance(event, Received) or event.topic != self._topic:
            return None
        try:
            presence = decode(MessageKind.CLOUD_PRESENCE, event.payload)
        except ContractError:
            return None
        return presence if isinstance(presence, CloudPresence) else None
