"""Who traces a cloud: what passes its port, its facts, and the messages that it refused."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

import msgspec

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.engine import Complain
from hubsim_contract.lab.port_filter import PortObserver
from hubsim_contract.lab.trace import TraceEvent
from hubsim_contract.mqtt.port import Publish

STATION = "cloud"


class CloudObserver(PortObserver):
    """Writes a trace. What it takes is durable."""

    @abstractmethod
    def record(self, facts: Iterable[Fact]) -> None:
        """Take facts."""

    def complain(self, complaint: Complain) -> None:
        """Take a message that was refused."""
        self.add("refused_message", STATION, **msgspec.structs.asdict(complaint))


class Unobserved(CloudObserver):
    """Writes no trace: most worlds have none."""

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Pass it over."""

    def published(self, station: str, message: Publish) -> None:
        """Pass it over, without decoding its payload."""

    def record(self, facts: Iterable[Fact]) -> None:
        """Pass them over."""


def fact_event(fact: Fact) -> TraceEvent:
    """Return what a trace has of a fact, under the fact's own instant."""
    return TraceEvent(fact.at_ms, "fact", STATION, msgspec.to_builtins(fact))
