"""The settings of all processes in one record, with the rules that join fields.

Owns which settings there are, what they mean, their bounds, and which process uses which. Flags,
environment names, `hubsim.toml` and `docs/settings.md` derive from it. Refuses nothing by itself: reading and
refusing is `hubsim_server.settings_sources`. Promises that no text made of the record shows a secret.
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

EMBEDDED, MOSQUITTO = "embedded", "mosquitto"
OWN_BROKERS = (EMBEDDED, MOSQUITTO)
"""The brokers that we start ourselves; anything else is the URL of somebody else's."""
HIDDEN = "[hidden]"
"""What stands in texts instead of a secret."""

Port = Annotated[int, Meta(ge=0, le=65_535)]
Host = Annotated[str, Meta(min_length=1, max_length=253)]
Secret = Annotated[str, Meta(min_length=16, max_length=200)]
"""Short ones can be guessed."""


class LogFormat(StrEnum):
    """How a line of the log is written."""

    CONSOLE = "console"
    """For people; in colours on a terminal."""
    JSON = "json"
    """One JSON object a line, for programs."""


class LogLevel(StrEnum):
    """The least weight at which something is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may choose. Every field has a default, so that `hubsim up` starts without any."""

    broker: str = EMBEDDED
    """The MQTT broker: `embedded`, `mosquitto` (started by us), or the URL of another one,
    `mqtt(s)://user:password@host:port`. Embedded, because then nothing has to be installed. With one of our
    own, a process that stands alone looks for it at `mqtt_host` and `mqtt_port`."""
    mqtt_host: Host = "127.0.0.1"
    """The address that a broker of our own listens on. Loopback, because no broker should be open to a
    network by accident."""
    mqtt_port: Port = 1883
    """The port that a broker of our own listens on; 0 takes any free one. 1883 is MQTT's registered port."""
    prefix: str = DEFAULT_PREFIX
    """The levels above all MQTT topics. The contract's own, because cloud and hubs have to agree."""
    keyring: Path | None = None
    """The file with the MQTT credentials (`hubsim credentials new`). None: a broker of our own admits
    everybody, which is fine on loopback."""
    state: Path = Path("hubsim-state")
    """The folder of everything durable: `cloud.db`, `simulator.db`, `worlds/`, `snapshots/`. In the working
    directory, where it is seen."""
    http_host: Host = "127.0.0.1"
    """The address that HTTP is served on. Loopback, because the API is opened to a network on purpose
    only."""
    http_port: Port = 8080
    """The port of the cloud's HTTP API; 0 takes any free one. 8080, because 80 asks for privileges."""
    monitor_port: Port | None = None
    """The port of health and metrics of a process without an API, at `http_host`; 0 takes any free one. None:
    not served. The cloud has them on its own port."""
    tls_certificate: Path | None = None
    """The PEM file with the certificate of our own servers, HTTP and MQTT (`hubsim certs`). None: no TLS,
    which is fine on loopback. Goes with `tls_key`."""
    tls_key: Path | None = None
    """The PEM file with the key that belongs to `tls_certificate`, without a passphrase. None: no TLS."""
    ca: Path | None = None
    """The PEM file with the authority that the certificate of a broker is checked against. None: the
    authorities that the system trusts."""
    lab: bool = False
    """Serve the lab: worlds, clock and hands on the hardware. Off, because the lab can move clocks and erase
    worlds; it is served on loopback only."""
    operator_token: Secret | None = None
    """The bearer token of the service's own staff, 16 to 200 characters. None: nobody can act as staff.
    Better set by environment than by flag: flags are seen by everybody on the machine."""
    hub_password: str | None = None
    """The MQTT password of the hub that an agent runs. None: that of the URL in `broker`, if it has one.
    Better set by environment than by flag: flags are seen by everybody on the machine."""
    business: Path | None = None
    """The TOML file with the open questions of the business (`billing`, `trial_months`, ...), as the group
    `cloud` of a scenario's settings names them. None: the defaults."""
    session_hours: Annotated[int, Meta(ge=1, le=8_760)] = 12
    """How many hours a signed-in session lasts. 12 outlast a working day and not a night."""
    idempotency_hours: Annotated[int, Meta(ge=1, le=720)] = 24
    """How many hours the answer to an idempotency key is kept. 24, because a client that still tries after a
    day is asked to look first."""
    body_limit_bytes: Annotated[int, Meta(ge=1_024, le=16 * 1_024 * 1_024)] = 65_536
    """The largest body of an HTTP request, in bytes; a larger one is refused unread. 64 KiB is a hundred
    times what the largest command takes."""
    body_limit_s: Annotated[int, Meta(ge=1, le=600)] = 30
    """After how many seconds the body of an HTTP request has to be whole; one that is not is refused. 30,
    because the slowest honest line brings 64 KiB in less."""
    world_idle_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 60
    """After how many minutes without a request a lab world is removed. 60, because forgotten worlds cost
    memory."""
    snapshot_limit: Annotated[int, Meta(ge=1, le=10_000)] = 100
    """How many snapshots of lab worlds are kept; beyond it taking one is refused. 100, because each is a
    whole database."""
    fleet: Path | None = None
    """The TOML file with the hubs to simulate. None: those of `hubs`."""
    hubs: Annotated[int, Meta(ge=0, le=10_000)] = 0
    """How many hubs to simulate, all of one `model`. 0, because hubs can be added later; 10 000 are what one
    process holds sockets for."""
    model: str = "hub-2-plus"
    """The model of the hubs that `hubs` counts. The one that most scenarios use."""
    log_format: LogFormat = LogFormat.CONSOLE
    """How the log is written to stderr. Console, because a person starts it first."""
    log_level: LogLevel = LogLevel.INFO
    """The least weight at which something is logged. Info tells of starts, stops and trouble."""

    def show(self) -> dict[str, object]:
        """Return the settings as they may stand in a log: JSON values, without any secret."""
        shown = {name: _plain(getattr(self, name)) for name in self.__struct_fields__}
        shown |= {name: HIDDEN for name in SECRETS if shown[name] is not None}
        if self.broker not in OWN_BROKERS:
            shown["broker"] = shown_broker(self.broker)
        return shown

    def broker_url(self) -> BrokerUrl:
        """Return where clients find the broker; `mqtt_port` must not be 0 for one of our own."""
        if self.broker not in OWN_BROKERS:
            return BrokerUrl.parse(self.broker)
        host = _LOOPBACK_OF.get(self.mqtt_host, self.mqtt_host)
        return BrokerUrl(host, self.mqtt_port, tls=self.tls_certificate is not None)

    def __repr__(self) -> str:
        return f"ServerSettings({', '.join(f'{name}={value!r}' for name, value in self.show().items())})"

    __str__ = __repr__

    def __rich_repr__(self) -> list[tuple[str, object]]:
        # msgspec's own would hand the secrets to pretty printers
        return list(self.show().items())


SECRETS = frozenset({"operator_token", "hub_password"})
"""Fields that are never shown. A password in `broker` is hidden too."""
FILES = frozenset({"keyring", "tls_certificate", "tls_key", "ca", "fleet", "business"})
"""Fields that name a file which has to be there."""

_LOG = frozenset({"log_format", "log_level"})
_BROKER = frozenset({"broker", "mqtt_host", "mqtt_port", "prefix", "keyring", "tls_certificate", "tls_key"})
_MONITOR = frozenset({"http_host", "monitor_port"})
_FLEET = frozenset({"fleet", "hubs", "model"})
_API = frozenset(
    {
        "http_host",
        "http_port",
        "state",
        "lab",
        "operator_token",
        "business",
        "session_hours",
        "idempotency_hours",
        "body_limit_bytes",
        "body_limit_s",
        "world_idle_minutes",
        "snapshot_limit",
    }
)

USED_BY: Mapping[str, frozenset[str]] = {
    "broker": _LOG | _BROKER | _MONITOR,
    "cloud": _LOG | _BROKER | _API | {"ca"},
    "simulator": _LOG | _BROKER | _MONITOR | _FLEET | {"ca", "state", "lab"},
    "agent": _LOG | (_BROKER - {"keyring"}) | _MONITOR | {"ca", "hub_password"},
    "up": _LOG | _BROKER | _API | _FLEET | {"ca"},
}
"""Each process with the fields it uses; the others may stand in `hubsim.toml` and mean nothing to it.

An agent needs no keyring: that holds the secrets of all hubs, and a hub knows its own alone.
"""

_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (nothing listens here)
"""Where a server that listens everywhere is found from the same machine."""


def shown_broker(text: str) -> str:
    """Return the URL of a broker without user and password."""
    try:
        return str(BrokerUrl.parse(text))
    except BadBrokerUrl:
        return HIDDEN  # whatever it is, a password may be in it


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path | StrEnum) else value
