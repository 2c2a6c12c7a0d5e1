"""The files for Mosquitto: a password file in its format, and rules derived from the access table."""

import base64
import hashlib

import pytest

from hubsim_contract.mqtt.access import RULES, Access
from hubsim_contract.wire.identifiers import BadIdentifier
from hubsim_simulator.broker.keyring import Keyring
from hubsim_simulator.broker.mosquitto_files import mosquitto_acl, mosquitto_passwd

HUB, OTHER = "0000AAAA", "0000BBBB"
KEYRING = Keyring.new().without([OTHER])


def test_the_password_file_has_each_user_once_and_no_revoked_hub() -> None:
    lines = mosquitto_passwd(KEYRING, [HUB, HUB.lower(), OTHER]).splitlines()

    assert [line.split(":")[0] for line in lines] == ["cloud", "simulator", "bench", HUB]


def test_a_hash_is_salted_pbkdf2_of_the_password() -> None:
    line = mosquitto_passwd(KEYRING, [HUB]).splitlines()[-1]

    _, kind, iterations, salt, digest = line.split("$")
    expected = hashlib.pbkdf2_hmac(
        "sha512", KEYRING.password(HUB).encode(), base64.b64decode(salt), int(iterations)
    )

    assert kind == "7"
    assert base64.b64decode(digest) == expected
    assert mosquitto_passwd(KEYRING, [HUB]).splitlines()[-1] != line


def test_an_invalid_hub_id_is_refused() -> None:
    with pytest.raises(BadIdentifier, match="entrance"):
        mosquitto_passwd(KEYRING, ["entrance"])


def test_the_rules_contain_exactly_the_rows_of_the_table() -> None:
    lines = [line for line in mosquitto_acl("p").splitlines() if line.startswith(("topic", "pattern"))]

    assert len(lines) == sum(len(rule.heads) for rule in RULES)
    assert sum(" write " in line for line in lines) == sum(
        len(rule.heads) for rule in RULES if rule.access is Access.PUBLISH
    )


def test_hubs_are_matched_by_patterns_with_their_id_and_stations_by_name() -> None:
    hubs, *stations = mosquitto_acl("p").split("\n\n")

    assert hubs.splitlines()[1:] == [
        "pattern read p/hubs/%u/desired",
        "pattern read p/+/hubs/%u/desired",
        "pattern read p/hubs/%u/heard",
        "pattern read p/+/hubs/%u/heard",
        "pattern read p/cloud/presence",
        "pattern read p/+/cloud/presence",
        "pattern write p/hubs/%u/reported",
        "pattern write p/+/hubs/%u/reported",
        "pattern write p/hubs/%u/presence",
        "pattern write p/+/hubs/%u/presence",
        "pattern write p/hubs/%u/events",
        "pattern write p/+/hubs/%u/events",
    ]
    assert [section.splitlines()[0] for section in stations] == ["user cloud", "user simulator", "user bench"]
    assert "%" not in "".join(stations)


@pytest.mark.parametrize(
    "prefix", ["", "a/", "+", "a/#", "%u", "a b", " a", "a\nuser cloud\ntopic write #", "a\t"]
)
def test_a_prefix_with_a_special_meaning_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        mosquitto_acl(prefix)
