"""The catalog as a whole: it uses every word of the vocabulary, and its numbers and titles are unique."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from hubsim_cloud.domain.refusals import RefusalName
from hubsim_scenarios.language.steps import BenchStep, InjectFault, PersonSees, PersonStep, Scenario, Step
from hubsim_scenarios.product.files import CATALOG, find, read
from hubsim_scenarios.product.guide import CLAUSES
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_simulator.hardware.refusals import BenchRefusal

TAGS = frozenset(
    [
        "company",
        "dealer",
        "employees",
        "reseller",
        "activation",
        "suspend",
        "resume",
        "stop",
        "billing",
        "calendar",
        "carrier",
        "sim",
        "modem",
        "hub",
        "power",
        "offline",
        "contract",
        "faults",
        "restart",
        "zones",
        "guards",
        "models",
        "refusal",
    ]
)


@pytest.fixture(scope="module")
def catalog() -> list[Scenario]:
    return read(find([CATALOG]))


def steps(catalog: list[Scenario]) -> Iterator[Step]:
    return (step for scenario in catalog for step in scenario.steps)


def test_every_clause_of_the_guide_is_covered_by_a_scenario(catalog: list[Scenario]) -> None:
    covered = {clause for scenario in catalog for clause in scenario.covers}

    assert [clause for clause in CLAUSES if clause not in covered] == []


def test_a_step_of_a_person_expects_every_refusal_of_the_cloud(catalog: list[Scenario]) -> None:
    expected = {step.refused for step in steps(catalog) if isinstance(step, PersonStep | PersonSees)}

    assert [name.value for name in RefusalName if name not in expected] == []


def test_a_bench_step_expects_every_refusal_of_the_bench(catalog: list[Scenario]) -> None:
    expected = {step.refused for step in steps(catalog) if isinstance(step, BenchStep)}

    assert [name.value for name in BenchRefusal if name not in expected] == []


def test_every_command_that_can_be_granted_is_granted_in_a_scenario(catalog: list[Scenario]) -> None:
    acts = [step for step in steps(catalog) if isinstance(step, PersonStep)]
    granted = {act.action for act in acts if act.refused is None}

    assert [name for name in vocabulary().commands if name not in granted] == ["change_owner"]
    assert "change_owner" in {act.action for act in acts}


def test_the_content_of_every_view_is_checked_in_a_scenario(catalog: list[Scenario]) -> None:
    shown = {step.view for step in steps(catalog) if isinstance(step, PersonSees) and step.shows is not None}

    assert [name for name in vocabulary().queries if name not in shown] == []


def test_every_bench_action_and_every_fault_is_used(catalog: list[Scenario]) -> None:
    bench_actions = {
        step.action for step in steps(catalog) if isinstance(step, BenchStep) and step.refused is None
    }
    faults = {step.fault for step in steps(catalog) if isinstance(step, InjectFault)}

    assert [name for name in vocabulary().bench_actions if name not in bench_actions] == []
    assert [name for name in vocabulary().faults if name not in faults] == []


def test_every_hub_model_is_used_in_a_world(catalog: list[Scenario]) -> None:
    used = {hub.model for scenario in catalog for hub in scenario.world.hubs.values()}

    assert sorted(vocabulary().models - used) == []


def test_files_are_numbered_and_numbers_and_titles_are_unique(catalog: list[Scenario]) -> None:
    names = [file.name for file in find([CATALOG])]
    numbers = [name.partition("-")[0] for name in names]

    assert [number for number in numbers if not re.fullmatch("[0-9]{3}", number)] == []
    assert names == sorted(names)
    assert twice(numbers) == []
    assert twice(scenario.title for scenario in catalog) == []


def test_all_tags_are_in_the_list(catalog: list[Scenario]) -> None:
    unknown = {scenario.file: set(scenario.tags) - TAGS for scenario in catalog if set(scenario.tags) - TAGS}

    assert unknown == {}


def twice(things: Iterator[str] | list[str]) -> list[str]:
    return [thing for thing, count in Counter(things).items() if count > 1]
