"""The Prometheus metrics of one cloud, in a separate registry.

Labels come from closed sets (command names, outcomes, routes), so that clients cannot create new series.
"""

from collections.abc import Callable

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
_REQUEST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_COMMIT_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)
_BATCH = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class HubConnections(msgspec.Struct, frozen=True, kw_only=True):
    """The connections of the simulated hubs that run in the same process as the cloud."""

    connected: int
    hubs: int
    """The hubs that are connected or connecting."""
    attempts: int
    """Attempts to connect since the start."""
    failed: int
    """Attempts that failed."""


def no_hubs() -> None:
    """Return the connections of a cloud without hubs in its process."""


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """The values of the gauges at the instant of a request for the metrics."""

    queue_depth: int
    hubs_online: int
    sessions: int
    streams: int


_LEVELS = {
    "queue_depth": "Events in the queue.",
    "hubs_online": "Hubs that are online by their presence.",
    "sessions": "Sessions in memory; a few of them may have expired.",
    "streams": "Open event streams.",
}


class Meters:
    """The metrics of one cloud."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.count_hubs: Callable[[], HubConnections | None] = no_hubs
        """Counts the hubs in this process; None: there are none."""
        self._commands = Counter(
            "hubsim_cloud_commands",
            "Commands by name and outcome: accepted, replayed, or the name of the problem.",
            ("command", "outcome"),
            registry=self.registry,
        )
        self._requests = Counter(
            "hubsim_cloud_http_requests",
            "HTTP requests by route, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._request_seconds = Histogram(
            "hubsim_cloud_http_request_seconds",
            "Time from a request to the end of its response, without event streams.",
            ("route", "method"),
            buckets=_REQUEST_S,
            registry=self.registry,
        )
        self._sign_ins = Counter(
            "hubsim_cloud_sign_ins",
            "Attempts to sign in: accepted, wrong_credentials, too_many_attempts, too_busy.",
            ("outcome",),
            registry=self.registry,
        )
        self._facts = Counter("hubsim_cloud_facts", "Committed facts.", registry=self.registry)
        self._refused = Counter(
            "hubsim_cloud_mqtt_messages_refused",
            "Refused MQTT messages, by the rule that they break.",
            ("rule",),
            registry=self.registry,
        )
        self._batch = Histogram(
            "hubsim_cloud_commit_batch_facts",
            "Number of facts in one commit.",
            buckets=_BATCH,
            registry=self.registry,
        )
        self._levels = {
            name: Gauge(f"hubsim_cloud_{name}", text, registry=self.registry)
            for name, text in _LEVELS.items()
        }
        self._commit_seconds = Histogram(
            "hubsim_cloud_commit_seconds",
            "Duration of one commit.",
            buckets=_COMMIT_S,
            registry=self.registry,
        )

    def commanded(self, command: str, outcome: str) -> None:
        """Count a command."""
        self._commands.labels(command, outcome).inc()

    def requested(self, route: str, method: str, status: int, seconds: float | None) -> None:
        """Count an HTTP request. `seconds` is None if its duration is not meaningful."""
        self._requests.labels(route, method, str(status)).inc()
        if seconds is not None:
            self._request_seconds.labels(route, method).observe(seconds)

    def signed_in(self, outcome: str) -> None:
        """Count an attempt to sign in."""
        self._sign_ins.labels(outcome).inc()

    def recorded(self, facts: int) -> None:
        """Count committed facts."""
        self._facts.inc(facts)

    def complained(self, rule: str) -> None:
        """Count a refused MQTT message."""
        self._refused.labels(rule).inc()

    def committed(self, facts: int, seconds: float) -> None:
        """Count a commit."""
        self._batch.observe(facts)
        self._commit_seconds.observe(seconds)

    def page(self, levels: Levels) -> bytes:
        """Return all metrics in the text format of Prometheus, with the type `CONTENT_TYPE`."""
        for name, gauge in self._levels.items():
            gauge.set(getattr(levels, name))
        return generate_latest(self.registry)
