"""The URL of a broker that hubsim starts: clients can read it for any host."""

from pathlib import Path

import pytest

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_simulator.broker.listening import ServerTls, url_of


@pytest.mark.parametrize("tls", [None, ServerTls(Path("a.pem"), Path("a.key"))])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_clients_can_read_the_url(host: str, tls: ServerTls | None) -> None:
    assert BrokerUrl.parse(url_of(host, 1883, tls)) == BrokerUrl(host, 1883, tls=tls is not None)
