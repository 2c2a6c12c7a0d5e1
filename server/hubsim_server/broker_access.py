"""How the parts of a process connect to the broker of its settings."""

from pathlib import Path

import msgspec

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_server.settings import AMQTT, EMBEDDED, ServerSettings
from hubsim_simulator.broker.keyring import Keyring


class BrokerAccess(msgspec.Struct, frozen=True):
    """How the parts of a process connect to the broker."""

    url: BrokerUrl
    ca: Path | None
    keyring: Keyring | None
    knows_hubs: bool
    """Whether each simulated hub has its own password at the broker."""

    def as_user(self, user: str) -> BrokerUrl:
        """Return the broker's URL with credentials: those of the URL, else those of the keyring."""
        if self.url.username is not None or self.keyring is None:
            return self.url
        return msgspec.structs.replace(self.url, username=user, password=self.keyring.password(user))


def line_of(settings: ServerSettings, url: BrokerUrl | None = None) -> BrokerAccess:
    """Return the access to the broker of the settings, or to the broker of this process at `url`.

    Raises `BadKeyring`. Without `ca`, the certificate is verified with the authorities of the system.
    """
    keyring = None if settings.keyring is None else Keyring.load(settings.keyring)
    knows_hubs = settings.broker in (EMBEDDED, AMQTT)
    return BrokerAccess(url or settings.broker_url(), settings.ca, keyring, knows_hubs)
