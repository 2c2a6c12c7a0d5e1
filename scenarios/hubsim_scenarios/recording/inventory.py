"""The people, companies, objects, hubs and cards of a recording, each with its name.

It maps ids to names, and knows which of them belong in `world:`.
"""

from contextlib import suppress
from typing import Any

import msgspec

from hubsim_contract.lab.bench_actions import Card, CardCondition, HubSetup
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_scenarios.language.scalars import MAX_WORD_CHARS, AliasShape, SimShape
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.layout.step_line import Quoted
from hubsim_scenarios.recording.author_values import CannotExpress
from hubsim_scenarios.recording.names import NameAllocator
from hubsim_simulator.hardware.cards import card_kind
from hubsim_simulator.hardware.profile import model_names

DEFAULT_MODEL = "hub-2"
"""For a hub that people name but that was never on the bench. It stays off, so the model does not matter."""


class CardUse(msgspec.Struct, frozen=True):
    """A card in a step. Its text depends on all uses of the card, so it is determined at the end."""

    iccid: str


class KnownCard(msgspec.Struct):
    """A card and the number of its uses."""

    card: Card
    uses: int = 0
    name: str = ""


class KnownHub(msgspec.Struct):
    """A hub of `world:`."""

    name: str
    model: str
    setup: HubSetup | None = None
    """None: it was never put on the bench."""
    late: bool = False
    """Whether earlier entries prevent that the hub is in `world:` from the beginning."""
    on: bool = False
    """Whether it is on now."""
    slots: set[int] = msgspec.field(default_factory=set)
    """The slots that have a card now."""


class Inventory:
    """The things of a recording, by id."""

    def __init__(self) -> None:
        self.names = NameAllocator()
        self.people: dict[str, dict[str, bool]] = {}
        """The flags of each person in `world:`, by name."""
        self.emails: dict[str, None] = {}
        """Addresses that may have mail, in the order of their first use."""
        self.hubs: dict[str, KnownHub] = {}
        self.cards: dict[str, KnownCard] = {}
        self._ids: dict[tuple[AliasKind, str], str] = {}
        """A Reseller is also a company, and is registered as both."""
        self._operator = self._visitor = ""

    # ------------------------------------------------------------------ registering

    def person(self, id_: str, name: str) -> None:
        """Register the id of a named person."""
        self._ids[AliasKind.PERSON, id_] = name

    def new_person(self, email: str) -> str:
        """Return a name for a person without an account."""
        name = self.names.new(email.partition("@")[0], "person")
        self.people[name] = {"account": False}
        return name

    def visitor(self) -> str:
        """Return the name of the person whose sign-ups are refused."""
        if not self._visitor:
            self._visitor = self.new_person("visitor")
        return self._visitor

    def operator(self) -> str:
        """Return the name of the operator of the service."""
        if not self._operator:
            self._operator = self.names.new("operator", "operator")
            self.people[self._operator] = {"operator": True}
        return self._operator

    def created(self, kind: AliasKind, id_: str, title: str) -> str:
        """Register a new company or object with this title; return its name."""
        name = self._ids[kind, id_] = self.names.new(title, kind.value)
        return name

    def appointed(self, id_: str) -> None:
        """Register a company also as a Reseller."""
        self._ids[AliasKind.RESELLER, id_] = self._ids[AliasKind.COMPANY, id_]

    def hub(self, id_: str, model: str = "") -> KnownHub:
        """Return the hub with an id, which is registered if it is new."""
        if id_ not in self.hubs:
            known = model if model in model_names() else DEFAULT_MODEL
            self.hubs[id_] = KnownHub(name=self.names.new(f"hub-{id_}", "hub"), model=known)
        return self.hubs[id_]

    def card(self, card: Card) -> CardUse:
        """Count one more use of a card, and return it."""
        known = self.cards.setdefault(card.iccid, KnownCard(card))
        known.uses += 1
        is_odd = card.condition is not CardCondition.HEALTHY or card_kind(card.iccid) is not card.kind
        if not known.name and (known.uses > 1 or is_odd):
            known.name = self.names.new(f"{card.kind.value}-card", "card")
        return CardUse(card.iccid)

    # ------------------------------------------------------------------ looking up

    def person_name(self, id_: str) -> str:
        """Return the name of a person. Raises `CannotExpress`."""
        return self._name(id_, AliasKind.PERSON)

    def company(self, id_: str) -> str:
        """Return the name of a company. Raises `CannotExpress`."""
        return self._name(id_, AliasKind.COMPANY)

    def mention(self, text: str, model: str) -> None:
        """Register the hub with the id that a user typed. Text that is not a hub id is ignored."""
        with suppress(BadIdentifier):
            self.hub(hub_id(text), model)

    def word(self, shape: Any, value: Any) -> Any:
        """Return the value for an id or a card in a step. Raises `CannotExpress`."""
        if isinstance(shape, SimShape):
            return self.card(value)
        assert isinstance(shape, AliasShape)
        if AliasKind.HUB in shape.kinds:
            return self._hub_word(shape, str(value))
        return self._name(value, *shape.kinds)

    def card_text(self, use: CardUse) -> str:
        """Return the name of a card, or its kind if the card has one use only."""
        known = self.cards[use.iccid]
        return known.name or known.card.kind.value

    def sims(self) -> dict[str, Any]:
        """Return the entries of `world:` for the cards that have names."""
        return {known.name: _sim(known.card) for known in self.cards.values() if known.name}

    def _hub_word(self, shape: AliasShape, text: str) -> str:
        try:
            id_ = hub_id(text)
        except BadIdentifier:
            if shape.or_quoted and len(text) <= MAX_WORD_CHARS:
                return Quoted(text)
            raise CannotExpress(f"{text!r} is not a hub id") from None
        return self.hub(id_).name

    def _name(self, id_: str, *kinds: AliasKind) -> str:
        for kind in kinds:
            if (kind, id_) in self._ids:
                return self._ids[kind, id_]
        raise CannotExpress(f"unknown id {id_!r}")


def _sim(card: Card) -> Any:
    fields: dict[str, Any] = {"kind": card.kind}
    if card.condition is not CardCondition.HEALTHY:
        fields["condition"] = card.condition
    if card_kind(card.iccid) is not card.kind:
        fields["iccid"] = card.iccid
    return fields if len(fields) > 1 else card.kind
