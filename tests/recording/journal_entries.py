"""Builders of journal entries, and the lines of their draft."""

from typing import Any

from hubsim_cloud.domain.commands import BaseCommand, CreateCompany, SignUp, SwitchAccount
from hubsim_cloud.domain.types import Actor, App
from hubsim_cloud.lab.journal import AnyEntry, BenchActionPerformed, Commanded, HubPut, JournalStart
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, CardKind, HubSetup
from hubsim_scenarios.recording.draft import Draft, DraftStep, Remark
from hubsim_scenarios.recording.scenario_writer import scenario_text
from hubsim_simulator.hardware.cards import make_card

JANUARY_MS = 1_768_464_000_000
"""15 January 2026, 09:00 in Warsaw."""
ZONE = "Europe/Warsaw"
HUB, OTHER = "0A1B2C3D", "0A1B2C3E"
AJAX = make_card(CardKind.AJAX, 1)
OLGA = Actor("person-1")
IN_WOLF = Actor("person-1", App.PRO_DESKTOP, "company-1")


def draft() -> Draft:
    return Draft(JournalStart(world_ms=JANUARY_MS), ZONE)


def lines(*entries: AnyEntry, of: Draft | None = None) -> list[str]:
    """Return the steps of a draft of these entries, and its remarks as comments."""
    made = of or draft()
    for entry in entries:
        made.add(entry)
    return [
        made.step_text(line) if isinstance(line, DraftStep) else f"# {line.text}"
        for line in made.lines
        if isinstance(line, DraftStep | Remark)
    ]


def signed_up(name: str = "olga", person: str = "person-1") -> Commanded:
    command = SignUp(email=f"{name}@example.test", name=name)
    return Commanded(at_ms=JANUARY_MS, actor=Actor(None), command=command, result={"person": person})


def company_created(
    name: str = "Wolf Security", company: str = "company-1", actor: Actor = OLGA
) -> Commanded:
    command = CreateCompany(name=name, country="PL")
    return Commanded(at_ms=JANUARY_MS, actor=actor, command=command, result={"company": company})


def switched(company: str | None = "company-1", actor: Actor = OLGA) -> Commanded:
    return Commanded(at_ms=JANUARY_MS, actor=actor, command=SwitchAccount(company=company))


def commanded(
    command: BaseCommand, actor: Actor = IN_WOLF, at_ms: int = JANUARY_MS, **more: Any
) -> Commanded:
    return Commanded(at_ms=at_ms, actor=actor, command=command, **more)  # type: ignore[arg-type]  # one of Command


def put(hub: str = HUB, *cards: Card, at_ms: int = JANUARY_MS, **changed: Any) -> HubPut:
    usual = {"model": "hub-2-plus", "links": ("ethernet",), "slots": dict(enumerate(cards, 1))}
    setup = HubSetup(id=hub, imei="352907000000018", **{**usual, **changed})
    return HubPut(at_ms=at_ms, setup=setup)


def bench_acted(
    action: AnyBenchAction, hub: str = HUB, at_ms: int = JANUARY_MS, refused: str | None = None
) -> BenchActionPerformed:
    return BenchActionPerformed(at_ms=at_ms, hub=hub, action=action, refused=refused)


def world_of(made: Draft) -> str:
    text = scenario_text(made, "Test")
    return text[text.index("world:") : text.index("steps:")]
