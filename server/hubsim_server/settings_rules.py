"""The rules that bounds cannot express: fields that depend on each other, existing names, existing files.

Each rule checks whole settings, and yields the wrong field and the reason. A rule applies only if the process
uses all fields of the rule.
"""

import os
from collections.abc import Callable, Iterator
from difflib import get_close_matches

import msgspec

from hubsim_cloud.http.host_names import read_host
from hubsim_contract.lab.shards import BadShard, Shard
from hubsim_contract.mqtt.broker_url import BadBrokerUrl, BrokerUrl
from hubsim_contract.wire.topics import Topics
from hubsim_server.settings import (
    AUTO,
    FILES,
    MOSQUITTO,
    OWN_BROKERS,
    PROCESSES_MAX,
    USED_BY,
    ServerSettings,
    is_loopback,
)


class Broken(msgspec.Struct, frozen=True):
    """A rule that the settings break."""

    field: str
    """The field to change."""
    text: str
    """The reason, and what to do."""


def broken(process: str, settings: ServerSettings, suspect: frozenset[str]) -> Iterator[Broken]:
    """Yield the broken rules for the settings of this process.

    `suspect` names fields that are known to be wrong; rules with such fields are not checked.
    """
    usable = USED_BY[process] - suspect
    for looked_at, rule in _RULES:
        if looked_at <= usable:
            yield from rule(process, settings)
    for name in sorted(FILES & usable):
        yield from _file(name, settings)


def _broker(process: str, settings: ServerSettings) -> Iterator[Broken]:
    if settings.broker in OWN_BROKERS:
        return
    try:
        BrokerUrl.parse(settings.broker)
    except BadBrokerUrl as error:
        close = get_close_matches(settings.broker, OWN_BROKERS, n=1)
        own = f"did you mean {close[0]!r}?" if close else f"or {' or '.join(OWN_BROKERS)}"
        yield Broken("broker", f"{error}; {own}")
        return
    if process == "broker":
        yield Broken(
            "broker", f"a URL names an existing broker; to start one, use {' or '.join(OWN_BROKERS)}"
        )


def _port_to_find(process: str, settings: ServerSettings) -> Iterator[Broken]:
    if process in _CLIENTS and settings.broker in OWN_BROKERS and settings.mqtt_port == 0:
        yield Broken(
            "mqtt_port", "0 is not the port of a running broker; set its port, or set broker to its URL"
        )


def _hub_port_to_find(process: str, settings: ServerSettings) -> Iterator[Broken]:
    guarded = settings.broker == MOSQUITTO and settings.hub_password is not None
    if process in _CLIENTS and guarded and settings.mqtt_hub_port == 0:
        yield Broken(
            "mqtt_hub_port", "0 is not the port of a running broker; set its port, or set broker to its URL"
        )


def _two_ports(_process: str, settings: ServerSettings) -> Iterator[Broken]:
    guarded = settings.broker == MOSQUITTO and settings.keyring is not None
    if guarded and settings.mqtt_port == settings.mqtt_hub_port != 0:
        yield Broken(
            "mqtt_hub_port",
            f"{settings.mqtt_hub_port} is also mqtt_port; a Mosquitto with a keyring needs two ports",
        )


def _prefix(_process: str, settings: ServerSettings) -> Iterator[Broken]:
    try:
        Topics(settings.prefix)
    except ValueError as error:
        yield Broken("prefix", str(error))


def _certificate_and_key(_process: str, settings: ServerSettings) -> Iterator[Broken]:
    if (settings.tls_certificate is None) is (settings.tls_key is None):
        return
    given, missing = "tls_certificate", "tls_key"
    if settings.tls_certificate is None:
        given, missing = missing, given
    yield Broken(given, f"tls_certificate and tls_key need each other, but {missing} is not set")


def _lab(_process: str, settings: ServerSettings) -> Iterator[Broken]:
    if settings.lab and not is_loopback(settings.http_host):
        yield Broken(
            "lab",
            f"the lab can move clocks and erase worlds, so it needs loopback, but http_host is "
            f"{settings.http_host!r}; set http_host to 127.0.0.1, or lab to false",
        )


def _http_names(_process: str, settings: ServerSettings) -> Iterator[Broken]:
    for name in settings.http_names.split(",") if settings.http_names else ():
        if read_host(name.strip()) is None:
            yield Broken("http_names", f"{name.strip()!r} is not a host name")


def _model(_process: str, settings: ServerSettings) -> Iterator[Broken]:
    # imported here because only two processes simulate hubs
    from hubsim_simulator.hardware.profile import UnknownModel, load_profile  # noqa: PLC0415

    try:
        load_profile(settings.model)
    except UnknownModel as error:
        yield Broken("model", str(error))


def _shard(_process: str, settings: ServerSettings) -> Iterator[Broken]:
    try:
        Shard.parse(settings.shard)
    except BadShard as error:
        yield Broken("shard", str(error))


def _processes(_process: str, settings: ServerSettings) -> Iterator[Broken]:
    text = settings.processes
    if text != AUTO and not (text.isdecimal() and 1 <= int(text) <= PROCESSES_MAX):
        yield Broken("processes", f"{text!r} is neither {AUTO} nor a number from 1 to {PROCESSES_MAX}")


def _file(name: str, settings: ServerSettings) -> Iterator[Broken]:
    path = getattr(settings, name)
    if path is None:
        return
    if not path.is_file():
        yield Broken(name, f"{path}: no such file")
    elif not os.access(path, os.R_OK):
        yield Broken(name, f"{path}: this user is not allowed to read the file")


_CLIENTS = frozenset({"cloud", "simulator", "fleet", "agent", "tap"})
"""Processes that connect to a broker but do not start one."""

_Rule = Callable[[str, ServerSettings], Iterator[Broken]]
_RULES: tuple[tuple[frozenset[str], _Rule], ...] = (
    (frozenset({"broker"}), _broker),
    (frozenset({"broker", "mqtt_port"}), _port_to_find),
    (frozenset({"broker", "mqtt_hub_port", "hub_password"}), _hub_port_to_find),
    (frozenset({"broker", "mqtt_port", "mqtt_hub_port", "keyring"}), _two_ports),
    (frozenset({"prefix"}), _prefix),
    (frozenset({"tls_certificate", "tls_key"}), _certificate_and_key),
    (frozenset({"lab", "http_host"}), _lab),
    (frozenset({"http_names"}), _http_names),
    (frozenset({"model"}), _model),
    (frozenset({"shard"}), _shard),
    (frozenset({"processes"}), _processes),
)
"""Each rule with the fields that it checks."""
