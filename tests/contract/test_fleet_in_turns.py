"""A thousand stations that connect in turns to a slow broker: none fails by a time limit."""

from collections import deque

from stream_bench import SocketlessConnector, rest

from hubsim_contract.mqtt.link import ANSWER_LIMIT_MS
from hubsim_contract.mqtt.port import Connect, PortEvent, Subscribe
from hubsim_contract.mqtt.station import Station
from hubsim_contract.mqtt.stream_port import StreamPort

HUBS, AT_ONCE = 1_000, 10
ANSWER_MS = 5_000
"""The broker answers the attempts of one turn this long after their beginning."""


class TimedStation:
    """A station whose clock is the test's."""

    def __init__(self, number: int, connector: SocketlessConnector, now_ms: list[int]) -> None:
        self.station = Station(Connect(f"hub-{number}", clean=True, keepalive_s=60), ("desired",))
        self.timed_out = 0
        self._now_ms = now_ms
        self._port = StreamPort(connector, self._handle)
        for effect in self.station.start(0):
            self._port.perform(effect)

    def _handle(self, event: PortEvent) -> None:
        for effect in self.station.receive(event, self._now_ms[0]):
            if not isinstance(effect, Subscribe):
                self._port.perform(effect)

    def wake(self) -> None:
        effects = self.station.wake(self._now_ms[0])
        self.timed_out += bool(effects)


async def test_no_attempt_fails_by_a_time_limit_while_it_waits_for_its_turn() -> None:
    connector, now_ms = SocketlessConnector(at_once=AT_ONCE), [0]
    stations = [TimedStation(number, connector, now_ms) for number in range(HUBS)]
    await rest()
    unanswered, seen = deque(connector.transports), AT_ONCE

    while unanswered:
        now_ms[0] += ANSWER_MS
        for each in stations:
            if each.station.state == "connecting":
                each.wake()
        while unanswered:
            unanswered.popleft().protocol.data_received(b"\x20\x02\x00\x00")
        await rest()
        unanswered.extend(connector.transports[seen:])
        seen = len(connector.transports)

    assert now_ms[0] == HUBS // AT_ONCE * ANSWER_MS > ANSWER_LIMIT_MS
    assert sum(each.timed_out for each in stations) == 0
    assert seen == HUBS
