"""What the embedded broker of this process sees of hubs: to the log, the metrics, and the watch of the cloud.

Other brokers show nothing of this; `hubsim tap` before them does.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from hubsim_cloud.domain.verdicts import (
    Finding,
    MessageOutcome,
    MessageVerdict,
    VerdictSource,
    VerdictSubject,
)
from hubsim_cloud.service.limited_log import CallLater, LimitedLog, on_running_loop
from hubsim_cloud.world.worlds import CloudWorlds
from hubsim_server.logs import get
from hubsim_simulator.broker.hub_packet_check import BrokerFinding, BrokerIncident, IncidentKind


class BrokerIncidents(Collector):
    """The sink of the incidents of one broker. As a collector it yields their number by kind.

    The log has one line at once for each broken rule, and for each kind of incident that breaks none; then
    one in `LOG_PERIOD_S` with the number of the others. `call_later` calls after a time in s.
    """

    def __init__(
        self,
        now_s: Callable[[], float] = time.monotonic,
        call_later: CallLater = on_running_loop,
    ) -> None:
        self._counts: Counter[IncidentKind] = Counter()
        self._log = LimitedLog(get("broker").warning, now_s, call_later)
        self._host: CloudWorlds | None = None

    def attach(self, host: CloudWorlds) -> None:
        """Pass the incidents on to the watch of the cloud's worlds, and count them in its metrics."""
        self._host = host
        host.add_metrics(self)

    def take(self, incident: BrokerIncident) -> None:
        """Count and log an incident, and pass it on."""
        self._counts[incident.kind] += 1
        for finding in incident.findings:
            self._log.note(finding.rule, _line(incident, finding))
        if not incident.findings:
            self._log.note(f"{incident.kind.value} {incident.refused}", _line(incident))
        world = None if self._host is None else self._host.worlds.get(incident.world)
        if world is not None:
            world.judged(_verdict(incident, world.clock.world_ms()))

    def close(self) -> None:
        """Log everything that was counted."""
        self._log.close()

    def collect(self) -> Iterator[Metric]:
        """Yield the current counters."""
        counted = CounterMetricFamily(
            "hubsim_broker_incidents", "What hubs did at the broker that breaks a rule.", labels=["kind"]
        )
        for kind in IncidentKind:
            counted.add_metric([kind.value], self._counts[kind])
        yield counted


def _line(incident: BrokerIncident, finding: BrokerFinding | None = None) -> str:
    """Return the incident in words: about which hub, what happened, and the rule that it breaks."""
    refused = "refused " if incident.refused else ""
    about = f"{refused}{incident.kind.value} of hub {incident.hub}"
    broken = "" if finding is None else f"{finding.rule} {finding.field}".strip() + f": {finding.text}"
    return f"{about}: " + "; ".join(part for part in (incident.topic, incident.note, broken) if part)


def _verdict(incident: BrokerIncident, at_ms: int) -> MessageVerdict:
    return MessageVerdict(
        at_ms=at_ms,
        hub=incident.hub,
        about=VerdictSubject(incident.kind.value),
        outcome=MessageOutcome.REFUSED if incident.refused else MessageOutcome.TAKEN,
        findings=tuple(Finding(*finding) for finding in incident.findings),
        source=VerdictSource.BROKER,
        topic=incident.topic,
        note=incident.note,
    )
