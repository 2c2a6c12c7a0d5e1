"""The log of what hubs do at the embedded broker: each rule has a line at once, then others are counted."""

import json
from collections.abc import Callable

from log_bench import logging_to_memory

from hubsim_cloud.service.limited_log import LOG_PERIOD_S
from hubsim_server.broker_incidents import BrokerIncidents
from hubsim_server.settings import LogFormat, ServerSettings
from hubsim_simulator.broker.hub_packet_check import BrokerFinding, BrokerIncident, IncidentKind

HUB = "0A1B2C3D"


class Clock:
    """A clock that a test moves, and the calls that wait for it."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.calls: list[tuple[float, Callable[[], None]]] = []

    def read(self) -> float:
        return self.now_s

    def call_later(self, delay_s: float, call: Callable[[], None]) -> None:
        self.calls.append((self.now_s + delay_s, call))

    def move(self, by_s: float) -> None:
        self.now_s += by_s
        due = [call for at_s, call in self.calls if at_s <= self.now_s]
        self.calls = [(at_s, call) for at_s, call in self.calls if at_s > self.now_s]
        for call in due:
            call()


def publication(*rules: str, topic: str = "t") -> BrokerIncident:
    findings = tuple(BrokerFinding(rule, "", "is wrong") for rule in rules)
    return BrokerIncident(IncidentKind.PUBLICATION, HUB, "", False, findings, topic)


def takeover(note: str) -> BrokerIncident:
    return BrokerIncident(IncidentKind.TAKEOVER, HUB, "", False, (), note=note)


def test_each_broken_rule_has_its_own_line_at_once_and_the_others_are_counted() -> None:
    clock = Clock()
    with logging_to_memory(ServerSettings(log_format=LogFormat.JSON)) as stream:
        incidents = BrokerIncidents(clock.read, clock.call_later)

        incidents.take(publication("MQ-7.qos"))
        incidents.take(publication("MQ-7.qos", "MQ-7.retain", topic="u"))
        incidents.take(publication("MQ-7.topics"))
        incidents.take(takeover("from a"))
        for number in range(3):
            incidents.take(takeover(f"from {number}"))
        at_once = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
        clock.move(LOG_PERIOD_S)
        incidents.take(takeover("late"))
        incidents.take(takeover("later"))
        incidents.close()
        lines = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]

    assert at_once == [
        f"publication of hub {HUB}: t; MQ-7.qos: is wrong",
        f"publication of hub {HUB}: u; MQ-7.retain: is wrong",
        f"publication of hub {HUB}: t; MQ-7.topics: is wrong",
        f"takeover of hub {HUB}: from a",
    ]
    assert sorted(lines[4:]) == [
        f"publication of hub {HUB}: u; MQ-7.qos: is wrong",
        f"takeover of hub {HUB}: from 2 (and 2 more like it)",
        f"takeover of hub {HUB}: later (and 1 more like it)",
    ]


def test_a_log_with_nothing_to_write_waits_for_nothing() -> None:
    clock = Clock()
    with logging_to_memory(ServerSettings()):
        incidents = BrokerIncidents(clock.read, clock.call_later)
        incidents.take(publication("MQ-7.qos"))

    assert clock.calls == []
