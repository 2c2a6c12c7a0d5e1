"""The text of Mosquitto 2's password file and ACL file, from the keyring and the access table.

The formats are those of mosquitto_passwd(1) and mosquitto.conf(5). The caller writes the files. The password
file contains only hashes, and is private nevertheless.
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
"""The default of Mosquitto. It is enough: 125 random bits cannot be guessed, even with a fast hash."""
_SALT_BYTES = 12
_STATIONS = tuple(party for party in Party if party is not Party.HUB)
_KEYWORDS = {Access.PUBLISH: "write", Access.RECEIVE: "read"}


def mosquitto_passwd(keyring: Keyring, hubs: Iterable[str] = ()) -> str:
    """Return the password file for cloud, simulator, bench and these hubs.

    Each hub is listed once. Revoked hubs are left out. Raises `BadIdentifier`.
    """
    users = [*_STATIONS, *sorted({hub_id(hub) for hub in hubs})]
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
