"""A broker model with two clients, and access to its messages to one of them."""

from collections.abc import Iterable

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.imitations import model_of
from hubsim_simulator.broker.model import BrokerModel
from hubsim_simulator.broker.outputs import Deliver, Output
from hubsim_simulator.broker.profiles import MOSQUITTO, BrokerProfile

HUB, CLOUD, OTHER = 1, 2, 3


def joined(profile: BrokerProfile = MOSQUITTO) -> BrokerModel:
    """Return a broker with hub and cloud connected."""
    model = model_of(profile)
    model.connect(HUB, "hub", True, 60, Will("presence", b"offline"))
    model.connect(CLOUD, "cloud", True, 60)
    return model


def got(outputs: Iterable[Output], conn: int) -> list[tuple[str, bytes]]:
    return [(each.topic, each.payload) for each in outputs if isinstance(each, Deliver) and each.conn == conn]
