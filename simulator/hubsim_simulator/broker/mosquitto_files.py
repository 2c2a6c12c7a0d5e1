"""The text of the files for Mosquitto 2: passwords, ACL and listeners, from the keyring and the access table.

The formats are those of mosquitto_passwd(1) and mosquitto.conf(5). The caller writes the files. The password
files contain only hashes, and are private nevertheless.
Mosquitto cannot bind a client id to a user. It can replace the id by the user name, for all clients of a
listener. Hubs therefore have a separate listener with a separate password file: whatever id a hub sends, it
gets its user name, so it cannot take the id of a station or of another hub.
"""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

import msgspec

from hubsim_contract.mqtt.access import RULES, Access, Party
from hubsim_contract.wire.identifiers import hub_id
from hubsim_contract.wire.topics import DEFAULT_PREFIX, Topics
from hubsim_simulator.broker.keyring import Keyring

ITERATIONS = 101
"""The default of Mosquitto. It is enough: 125 random bits cannot be guessed, even with a fast hash."""
_SALT_BYTES = 12
STATION_PASSWORDS, HUB_PASSWORDS, RULES_FILE = "passwords", "hub-passwords", "acl"
"""The names of the files to which the listeners refer."""
_STATIONS = tuple(party for party in Party if party is not Party.HUB)
_KEYWORDS = {Access.PUBLISH: "write", Access.RECEIVE: "read"}


class ListenersOfMosquitto(msgspec.Struct, frozen=True, kw_only=True):
    """Where a Mosquitto with passwords listens: at one port for the stations, at another for hubs."""

    host: str
    """A name or an address. Both listeners have it."""
    port: int
    """For `cloud`, `simulator` and `bench`."""
    hub_port: int
    """For hubs. The id of a client is its user name there."""
    more: tuple[str, ...] = ()
    """More lines for each listener, such as those for TLS."""

    def lines(self, folder: Path) -> list[str]:
        """Return the lines for mosquitto.conf, with the password files and the ACL file of `folder`.

        They come before all other lines about passwords. Raises `ValueError` for a host or folder that the
        file cannot express, and for equal ports.
        """
        if self.host.split() != [self.host] or not self.host.isprintable():
            raise ValueError(f"{self.host!r} is not a name or an address of a listener")
        if not str(folder).isprintable():
            raise ValueError(f"{str(folder)!r} is not possible in mosquitto.conf: choose another folder")
        if self.port == self.hub_port:
            raise ValueError(f"stations and hubs need different ports, and both have {self.port}")
        return [
            "per_listener_settings true",
            f"listener {self.port} {self.host}",
            *self._guarded(folder, STATION_PASSWORDS),
            f"listener {self.hub_port} {self.host}",
            "use_username_as_clientid true",
            *self._guarded(folder, HUB_PASSWORDS),
        ]

    def _guarded(self, folder: Path, passwords: str) -> list[str]:
        return [
            *self.more,
            "allow_anonymous false",
            f"password_file {folder / passwords}",
            f"acl_file {folder / RULES_FILE}",
        ]


def station_passwords(keyring: Keyring) -> str:
    """Return the password file for cloud, simulator and bench."""
    return "".join(_entry(user, keyring.password(user)) for user in _STATIONS)


def hub_passwords(keyring: Keyring, hubs: Iterable[str] = ()) -> str:
    """Return the password file for these hubs.

    Each hub is listed once. Revoked hubs are left out. Raises `BadIdentifier`.
    """
    users = sorted({hub_id(hub) for hub in hubs})
    return "".join(_entry(user, keyring.password(user)) for user in users if keyring.knows(user))


def mosquitto_acl(prefix: str = DEFAULT_PREFIX) -> str:
    """Return the ACL file. It does not depend on the hubs.

    Raises `ValueError` for an invalid prefix, and for one that Mosquitto would misread.
    """
    Topics(prefix)
    if "%" in prefix or not prefix.isprintable() or prefix.split() != [prefix]:
        raise ValueError(
            f"{prefix!r} is not possible in Mosquitto's ACL: choose a prefix without spaces and %"
        )
    lines = ["# Hubs: %u is the user name, which is the hub's id."]
    lines += [f"pattern {line}" for line in _lines(Party.HUB, prefix)]
    for party in _STATIONS:
        lines += ["", f"user {party}"]
        lines += [f"topic {line}" for line in _lines(party, prefix)]
    return "\n".join(lines) + "\n"


def _lines(party: Party, prefix: str) -> list[str]:
    return [
        f"{_KEYWORDS[rule.access]} {topic_filter}"
        for rule in RULES
        for topic_filter in rule.filters(prefix, hub="%u")
        if rule.party is party
    ]


def _entry(user: str, password: str) -> str:
    """Return one line: `user:$7$iterations$salt$hash`, PBKDF2 with SHA-512 (RFC 8018 section 5.2)."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"{user}:$7${ITERATIONS}${b64encode(salt).decode()}${b64encode(digest).decode()}\n"
