"""Short plays and their records, to make reports from."""

from datetime import UTC, datetime
from itertools import count

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.collector import Collector
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.reports.play_record import PlayRecord, RunFacts, play_record, run_facts

HEAD = """\
scenario: TITLE
about: A hub with a cable and an Ajax SIM.
covers: [A3, A7]
tags: [short]
clock: 2026-03-28 23:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  companies:
    wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}
  resellers:
    northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}
  hubs:
    villa: {model: hub-2-plus, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
steps:
"""
ACTIVATED = "{as: ivan, do: activate, hub: villa, note: Ivan activates the services}"
PASSING = (
    "{as: ivan, do: stop_now, hub: villa, refused: not_active}",
    ACTIVATED,
    "{clock: +2 h}",
    "{expect: villa, tile: activated, led: white}",
    "{bench: villa, do: set_lid, open: yes}",
)
FAILING = (ACTIVATED, "{expect: villa, led: red}", "{clock: +1 d}")
BLOCKED = (ACTIVATED, "{fault: start_process, process: cloud}")
EVIL = "</script><img src=x onerror=alert(1)>"
EVIL_FILE = "ev%2fil/#play/Zażółć?.yaml"
PASSED, FAILED, SKIPPED = (f"#play/folder/{name}.yaml" for name in ("short", "failing", "skipped"))
"""The addresses of plays within the page of a report."""
BEGAN_AT = datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC)


def scenario(*steps: str, title: str = "A short one", file: str = "folder/short.yaml") -> Scenario:
    text = HEAD.replace("TITLE", title) + "".join(f"  - {step}\n" for step in steps)
    found = language().read(file, text.encode())
    assert isinstance(found, Scenario), "\n".join(map(str, found))
    return found


def played(
    *steps: str, title: str = "A short one", file: str = "folder/short.yaml", seed: int = 1
) -> PlayRecord:
    """Play these steps. Each reading of the real clock is half a second after the last one."""
    halves = count()
    collector = Collector(seconds=lambda: next(halves) / 2, began_at=BEGAN_AT)
    done = play_virtual(
        scenario(*steps, title=title, file=file),
        seed,
        record=True,
        watched=collector.watched(record=True),
    )
    return play_record(done, f"hubsim run --virtual --seed {seed} {file}", collector.notes())


def skipped(reason: str = "line 14 stops the broker, which this run does not own") -> PlayRecord:
    done = played(ACTIVATED, file="folder/skipped.yaml")
    result = PlayResult(
        scenario=done.result.scenario,
        world="live",
        seed=1,
        verdict=Verdict.SKIPPED,
        steps=(),
        reason=reason,
        ended_at_ms=done.result.scenario.clock_ms,
    )
    empty = type(done.trace)()
    return PlayRecord(result=result, trace=empty, again=done.again)


def run() -> RunFacts:
    return run_facts(
        version="9.9.9",
        seed=1,
        world="virtual",
        where="virtual world",
        command="hubsim run --virtual --seed 1 folder",
        began_at=BEGAN_AT,
        took_s=12.3456,
    )


def one_of_each() -> list[PlayRecord]:
    return [
        played(*PASSING),
        played(*FAILING, title="One that fails", file="folder/failing.yaml"),
        played(*BLOCKED, title="One that is blocked", file="other/blocked.yaml"),
        skipped(),
    ]
