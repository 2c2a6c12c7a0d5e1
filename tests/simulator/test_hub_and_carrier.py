"""The hub's hardware and the carrier together: a cut that also ends the control channel of the hub."""

from typing import Any

from carrier_bench import ACTIVE, CARD, INACTIVE, CarrierBench, cancelled, order_message
from hardware_bench import AJAX_1, ORDINARY_1, Bench
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hubsim_contract.lab.bench_actions import Card, InsertSim, RemoveSim
from hubsim_contract.wire.messages import Channel, Profile, Registration, SimCard
from hubsim_simulator.carrier.ports import AttachAnswer, AttachAttempt, CarrierEffect, ServiceBegun
from hubsim_simulator.hardware.radio import AttachRequested, LocationCancelled, RadioAnswer, ServiceChanged

HUB = "0000AA01"


class World:
    """One hub and the carrier with one clock."""

    def __init__(self, slots: dict[int, Card], links: tuple[str, ...] = (), **carrier: Any) -> None:
        self.carrier = CarrierBench(**carrier)
        self.hub = Bench(slots=slots, links=links, on=True, answers=self.answer)

    def answer(self, request: AttachRequested) -> RadioAnswer:
        attempt = AttachAttempt(HUB, request.iccid, request.imei, request.generation_best, request.network)
        effects = self.carrier.send(attempt)
        (answer,) = [effect.answer for effect in effects if isinstance(effect, AttachAnswer)]
        return answer

    def order(self, sequence: int, profile: Profile) -> None:
        self.relay(self.carrier.send(order_message(sequence, profile)))

    def relay(self, effects: list[CarrierEffect]) -> None:
        for hub, iccid in cancelled(effects):
            assert hub == HUB
            self.hub.send(LocationCancelled(iccid))
        for effect in effects:
            if isinstance(effect, ServiceBegun):
                self.hub.now_ms = self.carrier.now_ms
                self.hub.send(ServiceChanged(effect.iccid))

    def run_to(self, world_ms: int) -> None:
        """Move both clocks from one deadline to the next."""
        while True:
            dues_ms = (self.carrier.carrier.due(), self.hub.hub.due())
            next_ms = min((due_ms for due_ms in dues_ms if due_ms is not None), default=world_ms)
            self.relay(self.carrier.run_to(min(next_ms, world_ms)))
            self.hub.run_to(min(next_ms, world_ms))
            if next_ms >= world_ms:
                return


def test_an_activation_reaches_a_denied_modem_at_its_next_attempt() -> None:
    world = World({1: AJAX_1})
    denied = world.hub.seen.registration

    world.order(1, ACTIVE)
    world.run_to(40_000 + 720_000)

    assert denied is Registration.DENIED
    assert world.hub.seen.registration is Registration.ROAMING
    assert world.hub.request_times()[-1] == 40_000 + 720_000


@given(ordered_at_ms=st.integers(0, 5 * 720_000) | st.integers(0, 60_000))
@example(ordered_at_ms=40_000 + 3 * 720_000 - 60_001)
@example(ordered_at_ms=40_000 + 3 * 720_000 - 59_999)
def test_skipped_attempts_change_only_the_number_of_requests(ordered_at_ms: int) -> None:
    active_ms = ordered_at_ms + 60_000
    soon_ms = [attempt * 10_000 for attempt in range(1, 5)]
    attempts_ms = [*soon_ms, *(40_000 + attempt * 720_000 for attempt in range(1, 8))]
    assume(active_ms not in attempts_ms)
    world = World({1: AJAX_1})
    world.run_to(ordered_at_ms)

    world.order(1, ACTIVE)
    world.run_to(active_ms + 720_000)

    first_ms = next(instant for instant in attempts_ms if instant > active_ms)
    assert world.hub.request_times()[-1] == first_ms
    assert world.hub.seen.registration is Registration.ROAMING


def test_a_card_that_stays_cut_off_causes_no_events_for_months() -> None:
    world = World({1: AJAX_1})

    world.run_to(90 * 86_400_000)

    assert world.hub.request_times() == [0]
    assert world.hub.hub.due() is None
    assert world.hub.seen.registration is Registration.DENIED


def test_x2_stop_now_detaches_the_modem_and_the_card_stays_healthy() -> None:
    world = World({1: AJAX_1}, links=("ethernet",))
    world.order(1, ACTIVE)
    world.run_to(800_000)
    online = world.hub.seen.channels

    world.order(2, INACTIVE)

    assert online == (Channel.CELLULAR, Channel.ETHERNET)
    assert world.hub.seen.channels == (Channel.ETHERNET,)
    assert world.hub.seen.registration is Registration.DENIED
    assert world.hub.seen.sims[0].card is SimCard.OK


def test_a_hub_changes_to_its_second_card_after_the_cut() -> None:
    world = World({1: AJAX_1, 2: ORDINARY_1}, commissioning_ms=366 * 86_400_000)
    world.run_to(1_000)
    first = world.hub.seen.active_sim

    world.order(1, INACTIVE)
    world.run_to(61_000)

    assert first == 1
    assert world.hub.seen.active_sim == 2
    assert world.hub.seen.registration is Registration.HOME


def test_a_barred_modem_needs_a_reinsertion_of_its_card_after_activation() -> None:
    world = World({1: AJAX_1}, reject_cause="emm_8")
    world.order(1, ACTIVE)
    world.run_to(10_000_000)
    still = world.hub.seen.registration

    world.hub.do(RemoveSim(1), InsertSim(1, AJAX_1))

    assert still is Registration.DENIED
    assert world.hub.seen.registration is Registration.ROAMING
    assert world.carrier.carrier.holding(CARD).attached_hub == HUB


def test_a_delayed_cut_detaches_the_modem_when_it_is_executed() -> None:
    world = World({1: AJAX_1}, cut_delay_ms=3_600_000)
    world.order(1, ACTIVE)
    world.run_to(800_000)
    world.order(2, INACTIVE)

    world.run_to(800_000 + 3_599_999)
    before = world.hub.seen.channels
    world.run_to(800_000 + 3_600_000)

    assert (before, world.hub.seen.channels) == ((Channel.CELLULAR,), ())
