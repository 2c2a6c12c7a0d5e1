"""The free ports of servers: no outgoing connection gets one while its server restarts."""

import socket
from collections.abc import Iterator

import pytest

from hubsim_simulator.broker import free_ports
from hubsim_simulator.broker.bounded_listener import ConnectionLimits, listen
from hubsim_simulator.broker.free_ports import FREE_PORTS
from hubsim_simulator.broker.listening import reserve_ports

pytestmark = pytest.mark.live
LOOPBACK = "127.0.0.1"


@pytest.fixture
def other() -> Iterator[int]:
    """Yield the only port that is drawn; a server of another program has it."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]


def test_a_listener_on_a_free_port_is_below_the_ports_of_connections() -> None:
    with listen(LOOPBACK, 0, ConnectionLimits()) as listener:
        assert listener.getsockname()[1] in FREE_PORTS


def test_reserved_ports_are_below_the_ports_of_connections_and_different() -> None:
    ports = reserve_ports(LOOPBACK, (0, 0, 0))

    assert len(set(ports)) == len(ports)
    assert all(port in FREE_PORTS for port in ports)


def test_the_system_chooses_if_all_drawn_ports_are_in_use(
    monkeypatch: pytest.MonkeyPatch, other: int
) -> None:
    monkeypatch.setattr(free_ports, "FREE_PORTS", range(other, other + 1))

    with listen(LOOPBACK, 0, ConnectionLimits()) as listener:
        assert listener.getsockname()[1] != other


def test_two_reserved_ports_differ_even_if_the_same_one_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_ports, "FREE_PORTS", FREE_PORTS[:1])

    assert len(set(reserve_ports(LOOPBACK, (0, 0)))) == 2
