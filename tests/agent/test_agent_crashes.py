"""After any loss, delay or crash the agent reaches the desired state. Reports never precede the flash."""

import json

from agent_bench import DESIRED_TOPIC, HUB_ID, Bench, desired, of, published
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_agent.memory import decode_memory
from hubsim_agent.ports import AgentEffect, Boot, WriteMemory
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import Connect, Connected, ConnectFailed, ConnectionLost, Received, Subscribed
from hubsim_contract.wire.messages import Channel, Presence, Reported

OPS = st.sampled_from(
    [
        "newer",
        "older",
        "same",
        "write",
        "write unreported",
        "answer",
        "fail",
        "lose",
        "wait",
        "crash",
        "lid",
        "cable",
    ]
)
LIVE = (LinkState.CONNECTING, LinkState.SUBSCRIBING, LinkState.ONLINE)


class HubHistory:
    """Applies operations to one hub over all its boots, and checks every effect against the flash."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.newest = 0
        self.counts: dict[type, tuple[int, int]] = {}
        self.boots: list[int] = []
        self.boot()

    def boot(self) -> None:
        self.boots.append(self.bench.agent.view().boot)
        effects = self.bench.feed(Boot(self.bench.hardware))
        self.check(effects)

    def check(self, effects: list[AgentEffect]) -> None:
        for effect in effects:
            for reported in published([effect], Reported):
                assert self.bench.flash is not None
                assert reported.applied_version <= decode_memory(self.bench.flash, HUB_ID).desired.version
                self.grows(Reported, (reported.boot, reported.sequence))
            for connect in of([effect], Connect):
                assert self.bench.flash is not None
                assert decode_memory(self.bench.flash, HUB_ID).boot == self.boots[-1]
                assert connect.clean
            for presence in published([effect], Presence):
                if presence.online:
                    self.grows(Presence, (presence.boot, presence.connection))

    def grows(self, kind: type, count: tuple[int, int]) -> None:
        assert count > self.counts.get(kind, (-1, -1))
        self.counts[kind] = count

    def apply(self, op: str) -> None:
        """Apply the operation if it is possible now."""
        documents = {"newer": self.newest + 1, "same": self.newest, "older": self.newest // 2}
        if op in documents:
            self.newest = max(self.newest, documents[op])
            self.deliver(documents[op])
        elif op in ("lid", "cable", "wait"):
            self.check(self.change(op))
        elif op in ("answer", "fail", "lose"):
            self.connection(op)
        else:
            self.power_or_flash(op)

    def change(self, op: str) -> list[AgentEffect]:
        hardware = self.bench.hardware
        if op == "lid":
            return self.bench.change(lid_open=not hardware.lid_open)
        if op == "cable":
            return self.bench.change(channels=() if hardware.channels else (Channel.ETHERNET,))
        return self.bench.wait(20_000)

    def connection(self, op: str) -> None:
        link = self.bench.agent.view().link
        if op == "answer":
            self.answer()
        elif op == "fail" and link is LinkState.CONNECTING:
            self.check(self.bench.feed(ConnectFailed("no route")))
        elif op == "lose" and link in LIVE:
            self.check(self.bench.feed(ConnectionLost()))

    def power_or_flash(self, op: str) -> None:
        """Power may fail after a write has finished, and before the agent is notified."""
        if op == "crash":
            self.crash()
        elif self.bench.unwritten and op == "write":
            self.check(self.bench.write())
        elif self.bench.unwritten:
            self.bench.flash = self.bench.unwritten[0].data
            self.crash()

    def deliver(self, version: int) -> None:
        """Deliver the document if the hub is subscribed; otherwise only its version counts."""
        if self.bench.agent.view().link in (LinkState.SUBSCRIBING, LinkState.ONLINE):
            self.check(self.bench.receive(desired(version)))

    def answer(self) -> None:
        link = self.bench.agent.view().link
        if link is LinkState.CONNECTING:
            self.check(self.bench.feed(Connected()))
        elif link is LinkState.SUBSCRIBING:
            self.check(self.bench.feed(Subscribed()))

    def crash(self) -> None:
        self.bench = self.bench.restarted()
        self.boot()

    def settle(self) -> None:
        """Complete everything that is pending; the broker has retained the newest document."""
        self.check(self.bench.change(channels=(Channel.WIFI,)))
        for _ in range(3):
            self.check(self.bench.finish_writes())
            if self.bench.agent.view().link is LinkState.BACKOFF:
                self.check(self.bench.wait(60_000))
            self.answer()
        assert self.bench.agent.view().link is LinkState.ONLINE
        self.deliver(self.newest)
        self.check(self.bench.finish_writes())


@settings(max_examples=150, deadline=None)
@given(st.lists(OPS, max_size=80))
def test_the_newest_document_is_always_applied_and_no_report_is_ahead_of_memory(ops: list[str]) -> None:
    history = HubHistory()

    for op in ops:
        history.apply(op)
    history.settle()

    assert history.bench.agent.view().applied_version == history.newest
    assert published(history.bench.effects, Reported)[-1].applied_version == history.newest
    assert history.boots == sorted(set(history.boots))


def test_a_crash_after_any_operation_leads_to_the_same_state() -> None:
    journey = ["write", "answer", "answer", "newer", "write", "lid", "newer", "lose", "wait", "answer"]

    ends = set()
    for place in range(len(journey) + 1):
        for crash in ("crash", "write unreported"):
            history = HubHistory()
            for op in [*journey[:place], crash, *journey[place:]]:
                history.apply(op)
            history.settle()
            ends.add((history.bench.agent.view().applied_version, history.newest))

    assert ends == {(2, 2)}


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([DESIRED_TOPIC, "", "hubsim/v1/hubs", "+/#", "\0"]) | st.text(max_size=40),
            st.binary(),
        ),
        max_size=20,
    )
)
def test_no_bytes_on_any_topic_can_stop_the_agent(messages: list[tuple[str, bytes]]) -> None:
    bench = Bench().online()

    for topic, payload in messages:
        bench.feed(Received(topic, payload))
    bench.apply(desired(1))

    assert bench.agent.view().applied_version == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "hub": st.just(HUB_ID) | JSON,
        "version": st.integers() | JSON,
        "service": st.sampled_from(["active", "expiring"]) | JSON,
        "ends_at_ms": st.integers() | JSON,
        "ping_s": st.integers() | JSON,
        "contract": st.just(1) | JSON,
        "armed": JSON,
    },
)


@given(FIELDS)
def test_no_almost_valid_document_can_stop_the_agent(fields: dict[str, object]) -> None:
    bench = Bench().online()

    bench.receive(json.dumps(fields).encode())
    bench.finish_writes()
    bench.lose()
    effects = bench.reconnect()

    assert 10 <= of(effects, Connect)[0].keepalive_s <= 300
    assert abs(published(effects, Reported)[0].applied_version) < 2**53


def test_only_one_write_is_in_progress_at_a_time() -> None:
    bench = Bench().online()

    for version in range(1, 50):
        bench.receive(desired(version))

    assert len(bench.unwritten) == 1
    assert len(of(bench.finish_writes(), WriteMemory)) == 1
