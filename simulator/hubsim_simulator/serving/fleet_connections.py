"""The MQTT clients of a simulator: one for each station, all on one connector."""

from collections.abc import Callable
from pathlib import Path

from hubsim_contract.mqtt.adapter import Login
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import PortEvent
from hubsim_contract.mqtt.stream_port import StreamPort

Connection = Callable[[str, Callable[[PortEvent], None]], StreamPort]
"""Creates the MQTT client of a user (a hub's id, or `simulator`); takes the event sink."""


def connections(
    url: BrokerUrl, ca: Path | None = None, password: Callable[[str], str] | None = None
) -> Connection:
    """Return how clients connect: each hub as its own user if there are passwords, otherwise as in `url`.

    All of them share one connector, so that a fleet connects in turns.
    """
    connector = MqttConnector(url, ca=ca)

    def connect(user: str, deliver: Callable[[PortEvent], None]) -> StreamPort:
        login = None if password is None else Login(user, password(user))
        return StreamPort(connector, deliver, login)

    return connect
