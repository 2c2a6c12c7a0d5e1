"""Before a cloud connects for the first time, it looks for another one under its prefix."""

import asyncio
from collections.abc import Callable

import pytest

from hubsim_cloud.world.only_cloud import CloudCheck, CloudTaken
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    Disconnect,
    PortEffect,
    PortEvent,
    Publish,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import CloudPresence
from hubsim_contract.wire.topics import MessageKind, Topics

TOPICS = Topics()
TOPIC = TOPICS.of(MessageKind.CLOUD_PRESENCE)
ONLINE = encode(CloudPresence(online=True, boot=5, connection=2))
OFFLINE = encode(CloudPresence(online=False, boot=5, connection=2))
BOUND_S = 10


class FakeBroker:
    """A broker with a retained presence, and perhaps a cloud that answers the question."""

    def __init__(self, retained: bytes | None = None, answer: bytes | None = None, refusals: int = 0) -> None:
        self.effects: list[PortEffect] = []
        self.closed = False
        self._retained = retained
        self._answer = answer
        self._refusals = refusals
        self._deliver: Callable[[PortEvent], None] = lambda _: None

    def open(self, deliver: Callable[[PortEvent], None]) -> "FakeBroker":
        self._deliver = deliver
        return self

    def perform(self, effect: PortEffect) -> None:
        self.effects.append(effect)
        match effect:
            case Connect() if self._refusals:
                self._refusals -= 1
                self._deliver(ConnectFailed("no broker"))
            case Connect():
                self._deliver(Connected())
            case Subscribe():
                self._deliver(Subscribed())
                if self._retained is not None:
                    self._deliver(Received(TOPIC, self._retained, retained=True))
            case Publish():
                self._deliver(Received(TOPIC, effect.payload))
                if self._answer is not None:
                    self._deliver(Received(TOPIC, self._answer))

    def sever(self) -> None:
        raise AssertionError("the check leaves with a DISCONNECT")

    async def aclose(self) -> None:
        self.closed = True


async def check(broker: FakeBroker) -> None:
    async with asyncio.timeout(BOUND_S):
        await CloudCheck(broker.open, TOPICS, answer_limit_s=0.01, retry_s=0.01).until_alone()


@pytest.mark.parametrize("retained", [None, OFFLINE, b"", b"{"])
async def test_without_a_cloud_that_counts_as_online_the_check_is_over_at_once(
    retained: bytes | None,
) -> None:
    broker = FakeBroker(retained)

    await check(broker)

    assert isinstance(broker.effects[-1], Disconnect)
    assert broker.closed


async def test_another_cloud_that_answers_is_an_error_with_advice() -> None:
    broker = FakeBroker(ONLINE, ONLINE)

    with pytest.raises(CloudTaken, match=r"another cloud serves 'hubsim/v1' on this broker: stop it, or .*"):
        await check(broker)

    assert broker.closed


async def test_a_cloud_that_does_not_answer_counts_as_ended() -> None:
    await check(FakeBroker(ONLINE, OFFLINE))


async def test_the_check_waits_for_its_broker() -> None:
    broker = FakeBroker(refusals=2)

    await check(broker)

    assert sum(isinstance(effect, Connect) for effect in broker.effects) == 3


async def test_the_question_is_not_retained_and_older_than_every_presence() -> None:
    broker = FakeBroker()

    await check(broker)

    (question,) = [effect for effect in broker.effects if isinstance(effect, Publish)]
    assert not question.retain
    assert question.payload == encode(CloudPresence(online=False, boot=0, connection=0))
