"""What a simulator collects for those who watch a bench: nothing without a lease, and bounded with one."""

import pytest

from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import HubSetup, SetLid
from hubsim_contract.lab.watching import EVENTS_MAX, FaultHit, WatchedBench, WatchLease
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import Fleet
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub_setup import build_hub
from hubsim_simulator.serving.bench_watch import HUB_EVERY_MS, HUBS_AT_ONCE, BenchWatch

HUB = "0000AA01"
LEASE = WatchLease(watcher="w1", lasting_s=10)


class Watched:
    """A watch and a fleet."""

    def __init__(self) -> None:
        self.watch = BenchWatch("", "run-1")
        self.fleet = Fleet(Carrier(CarrierSettings()))

    def add(self, hub: str, *, attached: bool = False) -> None:
        setup = HubSetup(id=hub, imei="352907000000018", model="hub-2", powered=False, attached=attached)
        built, _ = build_hub(setup, load_profile("hub-2"), HardwareSettings(), AgentSettings(hub_id=hub))
        self.fleet.add(built)

    def open_lid(self, hub: str, *, is_open: bool) -> None:
        self.fleet.handle(hub, SetLid(is_open), Now(0, 0))
        self.watch.touch(hub)

    def take(self, now_ms: int) -> WatchedBench:
        taken = self.watch.take(self.fleet, now_ms)
        assert taken is not None
        return taken


@pytest.fixture
def watched() -> Watched:
    made = Watched()
    made.add(HUB)
    return made


def event(number: int) -> FaultHit:
    return FaultHit(at_ms=number, fault="f", left=0)


def test_without_a_lease_nothing_is_collected(watched: Watched) -> None:
    watched.watch.touch(HUB)

    assert not watched.watch.is_open
    assert watched.watch.due() is None
    assert watched.watch.take(watched.fleet, 0) is None


def test_a_new_watcher_gets_the_roster_and_a_renewal_does_not(watched: Watched) -> None:
    watched.add("0000AA02", attached=True)

    watched.watch.lease(LEASE, 0)
    first = watched.take(0)
    watched.watch.lease(LEASE, 1_000)

    assert (first.roster, first.attached, first.carrier) == ((HUB, "0000AA02"), ("0000AA02",), True)
    assert watched.watch.take(watched.fleet, 1_000) is None


def test_a_lease_that_is_not_renewed_runs_out(watched: Watched) -> None:
    watched.watch.lease(LEASE, 0)
    watched.take(0)
    watched.watch.add(event(1))
    assert watched.watch.due() == 10_000

    assert watched.watch.take(watched.fleet, 10_000) is None
    assert not watched.watch.is_open


def test_the_watch_ends_with_its_last_watcher(watched: Watched) -> None:
    watched.watch.lease(LEASE, 0)
    watched.watch.lease(WatchLease(watcher="w2", lasting_s=10), 0)

    watched.watch.lease(WatchLease(watcher="w1", lasting_s=0), 1)
    assert watched.watch.is_open
    watched.watch.lease(WatchLease(watcher="w2", lasting_s=0), 1)

    assert not watched.watch.is_open


def test_a_hub_is_sent_when_it_looks_different_and_at_most_ten_times_a_second(watched: Watched) -> None:
    watched.watch.lease(LEASE, 0)
    watched.take(0)

    watched.open_lid(HUB, is_open=True)
    assert [brief.lid_open for brief in watched.take(1).hubs] == [True]
    watched.open_lid(HUB, is_open=False)
    assert watched.watch.take(watched.fleet, 2) is None
    assert watched.watch.due() == 1 + HUB_EVERY_MS
    assert [brief.lid_open for brief in watched.take(1 + HUB_EVERY_MS).hubs] == [False]
    watched.watch.touch(HUB)

    assert watched.watch.take(watched.fleet, 5_000) is None


def test_a_hub_that_is_asked_for_is_sent_anyway(watched: Watched) -> None:
    watched.watch.lease(LEASE, 0)
    watched.take(0)

    watched.watch.lease(WatchLease(watcher="w1", lasting_s=10, show=(HUB, "FFFFFFFF")), 1)

    assert [brief.hub for brief in watched.take(1).hubs] == [HUB]


def test_a_hub_that_left_the_bench_is_gone(watched: Watched) -> None:
    watched.watch.lease(LEASE, 0)
    watched.take(0)
    del watched.fleet.hubs[HUB]

    watched.watch.touch(HUB)

    assert watched.take(1).gone == (HUB,)


def test_many_hubs_are_sent_in_parts(watched: Watched) -> None:
    for number in range(HUBS_AT_ONCE):
        watched.add(f"{number:08X}")
    watched.watch.lease(LEASE, 0)
    watched.take(0)
    for hub in watched.fleet.hubs:
        watched.watch.touch(hub)

    assert len(watched.take(1).hubs) == HUBS_AT_ONCE
    assert len(watched.take(1).hubs) == 1


def test_events_above_the_bound_are_counted(watched: Watched) -> None:
    watched.watch.lease(LEASE, 0)
    watched.take(0)
    for number in range(EVENTS_MAX + 3):
        watched.watch.add(event(number))

    taken = watched.take(1)

    assert (len(taken.events), taken.missed) == (EVENTS_MAX, 3)
    assert watched.watch.take(watched.fleet, 2) is None


def test_a_new_bench_of_the_world_sends_its_roster_again(watched: Watched) -> None:
    watched.watch.lease(LEASE, 0)
    watched.take(0)

    watched.watch.begin_again()

    assert watched.take(1).roster == (HUB,)
