"""A broker that cannot take over a socket starts on another free port when its port was taken meanwhile."""

import socket
from collections.abc import Iterator

import pytest

from hubsim_simulator.broker import listening
from hubsim_simulator.broker.amqtt_broker import AmqttBroker
from hubsim_simulator.broker.errors import PortTaken
from hubsim_simulator.broker.listening import PORT_TRIES, reserve_ports, start_on_port
from hubsim_simulator.broker.mosquitto import MosquittoBroker

LOOPBACK = "127.0.0.1"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program has bound."""
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        yield other.getsockname()[1]


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(AmqttBroker, marks=pytest.mark.live),
        pytest.param(MosquittoBroker, marks=pytest.mark.mosquitto),
    ],
)
async def test_a_broker_whose_free_port_was_taken_starts_on_another_one(
    kind: type[AmqttBroker] | type[MosquittoBroker], taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices, usual = [(taken,)], listening.reserve_ports
    monkeypatch.setattr(
        listening, "reserve_ports", lambda host, ports: choices.pop() if choices else usual(host, ports)
    )
    broker = kind()

    await broker.start()
    await broker.stop()

    assert choices == []
    assert broker.port not in (0, taken)


@pytest.mark.live
def test_several_free_ports_are_different() -> None:
    ports = reserve_ports(LOOPBACK, (0,) * 200)

    assert len({*ports}) == len(ports)


@pytest.mark.live
@pytest.mark.parametrize(("asked", "tries"), [(0, PORT_TRIES), (1883, 1)])
async def test_a_free_port_is_chosen_a_few_times_and_a_given_one_once(
    asked: int, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    monkeypatch.setattr(listening, "reserve_ports", lambda _host, ports: ports)

    async def start(port: int) -> None:
        tried.append(port)
        raise PortTaken(LOOPBACK, port)

    with pytest.raises(PortTaken):
        await start_on_port(LOOPBACK, asked, start)

    assert tried == [asked] * tries
