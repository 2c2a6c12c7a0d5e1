"""A hub that is taken off the bench: its connection, its card, its timers, and the store."""

from bench_site import AJAX, DESIRED, HUB, OTHER, Site, setup

from hubsim_contract.lab.bench_actions import InsertSim, Unplug
from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Desired, ServiceState
from hubsim_simulator.simulated_bench import StationPort


def site_with(*hubs: str) -> Site:
    site = Site()
    site.bench.start()
    for hub in hubs:
        site.bench.put(setup(hub))
        site.settle()
    return site


def take(site: Site, hub: str = HUB) -> StationPort:
    port = site.bench.take(hub)
    assert port is not None
    return port


def test_its_connection_is_cut_at_once() -> None:
    site = site_with(HUB)

    take(site)

    assert site.lines[HUB].cut
    assert HUB not in site.bench.fleet.hubs


def test_it_is_removed_from_the_store_before_a_new_hub_with_its_id_is_stored() -> None:
    site = site_with(HUB)
    take(site)
    site.bench.put(setup(HUB))

    site.round()

    assert (site.stored[-1].removed, list(site.stored[-1].hubs)) == ((HUB,), [HUB])


def test_the_effects_that_were_held_back_are_dropped() -> None:
    site = site_with(HUB)
    site.bench.perform(HUB, Unplug("ethernet"))
    before = len(site.lines[HUB].did)

    take(site)
    site.settle()

    assert len(site.lines[HUB].did) == before
    assert not site.bench.busy


def test_the_effects_that_wait_for_the_store_do_not_reach_a_new_hub_with_its_id() -> None:
    site = site_with(HUB)
    site.desires(5, ServiceState.ACTIVE)
    effects = site.round()
    take(site)
    site.bench.put(setup(HUB))
    old, did = site.lines[HUB], len(site.lines[HUB].did)

    site.bench.release(effects)

    assert site.lines[HUB] is old
    assert len(old.did) == did


def test_a_message_that_arrives_for_it_is_ignored() -> None:
    site = site_with(HUB)
    take(site)
    desired = Desired(hub=HUB, version=9, service=ServiceState.ACTIVE)

    site.bench.deliver(HUB, Received(DESIRED, encode(desired)))

    assert not site.bench.is_online(HUB)


def test_its_card_can_be_inserted_elsewhere() -> None:
    site = Site()
    site.bench.start()
    site.bench.put(setup(HUB))
    site.bench.put(setup(OTHER, slots={}))
    site.settle()

    take(site)
    site.bench.perform(OTHER, InsertSim(1, AJAX))

    assert site.bench.fleet.hubs[OTHER].hardware.cards() == [AJAX]


def test_the_roster_and_the_count_of_connections_change() -> None:
    site = site_with(HUB)
    before = site.bench.roster

    take(site)
    site.settle()

    assert site.bench.roster != before
    assert (site.bench.connections.on, site.bench.connections.online) == (0, 0)
