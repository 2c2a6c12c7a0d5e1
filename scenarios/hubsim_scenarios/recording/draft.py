"""The draft of a scenario: it converts the entries of a journal to steps, one entry at a time.

It tracks for which company each person acts in the play. In a play a person has one client, which acts for
one account at a time; on the server a person can have several clients. An entry that the language cannot
express becomes a remark at its place, so the draft omits no entry silently. Pure: no clock, no file, no
network.
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
    FaultDisarmed,
    FaultInjected,
    HubPut,
    HubTaken,
    JournalStart,
    Queried,
    Restored,
)
from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    InsertSim,
    PowerOff,
    PowerOn,
    RemoveSim,
    SetCoverage,
    SetSignal,
)
from hubsim_scenarios.language.errors import with_article
from hubsim_scenarios.language.odd_characters import code, not_allowed
from hubsim_scenarios.language.read_context import HubSlots
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.layout.step_line import flow
from hubsim_scenarios.product.vocabulary import language, vocabulary
from hubsim_scenarios.recording.author_values import CannotExpress, fields_of, step_context
from hubsim_scenarios.recording.inventory import CardUse, Inventory, KnownHub
from hubsim_scenarios.recording.times import move_text
from hubsim_simulator.hub_setup import setup_actions


class Remark(msgspec.Struct, frozen=True):
    """An entry that no step can express."""

    text: str


class DraftStep(msgspec.Struct, frozen=True):
    """A step by its keys. Cards in it are `CardUse` values until the step is written."""

    fields: Mapping[str, Any]


Line = DraftStep | Remark


class Draft:
    """The draft of one recording. Call `add` for every entry, then `end`."""

    def __init__(self, beginning: JournalStart, zone: str) -> None:
        self.beginning = beginning
        self.zone = zone
        self.things = Inventory()
        self.lines: list[Line] = []
        self._now_ms = beginning.world_ms
        self._accounts: dict[str, str | None] = {}
        """The company for which each person acts in the play, by name. None: the personal account."""
        self._deleted: set[str | None] = set()
        """Deleted companies: no client can switch to them."""
        self._touched = False
        """Whether there was a bench action or a fault."""

    def add(self, entry: AnyEntry) -> list[Line]:
        """Add an entry; return its lines."""
        begin = len(self.lines)
        try:
            if not isinstance(entry, ClockSet) or entry.moved:
                self._move_clock(entry.at_ms)
            _check_refusal(entry)
            _ADDING[type(entry)](self, entry)
        except CannotExpress as error:
            self.lines.append(Remark(f"{_tag(entry)}: {error}"))
        return self.lines[begin:]

    def end(self, at_ms: int) -> list[Line]:
        """Move the clock to the end of the recording; return the added lines."""
        begin = len(self.lines)
        try:
            self._move_clock(at_ms)
        except CannotExpress as error:
            self.lines.append(Remark(str(error)))
        return self.lines[begin:]

    def step_text(self, step: DraftStep) -> str:
        """Return the step in flow style."""
        return flow({key: _written(self.things, value) for key, value in step.fields.items()})

    # ------------------------------------------------------------------ people

    def commanded(self, entry: Commanded) -> None:
        """Add a command of a person."""
        match entry.command:
            case SignUp():
                self._sign_up(entry, entry.command)
                return
            case AddHub(hub=hub, model=model):
                self.things.mention(hub, model)
            case SwitchAccount(company=company) if entry.refused is None:
                if self._accounts.get(self._who(entry.actor)) == company:
                    return  # the play's client acts for this account already
        who = self._who(entry.actor)
        name = str(entry.command.__struct_config__.tag)
        step = step_context(refused=entry.refused is not None)
        fields = fields_of(entry.command, language().tables.actions[name], self.things.word, step)
        if not isinstance(entry.command, SwitchAccount):
            self._switch_account(who, entry.actor)
        called = self._called(entry)
        self._apply(who, entry)
        self._add_step(
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

    def queried(self, entry: Queried) -> None:
        """Add a query of a person."""
        name = str(entry.query.__struct_config__.tag)
        fields = fields_of(entry.query, language().tables.views[name], self.things.word)
        who = self._who(entry.actor)
        self._switch_account(who, entry.actor)
        self._add_step(
            {"as": who, "sees": name, "app": _app(entry.actor), **fields, "refused": entry.refused}
        )

    def _sign_up(self, entry: Commanded, command: SignUp) -> None:
        things = self.things
        if entry.refused is None:
            who = things.new_person(command.email)
            things.person(_created_id(entry, "person"), who)
            things.emails[command.email.strip().lower()] = None
        else:
            who = things.visitor()
        fields = {"as": who, "do": "sign_up", "email": command.email, "name": command.name}
        self._add_step({**fields, "refused": entry.refused})

    def _who(self, actor: Actor) -> str:
        if actor.operator:
            return self.things.operator()
        if actor.person is None:
            return self.things.visitor()
        return self.things.person_name(actor.person)

    def _switch_account(self, who: str, actor: Actor) -> None:
        """Switch the play's client to the account of the recorded client, if they differ."""
        if actor.operator or self._accounts.get(who) == actor.account or actor.account in self._deleted:
            return
        company = None if actor.account is None else self.things.company(actor.account)
        self._add_step({"as": who, "do": "switch_account", "company": company})
        self._accounts[who] = actor.account

    def _called(self, entry: Commanded) -> str | None:
        """Return the name of the created company or object, or None."""
        if entry.refused is not None:
            return None
        match entry.command:
            case CreateCompany(name=name):
                return self.things.created(AliasKind.COMPANY, _created_id(entry, "company"), name)
            case CreateObject(name=name):
                return self.things.created(AliasKind.OBJECT, _created_id(entry, "object"), name)
            case _:
                return None

    def _apply(self, who: str, entry: Commanded) -> None:
        """Track how an accepted command changes the play's client (`hubsim_scenarios.play.actions`)."""
        if entry.refused is not None:
            return
        match entry.command:
            case CreateCompany():
                self._accounts[who] = _created_id(entry, "company")
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
        """Add a hub.

        The hub is in `world:` from the beginning if no earlier entry can affect it. Otherwise it is there
        switched off, and bench actions set it up now.
        """
        setup = entry.setup
        known_before = setup.id in self.things.hubs
        hub = self.things.hub(setup.id, setup.model)
        hub.model, hub.setup, hub.on, hub.slots = setup.model, setup, setup.powered, set(setup.slots)
        cards = [card.iccid for card in setup.slots.values()]
        used_before = len(set(cards)) < len(cards) or not self.things.cards.keys().isdisjoint(cards)
        moved = self._now_ms != self.beginning.world_ms
        hub.late = known_before or used_before or moved or self._touched
        for slot, card in setup.slots.items():
            use = self.things.card(card)
            if hub.late:
                self._add_bench_step(hub, "insert_sim", slot=slot, sim=use)
        unexpressed = [action for action in setup_actions(setup) if not _in_world(action)]
        for action in unexpressed:
            self._add_bench_step(hub, **self._bench_fields(hub, action))
        if setup.powered and (hub.late or unexpressed):
            hub.late = True
            self._add_bench_step(hub, "power_on")
        if entry.remembers:
            self.lines.append(Remark(f"{hub.name}: a scenario cannot restore the memory of its agent"))

    def hub_taken(self, entry: HubTaken) -> None:
        """Switch the hub off and empty its slots: no step takes it off the bench."""
        hub = self.things.hub(entry.hub)
        if hub.on:
            hub.on = False
            self._add_bench_step(hub, "power_off")
        for slot in sorted(hub.slots):
            self._add_bench_step(hub, "remove_sim", slot=slot)
        hub.slots.clear()
        self.lines.append(
            Remark(f"{hub.name}: a scenario cannot take a hub off the bench, so it stays there, switched off")
        )

    def bench_action_performed(self, entry: BenchActionPerformed) -> None:
        """Add a bench action."""
        hub = self.things.hub(entry.hub)
        fields = self._bench_fields(hub, entry.action, refused=entry.refused is not None)
        if entry.refused is None:
            _follow(hub, entry.action)
        self._add_bench_step(hub, **fields, refused=entry.refused)

    def fault_injected(self, entry: FaultInjected) -> None:
        """Add a fault."""
        name = str(entry.fault.__struct_config__.tag)
        fields = fields_of(entry.fault, language().tables.faults[name], self.things.word)
        self._touched = True
        self._add_step({"fault": name, **fields})

    def fault_disarmed(self, entry: FaultDisarmed) -> None:
        """Add a remark: no step disarms a fault."""
        name = str(entry.fault.__struct_config__.tag)
        self.lines.append(Remark(f"{name}: a scenario cannot disarm a fault, so it stays armed"))

    def clock_set(self, _entry: ClockSet) -> None:
        """Do nothing: `add` moves the clock to the time of each entry."""

    def restored(self, _entry: Restored) -> None:
        """Switch every running hub off and on, as restoring a snapshot does."""
        for hub in self.things.hubs.values():
            if hub.on:
                self._add_bench_step(hub, "power_off")
                self._add_bench_step(hub, "power_on")

    def _bench_fields(
        self, hub: KnownHub, action: AnyBenchAction, *, refused: bool = False
    ) -> dict[str, Any]:
        """Return the name and the fields of a bench action, as a step has them."""
        name = str(action.__struct_config__.tag)
        slots = vocabulary().slots.get(hub.model)
        known = None if slots is None else HubSlots(with_article(hub.model), slots)
        step = step_context(refused=refused, slots=known)
        fields = fields_of(action, language().tables.bench_actions[name], self.things.word, step)
        return {"action": name, **fields}

    def _add_bench_step(self, hub: KnownHub, action: str, **fields: Any) -> None:
        self._touched = True
        self._add_step({"bench": hub.name, "do": action, **fields})

    def _move_clock(self, at_ms: int) -> None:
        """Move the clock to an instant. A past instant is ignored: entries can be a little late."""
        if at_ms <= self._now_ms:
            return
        self._add_step({"clock": move_text(self._now_ms, at_ms, self.zone)})
        self._now_ms = at_ms

    def _add_step(self, fields: dict[str, Any]) -> None:
        for value in fields.values():
            _check_readable(value)
        self.lines.append(DraftStep({key: value for key, value in fields.items() if value is not None}))


def _follow(hub: KnownHub, action: AnyBenchAction) -> None:
    """Track whether the hub is on, and its slots, after an action that was performed."""
    match action:
        case PowerOn() | PowerOff():
            hub.on = isinstance(action, PowerOn)
        case InsertSim(slot=slot):
            hub.slots.add(slot)
        case RemoveSim(slot=slot):
            hub.slots.discard(slot)


def _check_readable(value: Any) -> None:
    """Raise `CannotExpress` for a text with a character that a scenario cannot contain."""
    bad = not_allowed(value) if isinstance(value, str) else None
    if bad:
        raise CannotExpress(f"a text has the character {code(bad[0])}, which a scenario cannot contain")


def _app(actor: Actor) -> str | None:
    return None if actor.operator or actor.app is App.PRO_DESKTOP else actor.app.value


def _check_refusal(entry: AnyEntry) -> None:
    """Raise `CannotExpress` for a refusal that is not in the scenario language."""
    refused = entry.refused if isinstance(entry, Commanded | Queried | BenchActionPerformed) else None
    if refused is not None and refused not in vocabulary().refusals:
        raise CannotExpress(f"unknown refusal {refused!r}")


def _created_id(entry: Commanded, what: str) -> str:
    """Return the id of the created person, company or object. Raises `CannotExpress`."""
    if what not in entry.result:
        raise CannotExpress(f"the server did not return the id of the {what}")
    return entry.result[what]


def _in_world(action: AnyBenchAction) -> bool:
    """Return whether `world:` can express the part of a hub's setup that this action sets."""
    return isinstance(action, SetCoverage) or (isinstance(action, SetSignal) and action.slot is None)


def _written(things: Inventory, value: Any) -> Any:
    return things.card_text(value) if isinstance(value, CardUse) else value


def _tag(entry: AnyEntry) -> str:
    """Return the name of the command, query, action or fault of an entry, else the kind of the entry."""
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
    Commanded: Draft.commanded,
    Queried: Draft.queried,
    HubPut: Draft.hub_put,
    HubTaken: Draft.hub_taken,
    BenchActionPerformed: Draft.bench_action_performed,
    FaultInjected: Draft.fault_injected,
    FaultDisarmed: Draft.fault_disarmed,
    ClockSet: Draft.clock_set,
    Restored: Draft.restored,
}
