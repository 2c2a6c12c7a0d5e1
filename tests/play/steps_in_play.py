"""Short scenarios for the virtual world, made from their steps."""

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.product.vocabulary import language

WORLD = """\
scenario: A short one
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies:
    wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}
  resellers:
    northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
    shed: {model: hub-2, links: [ethernet]}
steps:
"""
START_MS = 1_768_464_000_000


def read(text: str) -> Scenario:
    found = language().read("short.yaml", text.encode())
    assert isinstance(found, Scenario), "\n".join(map(str, found))
    return found


def scenario(*steps: str, head: str = WORLD) -> Scenario:
    return read(head + "".join(f"  - {step}\n" for step in steps))


def play(*steps: str, head: str = WORLD, seed: int = 1, record: bool = False) -> PlayResult:
    """Play these steps, each in flow style, and return the result."""
    return play_virtual(scenario(*steps, head=head), seed, record=record).result


def after_ms(result: PlayResult) -> int:
    """Return the world time that passed in the play."""
    return result.ended_at_ms - START_MS
