"""The observer of a cloud: traces the messages at its port, its facts, and the messages that it refused."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.ports import Complain
from hubsim_contract.lab.port_filter import PortObserver
from hubsim_contract.lab.trace import TraceEvent
from hubsim_contract.mqtt.port import Publish

if TYPE_CHECKING:
    # A virtual play has no database.
    from hubsim_cloud.service.decision_batch import Decided

STATION = "cloud"


class CloudObserver(PortObserver):
    """Writes a trace. The facts that it receives are durable."""

    @abstractmethod
    def record(self, facts: Iterable[Fact]) -> None:
        """Add facts."""

    def kept(self, hubs: tuple[str, ...]) -> None:
        """Note hubs whose newer state or events are durable now."""

    def decided(self, decided: "Decided") -> None:
        """Note a durable decision: a command or a query of a person, before everything that it causes."""

    def close(self) -> None:
        """End everything that waits for events: the world stops."""

    def complain(self, complaint: Complain) -> None:
        """Add a message that was refused."""
        self.add("refused_message", STATION, **msgspec.structs.asdict(complaint))


class Unobserved(CloudObserver):
    """Writes no trace: most worlds have none."""

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Ignore the event."""

    def published(self, station: str, message: Publish) -> None:
        """Ignore the message, without decoding its payload."""

    def record(self, facts: Iterable[Fact]) -> None:
        """Ignore the facts."""


def fact_event(fact: Fact) -> TraceEvent:
    """Return the trace event of a fact, at the fact's own instant."""
    return TraceEvent(fact.at_ms, "fact", STATION, msgspec.to_builtins(fact))
