"""The draft of a scenario: entries of a journal in, steps out, one after the other as things are done.

Owns who acts for which company in the play, whose clients differ from those on the record in one thing: a
person has one account at a time. What the language has no words for becomes a remark at its place, so that
nothing is left out silently. Pure: no clock, no file, no network.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hubsim_cloud.domain.commands import (
    AddHub,
    AppointReseller,
    CreateCompany,
    CreateObject,
    DeleteCompany,
    SendRequest,
    SignUp,
    SwitchAccount,
)
from hubsim_cloud.domain.types import Actor, App
from hubsim_cloud.lab.journal import (
    AnyEntry,
    BenchActionPerformed,
    ClockSet,
    Commanded,
    FaultInjected,
    HubPut,
    JournalStart,
    Queried,
    Restored,
)
from hubsim_contract.lab.bench_actions import HubSetup, PowerOff, PowerOn
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.layout.step_line import flow
from hubsim_scenarios.product.vocabulary import language, vocabulary
from hubsim_scenarios.recording.author_values import CannotExpress, fields_of
from hubsim_scenarios.recording.inventory import CardUse, Inventory, KnownHub
from hubsim_scenarios.recording.times import move_text


class Remark(msgspec.Struct, frozen=True):
    """Something that was done and that no step can do."""

    text: str


class DraftStep(msgspec.Struct, frozen=True):
    """A step by its keys; a card in it is a `CardUse` still."""

    fields: Mapping[str, Any]


Line = DraftStep | Remark


class Draft:
    """The draft of one recording. `add` every entry, then `end` it."""

    def __init__(self, beginning: JournalStart, zone: str) -> None:
        self.beginning = beginning
        self.zone = zone
        self.things = Inventory()
        self.lines: list[Line] = []
        self._now_ms = beginning.world_ms
        self._accounts: dict[str, str | None] = {}
        """For which company each person acts in the play, by the person's name."""
        self._deleted: set[str | None] = set()
        """Companies that are no more: no client can be switched to them."""
        self._touched = False
        """Whether anything was done that a hub could have had a part in."""

    def add(self, entry: AnyEntry) -> list[Line]:
        """Take an entry; return the lines that come of it."""
        begin = len(self.lines)
        try:
            if not isinstance(entry, ClockSet) or entry.moved:
                self._reach(entry.at_ms)
            _check_refusal(entry)
            _ADDING[type(entry)](self, entry)
        except CannotExpress as error:
            self.lines.append(Remark(f"{_done(entry)}: {error}"))
        return self.lines[begin:]

    def end(self, at_ms: int) -> list[Line]:
        """Let the clock come to where it stood at the end; return the lines that come of it."""
        begin = len(self.lines)
        try:
            self._reach(at_ms)
        except CannotExpress as error:
            self.lines.append(Remark(str(error)))
        return self.lines[begin:]

    def written(self, step: DraftStep) -> str:
        """Return the step as its line."""
        return flow({key: _written(self.things, value) for key, value in step.fields.items()})

    # ------------------------------------------------------------------ people

    def wished(self, entry: Commanded) -> None:
        """Add what somebody wished."""
        match entry.command:
            case SignUp():
                self._sign_up(entry, entry.command)
                return
            case AddHub(hub=hub, model=model):
                self.things.mention(hub, model)
            case SwitchAccount(company=company) if entry.refused is None:
                if self._accounts.get(self._who(entry.actor)) == company:
                    return  # the play's client is there already
        who = self._who(entry.actor)
        name = str(entry.command.__struct_config__.tag)
        fields = fields_of(entry.command, language().tables.actions[name], self.things.word)
        if not isinstance(entry.command, SwitchAccount):
            self._act_for(who, entry.actor)
        called = self._called(entry)
        self._follow(who, entry)
        self._say(
            {
                "as": who,
                "do": name,
                "app": _app(entry.actor),
                **fields,
                "called": called,
                "refused": entry.refused,
                "screen": entry.result.get("screen"),
            }
        )

    def looked(self, entry: Queried) -> None:
        """Add what somebody looked at."""
        name = str(entry.query.__struct_config__.tag)
        fields = fields_of(entry.query, language().tables.views[name], self.things.word)
        who = self._who(entry.actor)
        self._act_for(who, entry.actor)
        self._say({"as": who, "sees": name, "app": _app(entry.actor), **fields, "refused": entry.refused})

    def _sign_up(self, entry: Commanded, wish: SignUp) -> None:
        things = self.things
        if entry.refused is None:
            who = things.newcomer(wish.email)
            things.person(_made(entry, "person"), who)
            things.emails[wish.email.strip().lower()] = None
        else:
            who = things.visitor()
        said = {"as": who, "do": "sign_up", "email": wish.email, "name": wish.name}
        self._say({**said, "refused": entry.refused})

    def _who(self, actor: Actor) -> str:
        if actor.operator:
            return self.things.operator()
        if actor.person is None:
            return self.things.visitor()
        return self.things.someone(actor.person)

    def _act_for(self, who: str, actor: Actor) -> None:
        """Let the play's client act for the company for which the one on the record did."""
        if actor.operator or self._accounts.get(who) == actor.account or actor.account in self._deleted:
            return
        company = None if actor.account is None else self.things.company(actor.account)
        self._say({"as": who, "do": "switch_account", "company": company})
        self._accounts[who] = actor.account

    def _called(self, entry: Commanded) -> str | None:
        """Return the name of what has come into being, if anything has."""
        if entry.refused is not None:
            return None
        match entry.command:
            case CreateCompany(name=name):
                return self.things.made(AliasKind.COMPANY, _made(entry, "company"), name)
            case CreateObject(name=name):
                return self.things.made(AliasKind.OBJECT, _made(entry, "object"), name)
            case _:
                return None

    def _follow(self, who: str, entry: Commanded) -> None:
        """Do what the play's client does after a granted wish (`hubsim_scenarios.play.actions`)."""
        if entry.refused is not None:
            return
        match entry.command:
            case CreateCompany():
                self._accounts[who] = _made(entry, "company")
            case SwitchAccount(company=company):
                self._accounts[who] = company
            case DeleteCompany():
                self._accounts[who] = None
                self._deleted.add(entry.actor.account)
            case AppointReseller(company=company, email=email):
                self.things.appointed(company)
                self.things.emails[email.strip().lower()] = None
            case SendRequest(email=str(email)):
                self.things.emails[email.strip().lower()] = None

    # ------------------------------------------------------------------ the bench, faults, time

    def hub_put(self, entry: HubPut) -> None:
        """Add a hub: in the world from the beginning if nothing tells the difference, else switched off."""
        setup = entry.setup
        known_before = setup.id in self.things.hubs
        hub = self.things.hub(setup.id, setup.model)
        hub.model, hub.setup, hub.on = setup.model, setup, setup.powered
        cards = [card.iccid for card in setup.slots.values()]
        used_before = len(set(cards)) < len(cards) or not self.things.cards.keys().isdisjoint(cards)
        moved = self._now_ms != self.beginning.world_ms
        hub.late = known_before or used_before or moved or self._touched
        for slot, card in setup.slots.items():
            use = self.things.card(card)
            if hub.late:
                self._lay(hub, "insert_sim", slot=slot, sim=use)
        unusual = _unusual(setup)
        for action, fields in unusual.items():
            self._lay(hub, action, **fields)
        if setup.powered and (hub.late or unusual):
            hub.late = True
            self._lay(hub, "power_on")
        if entry.remembers:
            self.lines.append(Remark(f"{hub.name}: what its agent remembered cannot be given to it here"))

    def bench_action_performed(self, entry: BenchActionPerformed) -> None:
        """Add what hands did to a hub."""
        name = str(entry.action.__struct_config__.tag)
        hub = self.things.hub(entry.hub)
        fields = fields_of(entry.action, language().tables.bench_actions[name], self.things.word)
        if entry.refused is None and isinstance(entry.action, PowerOn | PowerOff):
            hub.on = isinstance(entry.action, PowerOn)
        self._lay(hub, name, **fields, refused=entry.refused)

    def went_wrong(self, entry: FaultInjected) -> None:
        """Add a fault."""
        name = str(entry.fault.__struct_config__.tag)
        fields = fields_of(entry.fault, language().tables.faults[name], self.things.word)
        self._touched = True
        self._say({"fault": name, **fields})

    def clock_set(self, _entry: ClockSet) -> None:
        """Do nothing: a move is to the time of its entry, and a clock that runs is moved when it matters."""

    def brought_back(self, _entry: Restored) -> None:
        """Switch every hub that was on off and on, as bringing a snapshot back does."""
        for hub in self.things.hubs.values():
            if hub.on:
                self._lay(hub, "power_off")
                self._lay(hub, "power_on")

    def _lay(self, hub: KnownHub, action: str, **fields: Any) -> None:
        self._touched = True
        self._say({"bench": hub.name, "do": action, **fields})

    def _reach(self, at_ms: int) -> None:
        """Let the clock come to an instant; one that is over is now: entries can be a little late."""
        if at_ms <= self._now_ms:
            return
        self._say({"clock": move_text(self._now_ms, at_ms, self.zone)})
        self._now_ms = at_ms

    def _say(self, fields: dict[str, Any]) -> None:
        self.lines.append(DraftStep({key: value for key, value in fields.items() if value is not None}))


def _app(actor: Actor) -> str | None:
    return None if actor.operator or actor.app is App.PRO_DESKTOP else actor.app.value


def _check_refusal(entry: AnyEntry) -> None:
    """Raise `CannotExpress` for a refusal of which scenarios know nothing."""
    refused = entry.refused if isinstance(entry, Commanded | Queried | BenchActionPerformed) else None
    if refused is not None and refused not in vocabulary().refusals:
        raise CannotExpress(f"refused as {refused}")


def _made(entry: Commanded, what: str) -> str:
    """Return the id of what has come into being. Raises `CannotExpress`."""
    if what not in entry.result:
        raise CannotExpress(f"the server does not say which {what} came of it")
    return entry.result[what]


def _unusual(setup: HubSetup) -> dict[str, dict[str, Any]]:
    """Return the hands that bring a hub to where it stands, as far as `world:` cannot say it."""
    usual = HubSetup(id=setup.id, imei=setup.imei, model=setup.model)
    bench_actions: dict[str, dict[str, Any]] = {}
    if setup.battery_percent != usual.battery_percent:
        bench_actions["set_battery"] = {"percent": setup.battery_percent}
    if setup.mains != usual.mains:
        bench_actions["set_mains"] = {"present": setup.mains}
    if setup.lid_open != usual.lid_open:
        bench_actions["set_lid"] = {"open": setup.lid_open}
    return bench_actions


def _written(things: Inventory, value: Any) -> Any:
    return things.written(value) if isinstance(value, CardUse) else value


def _done(entry: AnyEntry) -> str:
    """Return what was done, in short."""
    match entry:
        case (
            Commanded(command=act)
            | Queried(query=act)
            | BenchActionPerformed(action=act)
            | FaultInjected(fault=act)
        ):
            return str(act.__struct_config__.tag)
        case _:
            return str(entry.__struct_config__.tag)


_ADDING: dict[type[Any], Callable[[Draft, Any], None]] = {
    Commanded: Draft.wished,
    Queried: Draft.looked,
    HubPut: Draft.hub_put,
    BenchActionPerformed: Draft.bench_action_performed,
    FaultInjected: Draft.went_wrong,
    ClockSet: Draft.clock_set,
    Restored: Draft.brought_back,
}
