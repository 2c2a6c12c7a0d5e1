"""Tests in Python begin with the fragments of scenario files, and keep values."""

import pytest
from plugin_runs import A_HUB, Runs

from hubsim_scenarios.pages.pytest import FRAGMENT_EXAMPLE
from hubsim_scenarios.pages.reference_prose import FRAGMENTS

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.process

A_DEALER = FRAGMENTS.split("```yml\n")[1].split("```")[0]
TESTS = """\
import pytest

from hubsim_scenarios.pytest_plugin.errors import BadVerb


@pytest.mark.hubsim(begin=["a-dealer", "a-hub"])
async def test_an_async_test(world):
    await world["villa"].expect(led="green")
    assert world["wolf"].owner.name == "olga"
    assert world["northwatch"].owner.name == "rita"


def test_a_verb(world):
    world.begin("a-dealer", "a-hub")
    world["villa"].expect(led="green")
    with pytest.raises(LookupError, match="nothing is called 'vila'; did you mean 'villa'"):
        world["vila"]
    with pytest.raises(BadVerb, match="there is no fragment 'a-deeler' .*did you mean 'a-dealer'"):
        world.begin("a-deeler")
    with pytest.raises(BadVerb, match="the fragment 'a-hub' is already named"):
        world.begin("a-hub")


@pytest.mark.hubsim(begin="a-dealer")
def test_the_dealer_of_a_fragment_is_the_default(world):
    hub = world.hub("shed", slots={1: "ajax"})
    assert hub.dealer.name == "wolf"
    hub.expect(applied={"version": {"keep": "before"}})
    world["ivan"].activate(hub)
    hub.expect(applied={"version": {"more_than": "$before"}}, within="1 min")
    with pytest.raises(BadVerb, match="no step before keeps a value as 'befor'.*did you mean '.before'"):
        hub.expect(applied={"version": "$befor"})
"""
BROKEN = """\
import pytest


@pytest.mark.hubsim(begin="broken")
def test_a_mistake(world):
    pass


def test_a_step_that_fails(world):
    world.begin("failing")
"""


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(pytester, monkeypatch)


def test_a_test_begins_with_fragments(runs: Runs) -> None:
    runs.fragments(**{"a-dealer": A_DEALER, "a-hub": A_HUB})
    runs.tests(TESTS)

    runs.run().assert_outcomes(passed=3)


def test_the_example_of_the_page_passes(runs: Runs) -> None:
    runs.fragments(**{"a-dealer": A_DEALER})
    runs.tests(FRAGMENT_EXAMPLE)

    runs.run().assert_outcomes(passed=1)


def test_a_mistake_in_a_fragment_has_its_place(runs: Runs) -> None:
    runs.fragments(
        broken=A_HUB.replace("model: hub,", "model: hubb,"), failing=A_HUB.replace("led: green", "led: red")
    )
    runs.tests(BROKEN)

    done = runs.run()

    done.assert_outcomes(errors=1, failed=1)
    done.stdout.fnmatch_lines(
        ["*fragments/broken.yaml:3:25: 'hubb' is not a hub model; did you mean 'hub'?*"]
    )
    done.stdout.fnmatch_lines(["*fragments/failing.yaml:5:5: {expect: villa, led: red}*"])
