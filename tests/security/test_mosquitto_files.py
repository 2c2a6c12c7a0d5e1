"""The files for Mosquitto: a password file in its format, and rules derived from the access table."""

import base64
import hashlib
from pathlib import Path

import pytest

from hubsim_contract.mqtt.access import RULES, Access
from hubsim_contract.wire.identifiers import BadIdentifier
from hubsim_simulator.broker.keyring import Keyring
from hubsim_simulator.broker.mosquitto_files import (
    ListenersOfMosquitto,
    hub_passwords,
    mosquitto_acl,
    station_passwords,
)

HUB, OTHER = "0000AAAA", "0000BBBB"
KEYRING = Keyring.new().without([OTHER])


def test_stations_and_hubs_have_separate_password_files_without_revoked_hubs() -> None:
    stations, hubs = station_passwords(KEYRING), hub_passwords(KEYRING, [HUB, HUB.lower(), OTHER])

    assert [line.split(":")[0] for line in stations.splitlines()] == ["cloud", "simulator", "bench"]
    assert [line.split(":")[0] for line in hubs.splitlines()] == [HUB]


def test_a_hash_is_salted_pbkdf2_of_the_password() -> None:
    line = hub_passwords(KEYRING, [HUB]).splitlines()[-1]

    _, kind, iterations, salt, digest = line.split("$")
    expected = hashlib.pbkdf2_hmac(
        "sha512", KEYRING.password(HUB).encode(), base64.b64decode(salt), int(iterations)
    )

    assert kind == "7"
    assert base64.b64decode(digest) == expected
    assert hub_passwords(KEYRING, [HUB]).splitlines()[-1] != line


def test_an_invalid_hub_id_is_refused() -> None:
    with pytest.raises(BadIdentifier, match="entrance"):
        hub_passwords(KEYRING, ["entrance"])


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


def test_hubs_have_a_listener_with_their_own_passwords_where_the_id_is_the_user_name() -> None:
    listeners = ListenersOfMosquitto(host="127.0.0.1", port=1883, hub_port=1885, more=("certfile c",))

    general, stations, hubs = "\n".join(listeners.lines(Path("/m"))).split("\nlistener ")

    assert general == "per_listener_settings true"
    assert stations.splitlines() == [
        "1883 127.0.0.1",
        "certfile c",
        "allow_anonymous false",
        "password_file /m/passwords",
        "acl_file /m/acl",
    ]
    assert hubs.splitlines() == [
        "1885 127.0.0.1",
        "use_username_as_clientid true",
        "certfile c",
        "allow_anonymous false",
        "password_file /m/hub-passwords",
        "acl_file /m/acl",
    ]


@pytest.mark.parametrize(
    ("host", "hub_port", "folder", "reason"),
    [
        ("127.0.0.1\nallow_anonymous true", 1885, "/m", "not a name or an address"),
        ("a b", 1885, "/m", "not a name or an address"),
        ("", 1885, "/m", "not a name or an address"),
        ("127.0.0.1", 1883, "/m", "different ports, and both have 1883"),
        ("127.0.0.1", 1885, "/m\nallow_anonymous true", "choose another folder"),
    ],
)
def test_listeners_that_the_file_cannot_express_are_refused(
    host: str, hub_port: int, folder: str, reason: str
) -> None:
    listeners = ListenersOfMosquitto(host=host, port=1883, hub_port=hub_port)

    with pytest.raises(ValueError, match=reason):
        listeners.lines(Path(folder))
