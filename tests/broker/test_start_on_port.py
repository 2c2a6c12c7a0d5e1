"""A broker that cannot take over a socket starts on another free port when its port was taken meanwhile."""

import socket
from collections.abc import Iterator

import pytest

from hubsim_simulator.broker import amqtt_broker, listening, mosquitto
from hubsim_simulator.broker.amqtt_broker import AmqttBroker
from hubsim_simulator.broker.errors import PortTaken
from hubsim_simulator.broker.listening import PORT_TRIES, start_on_port
from hubsim_simulator.broker.mosquitto import MosquittoBroker

LOOPBACK = "127.0.0.1"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program has bound."""
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        yield other.getsockname()[1]


def first_choose(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the first choice of a free port this one, as if another program took it after the choice."""
    choices = iter([port])
    usual = listening.reserve_port
    monkeypatch.setattr(listening, "reserve_port", lambda host, asked: next(choices, 0) or usual(host, asked))


@pytest.mark.live
async def test_amqtt_starts_on_another_port(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert amqtt_broker.start_on_port is start_on_port
    first_choose(taken, monkeypatch)
    broker = AmqttBroker()

    await broker.start()
    await broker.stop()

    assert broker.port not in (0, taken)


@pytest.mark.mosquitto
async def test_mosquitto_starts_on_another_port(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mosquitto.start_on_port is start_on_port
    first_choose(taken, monkeypatch)
    broker = MosquittoBroker()

    await broker.start()
    await broker.stop()

    assert broker.port not in (0, taken)


@pytest.mark.live
@pytest.mark.parametrize(("asked", "tries"), [(0, PORT_TRIES), (1883, 1)])
async def test_a_free_port_is_chosen_a_few_times_and_a_given_one_once(
    asked: int, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    monkeypatch.setattr(listening, "reserve_port", lambda _host, port: port)

    async def start(port: int) -> None:
        tried.append(port)
        raise PortTaken(LOOPBACK, port)

    with pytest.raises(PortTaken):
        await start_on_port(LOOPBACK, asked, start)

    assert tried == [asked] * tries
