"""The password file and the ACL file of Mosquitto 2, made from the keyring and the table of access.

Owns their formats, as mosquitto_passwd(1) and mosquitto.conf(5) describe them. Writes nothing. The
password file holds hashes, which are still worth keeping private.
"""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Iterable

from hubsim_contract.mqtt.access import RULES, Access, Party
from hubsim_contract.wire.identifiers import hub_id
from hubsim_contract.wire.topics import DEFAULT_PREFIX, Topics
from hubsim_simulator.broker.keyring import Keyring

ITERATIONS = 101
"""Mosquitto's own default. Enough here: nobody can guess 125 random bits however quick the hash is."""
_SALT_BYTES = 12
_STATIONS = tuple(party for party in Party if party is not Party.HUB)
_WORDS = {Access.PUBLISH: "write", Access.RECEIVE: "read"}


def mosquitto_passwd(keyring: Keyring, hubs: Iterable[str] = ()) -> str:
    """Return the password file for cloud, simulator, bench and these hubs.

    Each hub once; revoked ones are left out. Raises `BadIdentifier`.
    """
    users = [*_STATIONS, *sorted({hub_id(hub) for hub in hubs})]
    return "".join(_entry(user, keyring.password(user)) for user in users if keyring.knows(user))


def mosquitto_acl(prefix: str = DEFAULT_PREFIX) -> str:
    """Return the ACL file; it does not change when hubs come or go.

    Raises `ValueError` for a prefix that is none, or that Mosquitto would read otherwise than we write it.
    """
    Topics(prefix)
    if "%" in prefix or not prefix.isprintable() or prefix.split() != [prefix]:
        raise ValueError(f"{prefix!r} cannot stand in Mosquitto's ACL: no spaces, no % (take another prefix)")
    lines = ["# Hubs: %u is the user name, which is the hub's id."]
    lines += [f"pattern {line}" for line in _lines(Party.HUB, prefix)]
    for party in _STATIONS:
        lines += ["", f"user {party}"]
        lines += [f"topic {line}" for line in _lines(party, prefix)]
    return "\n".join(lines) + "\n"


def _lines(party: Party, prefix: str) -> list[str]:
    return [
        f"{_WORDS[rule.access]} {topic_filter}"
        for rule in RULES
        for topic_filter in rule.filters(prefix, hub="%u")
        if rule.party is party
    ]


def _entry(user: str, password: str) -> str:
    """Return one line: `user:$7$iterations$salt$hash`, PBKDF2 with SHA-512 (RFC 8018 section 5.2)."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"{user}:$7${ITERATIONS}${b64encode(salt).decode()}${b64encode(digest).decode()}\n"
