"""Tests in Python with the verbs of scenarios."""

import re

import pytest
from plugin_runs import Runs

from hubsim_scenarios.pages.pytest import EXAMPLE, TOGETHER, pytest_page

pytest_plugins = ("pytester",)

AWAITED = """\
import pytest
from hubsim_scenarios.pytest_plugin.errors import ActionRefused

async def test_activation(world):
    dealer = await world.dealer("wolf", employees={"ivan": "installer"})
    hub = await world.hub("front-door", model="hub-2-plus", slots={1: "empty"})
    with pytest.raises(ActionRefused, match="sim_not_installed"):
        await dealer.activate(hub)
    await hub.insert_sim(slot=1, sim="ajax")
    await dealer.activate(hub)
    await hub.expect(tile="activated", within="90 s")
    await hub.expect(channels={"ethernet", "cellular"}, within="15 min")
    await hub.never(star=False, for_="1 d")
    view = await dealer.sees("hub_information", hub)
    assert view["star"]
"""
PLAIN = """\
import pytest
from hubsim_scenarios.pytest_plugin.errors import BadVerb, ExpectationFailed, ActionRefused

def test_months(world):
    dealer = world.dealer()
    card = world.sim("card")
    hub = world.hub("villa", slots={1: card})
    dealer.activate(hub)
    dealer.schedule_deactivation(hub)
    world.clock("start of next month")
    hub.expect(tile="activation_required", star=False)
    card.expect(profile="inactive")
    world.order({"fact": "service_activated", "hub": hub}, {"fact": "service_ended"})
    assert world.trace[-1].at_ms <= world.now_ms

def test_faults_and_bench_actions(hub, bench, cloud):
    bench.fault("drop", message="desired", hub=hub)
    hub.dealer.activate(hub)
    hub.expect(tile="activated", within="1 min")
    bench.action(hub, "unplug", "ethernet")
    hub.expect(cloud_reachable=False)
    hub.plug("ethernet")
    cloud.stop()
    with pytest.raises(ActionRefused, match="cloud_unreachable"):
        hub.dealer.stop_now(hub)
    cloud.start()
    cloud.expect(refused_messages=0)
    cloud.mailbox(hub.dealer.owner, mails={"has": [{"kind": "connection_approved"}]})
    cloud.billing(invoices=[])

def test_unknown_words(hub):
    with pytest.raises(AttributeError, match="has no verb 'activat'; did you mean 'activate'"):
        hub.dealer.activat(hub)
    with pytest.raises(BadVerb, match="did you mean 'tile'"):
        hub.expect(tille="activated")
    with pytest.raises(BadVerb, match="no hub is called 'villa'"):
        hub.dealer.activate("villa")
    with pytest.raises(BadVerb, match="too many positional fields for activate: 4 given, 3 known"):
        hub.dealer.activate(hub, None, None, None)

def test_an_accepted_action_does_not_match_an_expected_refusal(hub):
    with pytest.raises(ExpectationFailed, match="but the command was accepted"):
        hub.dealer.activate(hub, refused="not_active")

def test_a_hub_without_a_dealer(world):
    world.dealer()
    hub = world.hub("alone", owned=False)
    with pytest.raises(LookupError, match="without a dealer"):
        hub.dealer
    world.never(hub, led="red", for_="1 min")

def test_two_dealers_share_the_reseller(world):
    first, second = world.dealer("first"), world.dealer("second")
    world.hub("a", slots={1: "ajax"}, dealer=first)
    with pytest.raises(ActionRefused):
        second.activate("a")

@pytest.mark.hubsim(clock="2026-02-28 23:59 UTC", settings={"carrier": {"activation_delay_ms": "5 s"}})
def test_conditions(hub):
    hub.dealer.activate(hub)
    hub.expect(carrier={"profile": "active"}, within="5 s")
"""
FAILING = """\
def test_red(hub):
    hub.dealer.activate(hub)
    hub.expect(led="red")
"""


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(pytester, monkeypatch)


@pytest.mark.process
@pytest.mark.parametrize("world", ["virtual", pytest.param("live", marks=pytest.mark.live)])
def test_verbs_are_awaited_in_async_tests(runs: Runs, world: str) -> None:
    runs.tests(AWAITED)

    runs.run("--hubsim-world", world).assert_outcomes(passed=1)


@pytest.mark.process
@pytest.mark.parametrize("world", ["virtual", pytest.param("live", marks=pytest.mark.live)])
def test_verbs_block_in_tests_without_async(runs: Runs, world: str) -> None:
    runs.tests(PLAIN)

    runs.run("--hubsim-world", world).assert_outcomes(passed=7)


@pytest.mark.process
def test_a_failure_has_the_line_of_the_test_and_the_state_of_the_world(runs: Runs) -> None:
    runs.tests(FAILING)

    done = runs.run("--hubsim-seed", "3")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            '>       hub.expect(led="red")',
            "E   *ExpectationFailed: hub: shows.led: expected 'red', saw 'green'",
            "test_it.py:3: ExpectationFailed",
            "*Captured hubsim call*",
            '  test_it.py:3:1: hub.expect(led="red")',
            "  hub  app: [[]Activated] star, online*",
            "  last events about hub:",
            "  rerun: pytest --hubsim-seed 3 test_it.py::test_red",
        ]
    )
    done.stdout.no_fnmatch_line("*rehearsal.py*")


@pytest.mark.process
def test_an_invalid_clock_of_the_marker_is_reported(runs: Runs) -> None:
    runs.tests("import pytest\n\n@pytest.mark.hubsim(clock='tomorrow')\ndef test_it(world):\n    pass\n")

    done = runs.run()

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*the marker hubsim, clock: 'tomorrow' is not an instant*"])


@pytest.mark.live
def test_a_failure_leaves_no_thread_running(runs: Runs) -> None:
    runs.tests(
        FAILING
        + "\ndef test_after():\n"
        + "    import threading\n"
        + "    assert [thread.name for thread in threading.enumerate() if 'hubsim' in thread.name] == []\n"
    )

    runs.run("--hubsim-world", "live").assert_outcomes(passed=1, failed=1)


@pytest.mark.process
def test_the_example_of_the_page_passes(runs: Runs) -> None:
    assert EXAMPLE in pytest_page()
    runs.tests(EXAMPLE)

    runs.run().assert_outcomes(passed=3)


@pytest.mark.process
def test_the_example_of_steps_at_the_same_time_passes_in_both_orders(runs: Runs) -> None:
    assert TOGETHER in pytest_page()
    runs.tests(TOGETHER)

    runs.run().assert_outcomes(passed=2)


@pytest.mark.process
def test_members_of_all_kinds_happen_at_once_and_a_failure_names_the_member(runs: Runs) -> None:
    runs.tests(
        "import pytest\n"
        "from hubsim_scenarios.pytest_plugin.errors import BadVerb, ExpectationFailed\n"
        "\n"
        "def test_all_kinds(world, hub, bench):\n"
        "    outcomes = world.together(\n"
        "        hub.dealer.doing('activate', hub),\n"
        "        hub.dealer.seeing('hub_information', hub, shows={'star': {'one_of': [True, False]}}),\n"
        "        hub.doing('set_lid', open=True),\n"
        "        bench.injecting('drop', message='orders', hub=hub),\n"
        "    )\n"
        "    assert [outcome.refused for outcome in outcomes] == [None] * 4\n"
        "\n"
        "def test_a_failure(world, hub):\n"
        "    with pytest.raises(ExpectationFailed, match='stop now: refused: not_active'):\n"
        "        world.together(hub.dealer.doing('stop_now', hub), hub.doing('set_lid', open=True))\n"
        "\n"
        "def test_a_wrong_order(world, hub):\n"
        "    member = hub.doing('set_lid', open=True)\n"
        "    with pytest.raises(BadVerb, match='each number from 1 to 2 once'):\n"
        "        world.together(member, member, order=[1, 1])\n"
        "\n"
        "def test_soft(hub):\n"
        "    with pytest.raises(BadVerb, match='is for scenario files'):\n"
        "        hub.expect(led='green', soft=True)\n"
        "\n"
        "async def test_awaited(world, hub):\n"
        "    await world.together(hub.doing('set_lid', open=True), hub.dealer.doing('activate', hub))\n"
    )

    runs.run().assert_outcomes(passed=5)


def test_the_example_of_the_page_uses_every_fixture() -> None:
    used = {name for names in re.findall(r"def test_\w+\((.*?)\)", EXAMPLE) for name in names.split(", ")}

    listed = re.findall(r"^\| `(\w+)` \| [AHT]", pytest_page().split("| fixture | |")[1], re.MULTILINE)
    assert used == {"world", "hub", "bench", "cloud"} == set(listed)


@pytest.mark.process
def test_a_world_can_have_the_users_market(runs: Runs) -> None:
    runs.market('[packages.gold]\nname = "Gold"\nfee_cents = 900\ncurrency = "PLN"\n')
    runs.tests("def test_it(hub):\n    hub.dealer.activate(hub, package='gold')\n")

    runs.run("--hubsim-market", "market.toml").assert_outcomes(passed=1)
    without = runs.run()

    without.stdout.fnmatch_lines(["*'gold' is not a package; use one of: ajax-sim*"])


@pytest.mark.process
def test_a_hub_can_have_the_users_model(runs: Runs) -> None:
    runs.model()
    runs.tests(
        "def test_it(world):\n"
        "    hub = world.hub('proto', model='prototype', slots={1: 'ordinary'})\n"
        "    hub.expect(generation='2G')\n"
        "    hub.plug('wifi', refused='no_such_link')\n"
    )

    runs.run("--hubsim-model", "prototype.toml").assert_outcomes(passed=1)
    without = runs.run()

    without.stdout.fnmatch_lines(["*BadVerb: 'prototype' is not a hub model*"])
