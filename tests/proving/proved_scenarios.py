"""Short scenarios for tests of proofs."""

from collections.abc import Sequence

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.proving.mutants import BY_NAME
from hubsim_scenarios.proving.proof import MutantPlay, Outcome, Proof, prove

HEAD = """\
scenario: A short one
clock: 2026-03-10 10:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
"""
FIRST_LINE = HEAD.count("\n") + 1
"""The line of the first step."""
ACTIVATE = "{as: ivan, do: activate, hub: villa}"
DEACTIVATE = "{as: ivan, do: schedule_deactivation, hub: villa}"
STOP = "{as: ivan, do: stop_now, hub: villa}"


def source(*steps: str) -> str:
    return HEAD + "".join(f"  - {step}\n" for step in steps)


def scenario(*steps: str) -> Scenario:
    found = language().read("short.yaml", source(*steps))
    assert isinstance(found, Scenario), found
    return found


def proof(*steps: str, mutants: Sequence[str] | None = None) -> Proof:
    chosen = list(BY_NAME.values()) if mutants is None else [BY_NAME[name] for name in mutants]
    return prove(scenario(*steps), mutants=chosen)


def play(mutant: str, *steps: str) -> MutantPlay:
    (only,) = proof(*steps, mutants=[mutant]).plays
    return only


def outcome(mutant: str, *steps: str) -> Outcome:
    return play(mutant, *steps).outcome
