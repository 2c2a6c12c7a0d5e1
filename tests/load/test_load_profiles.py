"""The profiles of a load run, and the random actions of a day."""

from random import Random

import pytest

from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup, PowerOn
from hubsim_server.fleet.random_acts import LOWEST_PERCENT, RandomActs
from hubsim_server.load.load_profile import BadLoad, LoadProfile, plan_load
from hubsim_simulator.fleet_file import counted_fleet
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import SimulatedHub
from hubsim_simulator.hub_setup import build_hub


def hub_of(setup: HubSetup) -> SimulatedHub:
    hub, _ = build_hub(setup, load_profile(setup.model), HardwareSettings(), AgentSettings(hub_id=setup.id))
    hub.handle(PowerOn(), Now(0, 0))
    return hub


def test_a_quiet_fleet_does_nothing() -> None:
    plan = plan_load(LoadProfile.QUIET, 9_000, seed=1)

    assert (plan.acts_per_s, plan.documents_per_s, plan.storm_pause_s) == (0, 0, None)


def test_on_an_ordinary_day_each_hub_acts_every_ten_minutes() -> None:
    plan = plan_load(LoadProfile.DAY, 6_000, seed=1)

    assert (plan.acts_per_s, plan.storm_pause_s) == (10, None)
    assert 0 < plan.documents_per_s < plan.acts_per_s


def test_at_a_month_end_all_hubs_get_a_document_in_twenty_seconds() -> None:
    assert plan_load(LoadProfile.MONTH_END, 6_000, seed=1).documents_per_s == 300
    assert plan_load(LoadProfile.MONTH_END, 6_000, seed=1, rate=7).documents_per_s == 7


@pytest.mark.parametrize("profile", [LoadProfile.QUIET, LoadProfile.STORM])
def test_a_profile_without_a_rate_refuses_one(profile: LoadProfile) -> None:
    with pytest.raises(BadLoad, match=f"the profile {profile} has no rate; use --rate with day or month-end"):
        plan_load(profile, 10, seed=1, rate=5)


def test_a_seed_repeats_the_actions() -> None:
    hub = hub_of(counted_fleet(1, "hub-2").hubs[0])

    first, again, other = (drawn(hub, seed) for seed in (1, 1, 2))

    assert first == again != other


def test_a_hub_can_perform_a_day_of_random_actions_and_is_whole_again() -> None:
    hub, acts = hub_of(counted_fleet(1, "hub-2").hubs[0]), acts_of(5)

    kinds = set()
    for second in range(2_000):
        action = acts.draw(hub)
        kinds.add(type(action).__name__)
        hub.handle(action, Now(second * 10_000, second * 10_000))
        assert hub.hardware.snapshot().battery_percent >= LOWEST_PERCENT

    assert kinds == {"SetBattery", "SetLid", "SetMains", "Unplug", "Plug", "Restart"}


def acts_of(seed: int) -> RandomActs:
    return RandomActs(Random(seed))  # noqa: S311 (not for secrets)


def drawn(hub: SimulatedHub, seed: int) -> list[AnyBenchAction]:
    acts = acts_of(seed)
    return [acts.draw(hub) for _ in range(50)]
