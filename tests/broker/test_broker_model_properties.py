"""Invariants of the broker model, for any sequence of client operations."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.filters import matches
from hubsim_simulator.broker.model import BrokerModel
from hubsim_simulator.broker.outputs import Close, Connack, Deliver, Output

NAMES = st.sampled_from(["hub", "cloud", "carrier"])
TOPICS = st.sampled_from(["a/b", "a/c", "b"])
FILTERS = st.sampled_from(["a/b", "a/+", "#", "b"])


class AnyUse(RuleBasedStateMachine):
    """Clean clients that acknowledge everything, checked against a record of their subscriptions."""

    def __init__(self) -> None:
        super().__init__()
        self.model = BrokerModel()
        self.conns: dict[str, int] = {}
        self.filters: dict[int, set[str]] = {}
        self.last_conn = 0

    def take(self, outputs: list[Output]) -> list[Deliver]:
        closed: set[int] = set()
        deliveries = []
        for each in outputs:
            assert each.conn not in closed, "an output after the close"
            if isinstance(each, Close):
                closed.add(each.conn)
            elif isinstance(each, Deliver):
                deliveries.append(each)
                assert any(matches(known, each.topic) for known in self.filters[each.conn])
                assert self.model.puback(each.conn, each.packet_id) == []
        return deliveries

    @rule(name=NAMES)
    def connect(self, name: str) -> None:
        self.last_conn += 1
        outputs = self.model.connect(self.last_conn, name, True, 60, Will("b", name.encode(), retain=False))
        self.filters[self.last_conn] = set()
        self.take(outputs)
        assert Connack(self.last_conn, session_present=False) in outputs
        self.conns[name] = self.last_conn

    @rule(name=NAMES, wanted=FILTERS)
    def subscribe(self, name: str, wanted: str) -> None:
        conn = self.conns.get(name, 0)
        if conn:
            self.filters[conn].add(wanted)
        self.take(self.model.subscribe(conn, [wanted]))

    @rule(name=NAMES)
    def lose(self, name: str) -> None:
        self.take(self.model.lost(self.conns.pop(name, 0)))

    @rule(name=NAMES, topic=TOPICS, retain=st.booleans())
    def publish(self, name: str, topic: str, retain: bool) -> None:
        conn = self.conns.get(name, 0)

        deliveries = self.take(self.model.publish(conn, topic, b"x", retain=retain, packet_id=1))

        listening = [
            each for each in self.conns.values() if any(matches(known, topic) for known in self.filters[each])
        ]
        assert sorted(each.conn for each in deliveries) == (sorted(listening) if conn else [])

    @invariant()
    def is_running(self) -> None:
        assert self.model.running


TestAnyUse = AnyUse.TestCase
TestAnyUse.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
