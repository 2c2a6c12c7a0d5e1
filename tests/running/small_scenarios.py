"""Short scenarios for tests of runs, and a progress display that records its calls."""

from collections.abc import Sequence

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.running.target import PlayJob

HOLDS = """\
scenario: A hub with a cable is green
covers: [A3]
tags: [hub, quick]
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}}
  resellers: {northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
  - {as: ivan, do: activate, hub: villa, screen: device_list}
  - {expect: villa, led: green}
"""
FAILS = HOLDS.replace("led: green}", "led: red}").replace("A hub with a cable is green", "It is red")


def scenario(text: str = HOLDS, file: str = "holds.yaml") -> Scenario:
    """Read one valid scenario."""
    found = language().read(file, text)
    assert isinstance(found, Scenario), "\n".join(map(str, found))
    return found


def several(count: int) -> list[Scenario]:
    return [scenario(file=f"{number}.yaml") for number in range(count)]


def verdicts(plays: Sequence[Played]) -> list[str]:
    """Return the file, the seed and the verdict of each play."""
    return [f"{play.result.scenario.file} {play.result.seed} {play.result.verdict}" for play in plays]


class RecordedProgress:
    """A progress display that records its calls."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, str, int]] = []

    def at(self, slot: int, play_job: PlayJob, step: int) -> None:
        self.seen.append((slot, play_job.scenario.file, step))

    def free(self, slot: int) -> None:
        self.seen.append((slot, "", -1))

    def count(self) -> None:
        pass

    def clear(self) -> None:
        pass
