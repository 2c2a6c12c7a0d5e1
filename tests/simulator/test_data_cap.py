"""The data of a card: its cap in a month, the block, and the throttle."""

import pytest
from answering_cloud import answers_to
from carrier_bench import CARD, HUB, CarrierBench
from hypothesis import given
from hypothesis import strategies as st

from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now, Wake
from hubsim_contract.lab.bench_actions import CardKind, PowerOn, UseData
from hubsim_contract.mqtt.port import Connect, Connected, Publish, Received, Subscribe, Subscribed
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Channel, Desired, ServiceState
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_simulator.carrier.ports import DataCounted, DataLimited, DataState
from hubsim_simulator.data_path import OVERHEAD_BYTES
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hardware.radio import AttachAccepted, AttachRequested, DataChanged, DataUsed
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import HubEffect, SimulatedHub

DAY_MS = 86_400_000
JANUARY_31_MS, FEBRUARY_MS = 30 * DAY_MS, 31 * DAY_MS
CAP = 10_000_000


def attached(**settings: object) -> CarrierBench:
    bench = CarrierBench(**{"data_cap_bytes": CAP, "idle_bytes_per_day": 0, **settings})
    bench.activate()
    bench.attach()
    return bench


def limits(bench: CarrierBench) -> list[DataChanged]:
    return [effect.change for effect in bench.effects if isinstance(effect, DataLimited)]


def use(bench: CarrierBench, size: int) -> None:
    bench.send(DataCounted(HUB, CARD, size))


@pytest.mark.parametrize(
    ("over_cap", "state", "limit"),
    [
        ("block", DataState.BLOCKED, DataChanged(CARD, data=False)),
        ("throttle", DataState.THROTTLED, DataChanged(CARD, data=True, rate_bps=64_000)),
    ],
)
def test_at_its_cap_a_card_is_blocked_or_throttled_until_the_next_month(
    over_cap: str, state: DataState, limit: DataChanged
) -> None:
    bench = attached(over_cap=over_cap)

    use(bench, CAP - 1)
    before = bench.carrier.holding(CARD).data
    use(bench, 1)
    use(bench, 5)
    at_cap = bench.carrier.holding(CARD).data
    bench.run_to(FEBRUARY_MS)

    assert (before, at_cap, bench.carrier.holding(CARD).data) == (DataState.OPEN, state, DataState.OPEN)
    assert limits(bench) == [limit, DataChanged(CARD, data=True)]


def test_an_idle_session_uses_data_and_causes_no_events_until_the_cap() -> None:
    bench = attached(data_cap_bytes=10_000, idle_bytes_per_day=1_000)
    attached_ms = bench.now_ms

    bench.run_to(attached_ms + 10 * DAY_MS - DAY_MS // 1_000)
    before = bench.carrier.holding(CARD).data, bench.carrier.due()
    bench.run_to(attached_ms + 10 * DAY_MS)

    assert before[0] is DataState.OPEN
    assert before[1] is not None
    assert bench.carrier.holding(CARD).data is DataState.BLOCKED


def test_a_device_that_is_gone_uses_no_data() -> None:
    bench = attached(data_cap_bytes=10_000, idle_bytes_per_day=1_000, session_timeout_ms=366 * DAY_MS)

    bench.lose_contact()
    bench.run_to(JANUARY_31_MS)

    assert bench.carrier.holding(CARD).data is DataState.OPEN


def test_a_card_without_data_is_attached_without_data() -> None:
    bench = attached()
    use(bench, CAP)

    answer = bench.attach()

    assert isinstance(answer, AttachAccepted)
    assert (answer.data, answer.metered) == (False, True)


def test_the_next_month_does_not_open_the_data_of_a_session_with_a_wrong_apn() -> None:
    bench = CarrierBench(data_cap_bytes=CAP, apn="ajax", wrong_apn="no_data")
    bench.activate()
    bench.attach(apn="wrong")
    use(bench, CAP)

    bench.run_to(FEBRUARY_MS)

    assert [limit.data for limit in limits(bench)] == [False, False]


def test_a_restarted_carrier_continues_its_count() -> None:
    bench = attached()
    use(bench, CAP - 1)

    restarted = bench.restarted()
    use(restarted, 1)

    assert restarted.carrier.holding(CARD).data is DataState.BLOCKED


def test_without_a_cap_nothing_is_counted() -> None:
    bench = attached(data_cap_bytes=None)

    use(bench, 10**12)

    assert bench.carrier.holding(CARD).data is DataState.OPEN


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 5 * DAY_MS)), max_size=20))
def test_the_state_is_that_of_the_sum_of_the_month(steps: list[tuple[int, int]]) -> None:
    bench = attached(data_cap_bytes=10_000, idle_bytes_per_day=100)
    # Before its attach, the card has used nothing.
    month_ms, used, since_ms = 0, 0, bench.now_ms

    for size, wait_ms in steps:
        bench.run_to(bench.now_ms + wait_ms)
        use(bench, size)
        month = next(
            start
            for start in (151 * DAY_MS, 120 * DAY_MS, 90 * DAY_MS, 59 * DAY_MS, FEBRUARY_MS, 0)
            if start <= bench.now_ms
        )
        if month != month_ms:
            month_ms, used, since_ms = month, 0, month
        used += size
        idle = bench.now_ms * 100 // DAY_MS - since_ms * 100 // DAY_MS
        over = used + idle >= 10_000
        assert bench.carrier.holding(CARD).data is (DataState.BLOCKED if over else DataState.OPEN)


# ------------------------------------------------------------------ at the hub

AJAX = make_card(CardKind.AJAX, 1)


class Cabin:
    """A hub with a SIM only, whose network gives the data of the test. Its broker answers every attempt."""

    def __init__(self, rate_bps: int | None = None, *, metered: bool = True) -> None:
        hardware = HubHardware(
            HUB, make_imei(1), load_profile("hub-2-plus"), HardwareSettings(), slots={1: AJAX}
        )
        self.hub = SimulatedHub(hardware, AgentSettings(hub_id=HUB))
        self._accepted = AttachAccepted(AJAX.iccid, True, "4G", True, rate_bps, metered)
        self.now_ms = 0
        self.sent: list[HubEffect] = []
        self.send(PowerOn())

    def send(self, event: object) -> list[HubEffect]:
        start = len(self.sent)
        effects = self.hub.handle(event, Now(self.now_ms, self.now_ms))  # type: ignore[arg-type]
        self.sent += effects
        for effect in effects:
            if isinstance(effect, AttachRequested):
                self.send(self._accepted)
            elif isinstance(effect, Connect):
                self.send(Connected())
            elif isinstance(effect, Subscribe):
                self.send(Subscribed())
            elif isinstance(effect, Publish):
                for answer in answers_to(effect):
                    self.send(answer)
        return self.sent[start:]

    def run_to(self, at_ms: int) -> None:
        while (due_ms := self.hub.due()) is not None and due_ms <= at_ms:
            self.now_ms = due_ms
            self.send(Wake())
        self.now_ms = at_ms

    @property
    def applied(self) -> int:
        assert self.hub.agent is not None
        return self.hub.agent.view().applied_version


def document(version: int) -> Received:
    payload = encode(Desired(hub=HUB, version=version, service=ServiceState.ACTIVE))
    return Received(Topics().of(MessageKind.DESIRED, HUB), payload)


def test_blocked_data_ends_the_channel_and_not_the_registration() -> None:
    cabin = Cabin()

    cabin.send(DataChanged(AJAX.iccid, data=False))
    blocked = cabin.hub.hardware.snapshot()
    cabin.send(DataChanged(AJAX.iccid, data=True))

    assert (blocked.channels, blocked.registration.value) == ((), "roaming")
    assert cabin.hub.channel is Channel.CELLULAR


def test_a_throttled_document_arrives_later_by_its_size() -> None:
    cabin = Cabin(rate_bps=8_000)  # a byte in a millisecond
    cabin.run_to(60_000)
    message = document(2)

    cabin.send(message)
    arrives_ms = cabin.now_ms + OVERHEAD_BYTES + len(message.payload)
    cabin.run_to(arrives_ms - 1)
    before = cabin.applied
    cabin.run_to(arrives_ms)

    assert (before, cabin.applied) == (0, 2)


def test_messages_over_a_metered_card_are_counted_in_both_directions() -> None:
    cabin = Cabin()

    effects = cabin.send(document(2))

    counted = [effect.size for effect in effects if isinstance(effect, DataUsed)]
    assert len(counted) == 2
    assert counted[0] == OVERHEAD_BYTES + len(document(2).payload)


def test_without_a_meter_nothing_is_counted() -> None:
    cabin = Cabin(metered=False)

    cabin.send(document(2))
    cabin.send(UseData(5))

    assert not [effect for effect in cabin.sent if isinstance(effect, DataUsed)]


def test_data_is_transferred_over_a_connected_card_only() -> None:
    cabin = Cabin()

    effects = cabin.send(UseData(5))
    cabin.send(DataChanged(AJAX.iccid, data=False))
    with pytest.raises(BenchActionRefused) as refused:
        cabin.send(UseData(5))

    assert effects == [DataUsed(AJAX.iccid, 5_000_000)]
    assert refused.value.name is BenchRefusal.NO_CELLULAR_DATA
