"""The settings of all processes in one record.

Defines the settings, their meaning, their bounds, and the processes that use them. Flags, environment
variables, `hubsim.toml` and `docs/settings.md` derive from it. `hubsim_server.settings_sources` reads and
checks values. No text made from the record shows a secret.
"""

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from hubsim_contract.mqtt.broker_url import BadBrokerUrl, BrokerUrl
from hubsim_contract.wire.topics import DEFAULT_PREFIX

EMBEDDED, AMQTT, MOSQUITTO = "embedded", "amqtt", "mosquitto"
OWN_BROKERS = (EMBEDDED, AMQTT, MOSQUITTO)
"""The brokers that hubsim starts; any other value is the URL of an existing broker."""
AUTO = "auto"
PROCESSES_MAX = 64
HIDDEN = "[hidden]"
"""The replacement for a secret in texts."""

Port = Annotated[int, Meta(ge=0, le=65_535)]
Host = Annotated[str, Meta(min_length=1, max_length=253)]
Secret = Annotated[str, Meta(min_length=16, max_length=200)]
"""Short tokens can be guessed."""


class LogFormat(StrEnum):
    """The format of a log line."""

    CONSOLE = "console"
    """For people; with colours on a terminal."""
    JSON = "json"
    """One JSON object per line, for programs."""


class LogLevel(StrEnum):
    """The lowest severity that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of an operator. Every field has a default, so that `hubsim up` starts without any."""

    broker: str = EMBEDDED
    """The MQTT broker: `embedded`, `amqtt` or `mosquitto` (hubsim starts it), or the URL of an existing one,
    `mqtt(s)://user:password@host:port`. Embedded, because it needs no installation. With a broker that
    hubsim starts, a process without a broker connects to `mqtt_host` and `mqtt_port`."""
    mqtt_host: Host = "127.0.0.1"
    """The address of the broker that hubsim starts. Loopback, because no broker should be open to a network
    by accident."""
    mqtt_port: Port = 1883
    """The port of the broker that hubsim starts; 0 means any free port. 1883 is the port of MQTT."""
    mqtt_hub_port: Port = 1885
    """The port of Mosquitto for hubs that connect with their own passwords; 0 means any free port. With a
    `keyring`, Mosquitto accepts hubs only at this port, and all other users only at `mqtt_port`: it can
    replace client ids by user names for a whole port, but not for single users. 1885 is next to the ports of
    broker and tap."""
    prefix: str = DEFAULT_PREFIX
    """The first levels of all MQTT topics. The default of the contract, because cloud and hubs must agree."""
    keyring: Path | None = None
    """The file with the MQTT credentials (`hubsim credentials new`). None: the broker that hubsim starts
    admits every client, which is safe on loopback."""
    state: Path = Path("hubsim-state")
    """The folder of all durable data: `cloud.db`, `simulator.db`, `worlds/`, `snapshots/`. In the working
    directory, where it is easy to find."""
    http_host: Host = "127.0.0.1"
    """The address of the HTTP servers. Loopback, because no API should be open to a network by accident."""
    http_names: str = ""
    """More names under which the HTTP servers answer, separated by commas, such as that of a proxy. Loopback
    names and the address of the server are always accepted; requests under other names are refused, because
    a web page can use its own name for this machine."""
    http_port: Port = 8080
    """The port of the cloud's HTTP API; 0 means any free port. 8080, because 80 needs privileges."""
    monitor_port: Port | None = None
    """The port for health and metrics of a process without an API, at `http_host`; 0 means any free port.
    None: no such server. The cloud serves them at `http_port`."""
    tls_certificate: Path | None = None
    """The PEM file with the certificate of the HTTP and MQTT servers (`hubsim certs`). None: no TLS, which
    is safe on loopback. It needs `tls_key`."""
    tls_key: Path | None = None
    """The PEM file with the key of `tls_certificate`, without a passphrase. None: no TLS."""
    ca: Path | None = None
    """The PEM file with the authority that verifies the certificate of a broker. None: the authorities that
    the system trusts."""
    lab: bool = False
    """Serve the lab: worlds, clock and bench. Off, because the lab can move clocks and erase worlds. It is
    served only on loopback."""
    operator_token: Secret | None = None
    """The bearer token of the operator, 16 to 200 characters. None: no client can act as the operator. Use
    the environment variable, because all users of the machine can see flags."""
    hub_password: str | None = None
    """The MQTT password of the agent's hub. None: the password in the URL of `broker`, if any. Use the
    environment variable, because all users of the machine can see flags."""
    business: Path | None = None
    """The TOML file with business settings (`billing`, `trial_months`, ...), with the names of the group
    `cloud` in the settings of a scenario. None: the defaults."""
    market: Path | None = None
    """The TOML file with the countries that have the services, and the packages with their fees. None: the
    market that comes with hubsim."""
    session_hours: Annotated[int, Meta(ge=1, le=8_760)] = 12
    """The lifetime of a session, in hours. 12 covers a working day, but not the night."""
    idempotency_hours: Annotated[int, Meta(ge=1, le=720)] = 24
    """How long the response to an idempotency key is stored, in hours. 24, because a client should query the
    state before it retries after a day."""
    body_limit_bytes: Annotated[int, Meta(ge=1_024, le=16 * 1_024 * 1_024)] = 65_536
    """The largest body of an HTTP request, in bytes; a larger one is refused unread. 64 KiB is a hundred
    times the size of the largest command."""
    body_limit_s: Annotated[int, Meta(ge=1, le=600)] = 30
    """The time for the body of an HTTP request to arrive, in seconds; a slower request is refused. 30,
    because a slow connection transfers 64 KiB in less."""
    http_head_s: Annotated[int, Meta(ge=1, le=600)] = 10
    """The time for the head of an HTTP request to arrive, and for the rest of a request after its response,
    in seconds; then its connection is closed. 10, because a head has less than 1 KB."""
    http_connections: Annotated[int, Meta(ge=1, le=1_000_000)] = 5_000
    """The most connections to an HTTP server; one more is closed at once. 5 000 is more than all people and
    streams of one server."""
    http_connections_each: Annotated[int, Meta(ge=1, le=1_000_000)] = 2_000
    """The most connections to an HTTP server from one address. 2 000, because a proxy is one address; use
    less without one."""
    mqtt_connections: Annotated[int, Meta(ge=1, le=1_000_000)] = 50_000
    """The most connections to the embedded broker; one more is closed at once. 50 000 is more than one
    process can serve well."""
    mqtt_connections_each: Annotated[int, Meta(ge=1, le=1_000_000)] = 50_000
    """The most connections to the embedded broker from one address. As many as in total, because a simulated
    fleet has one address; use less for real hubs."""
    world_idle_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 60
    """The time without a request after which a lab world is removed, in minutes. 60, because unused worlds
    use memory."""
    snapshot_limit: Annotated[int, Meta(ge=1, le=10_000)] = 100
    """The largest number of snapshots of lab worlds; more are refused. 100, because each is a whole
    database."""
    fleet: Path | None = None
    """The TOML file with the hubs to simulate. None: the setting `hubs`."""
    hubs: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """The number of hubs to simulate, all of one `model`, on all machines together. 0, because hubs can be
    added later. A machine has about 64 000 ports for connections to one broker; use `shard` for more hubs."""
    model: str = "hub-2-plus"
    """The model of all simulated hubs, without `fleet`. The default is the one that most scenarios use."""
    shard: str = "1/1"
    """The part of the hubs that this machine simulates, of several with the same prefix: `2/4` is the second
    of four. `1/1`, because most fleets fit on one machine. Shard 1 serves the carrier."""
    processes: str = AUTO
    """The number of processes that simulate the hubs: `auto`, or 1 to 64. Auto is the number of processors
    that hubsim may use, because a simulator uses one."""
    log_format: LogFormat = LogFormat.CONSOLE
    """The format of the log on stderr. Console, because a person reads it first."""
    log_level: LogLevel = LogLevel.INFO
    """The lowest severity that is logged. Info includes starts, stops and problems."""

    def show(self) -> dict[str, object]:
        """Return the settings for a log: JSON values without secrets."""
        shown = {name: _plain(getattr(self, name)) for name in self.__struct_fields__}
        shown |= {name: HIDDEN for name in SECRETS if shown[name] is not None}
        if self.broker not in OWN_BROKERS:
            shown["broker"] = shown_broker(self.broker)
        return shown

    def broker_url(self) -> BrokerUrl:
        """Return the broker's URL for clients; `mqtt_port` must not be 0 for a broker that hubsim starts."""
        if self.broker not in OWN_BROKERS:
            return BrokerUrl.parse(self.broker)
        host = _LOOPBACK_OF.get(self.mqtt_host, self.mqtt_host)
        return BrokerUrl(host, self.mqtt_port, tls=self.tls_certificate is not None)

    def hub_url(self) -> BrokerUrl:
        """Return the broker's URL for a hub with its own password. The ports are as for `broker_url`."""
        url = self.broker_url()
        return msgspec.structs.replace(url, port=self.mqtt_hub_port) if self.broker == MOSQUITTO else url

    def __repr__(self) -> str:
        return f"ServerSettings({', '.join(f'{name}={value!r}' for name, value in self.show().items())})"

    __str__ = __repr__

    @property
    def host_names(self) -> tuple[str, ...]:
        """The names under which the HTTP servers answer, in addition to loopback and the reached address."""
        return (self.http_host, *(name.strip() for name in self.http_names.split(",") if name.strip()))

    def __rich_repr__(self) -> list[tuple[str, object]]:
        # the method of msgspec would pass the secrets to pretty printers
        return list(self.show().items())


SECRETS = frozenset({"operator_token", "hub_password"})
"""Fields that are never shown. A password in `broker` is hidden too."""
FILES = frozenset({"keyring", "tls_certificate", "tls_key", "ca", "fleet", "business", "market"})
"""Fields that name an existing file."""

_LOG = frozenset({"log_format", "log_level"})
_BROKER = frozenset({"broker", "mqtt_host", "mqtt_port", "prefix", "keyring", "tls_certificate", "tls_key"})
_HUB_PORT = frozenset({"mqtt_hub_port"})
_MQTT_BOUNDS = frozenset({"mqtt_connections", "mqtt_connections_each"})
_HTTP_BOUNDS = frozenset({"http_head_s", "http_connections", "http_connections_each"})
_MONITOR = frozenset({"http_host", "http_names", "monitor_port", *_HTTP_BOUNDS})
_FLEET = frozenset({"fleet", "hubs", "model"})
_API = frozenset(
    {
        "http_host",
        "http_names",
        "http_port",
        "state",
        "lab",
        "operator_token",
        "business",
        "market",
        "session_hours",
        "idempotency_hours",
        "body_limit_bytes",
        "body_limit_s",
        "world_idle_minutes",
        "snapshot_limit",
        *_HTTP_BOUNDS,
    }
)

USED_BY: Mapping[str, frozenset[str]] = {
    "broker": _LOG | _BROKER | _HUB_PORT | _MONITOR | _MQTT_BOUNDS,
    "cloud": _LOG | _BROKER | _API | {"ca"},
    "simulator": _LOG | _BROKER | _MONITOR | _FLEET | {"ca", "state", "lab", "shard"},
    "fleet": _LOG | _BROKER | _MONITOR | _FLEET | {"ca", "state", "lab", "shard", "processes"},
    "agent": _LOG | (_BROKER - {"keyring"}) | _HUB_PORT | _MONITOR | {"ca", "hub_password"},
    "tap": _LOG | (_BROKER - {"keyring"}) | {"ca"},
    "up": _LOG | _BROKER | _HUB_PORT | _API | _FLEET | _MQTT_BOUNDS | {"ca"},
}
"""The fields that each process uses; it ignores the others in `hubsim.toml`.

An agent does not use the keyring, which has the secrets of all hubs; a hub has only its own secret.
"""

_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (nothing listens here)
"""The address for clients on the same machine of a server that listens on all addresses."""


def shown_broker(text: str) -> str:
    """Return the URL of a broker without user and password."""
    try:
        return str(BrokerUrl.parse(text))
    except BadBrokerUrl:
        return HIDDEN  # an invalid URL may contain a password


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path | StrEnum) else value
