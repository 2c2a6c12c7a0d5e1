"""Entries of a journal made by hand, and what becomes of them."""

from typing import Any

from cloud.domain.commands import CreateCompany, SignUp, SwitchAccount, Wish
from cloud.domain.words import Actor, App
from cloud.lab.journal import AnyEntry, Beginning, HandsLaid, HubPut, Wished
from contract.bench import AnyHand, Card, CardKind, HubStand
from scenarios.recording.draft import Draft, DraftStep, Remark
from scenarios.recording.writing import written
from simulator.hardware.cards import make_card

JANUARY_MS = 1_768_464_000_000
"""15 January 2026, 09:00 in Warsaw."""
ZONE = "Europe/Warsaw"
HUB, OTHER = "0A1B2C3D", "0A1B2C3E"
AJAX = make_card(CardKind.AJAX, 1)
OLGA = Actor("person-1")
IN_WOLF = Actor("person-1", App.PRO_DESKTOP, "company-1")


def draft() -> Draft:
    return Draft(Beginning(world_ms=JANUARY_MS), ZONE)


def lines(*entries: AnyEntry, of: Draft | None = None) -> list[str]:
    """Return what is recorded of the entries, a remark with its sign."""
    made = of or draft()
    for entry in entries:
        made.add(entry)
    return [
        made.written(line) if isinstance(line, DraftStep) else f"# {line.text}"
        for line in made.lines
        if isinstance(line, DraftStep | Remark)
    ]


def signed_up(name: str = "olga", person: str = "person-1") -> Wished:
    wish = SignUp(email=f"{name}@example.test", name=name)
    return Wished(at_ms=JANUARY_MS, actor=Actor(None), wish=wish, result={"person": person})


def founded(name: str = "Wolf Security", company: str = "company-1", actor: Actor = OLGA) -> Wished:
    wish = CreateCompany(name=name, country="PL")
    return Wished(at_ms=JANUARY_MS, actor=actor, wish=wish, result={"company": company})


def switched(company: str | None = "company-1", actor: Actor = OLGA) -> Wished:
    return Wished(at_ms=JANUARY_MS, actor=actor, wish=SwitchAccount(company=company))


def wished(wish: Wish, actor: Actor = IN_WOLF, at_ms: int = JANUARY_MS, **more: Any) -> Wished:
    return Wished(at_ms=at_ms, actor=actor, wish=wish, **more)  # type: ignore[arg-type]  # one of Command


def put(hub: str = HUB, *cards: Card, at_ms: int = JANUARY_MS, **changed: Any) -> HubPut:
    usual = {"model": "hub-2-plus", "links": ("ethernet",), "slots": dict(enumerate(cards, 1))}
    stand = HubStand(id=hub, imei="352907000000018", **{**usual, **changed})
    return HubPut(at_ms=at_ms, stand=stand)


def laid(hand: AnyHand, hub: str = HUB, at_ms: int = JANUARY_MS, refused: str | None = None) -> HandsLaid:
    return HandsLaid(at_ms=at_ms, hub=hub, hand=hand, refused=refused)


def world_of(made: Draft) -> str:
    text = written(made, "Test")
    return text[text.index("world:") : text.index("steps:")]
