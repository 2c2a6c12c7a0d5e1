"""What a recording has met: people, companies, objects, hubs and cards, each with its name.

Owns the way from an id back to a name, and what of it all has to stand in `world:`.
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

USUAL_MODEL = "hub-2"
"""Of a hub that people name, but that never stood on the bench: any will do, for it stays switched off."""


class CardUse(msgspec.Struct, frozen=True):
    """A card where a step names one. How it is written is known when all its uses are."""

    iccid: str


class KnownCard(msgspec.Struct):
    """A card, and in how many places it was used."""

    card: Card
    uses: int = 0
    name: str = ""


class KnownHub(msgspec.Struct):
    """A hub, as it stands in `world:`."""

    name: str
    model: str
    setup: HubSetup | None = None
    """None: it was never put on the bench."""
    late: bool = False
    """Whether it was put there when something had been done already that could tell the difference."""
    on: bool = False
    """Whether it is switched on now."""


class Inventory:
    """Everything by id."""

    def __init__(self) -> None:
        self.names = NameAllocator()
        self.people: dict[str, dict[str, bool]] = {}
        """What `world:` says of each, by name."""
        self.emails: dict[str, None] = {}
        """Addresses that may have mail, in the order in which they were heard of."""
        self.hubs: dict[str, KnownHub] = {}
        self.cards: dict[str, KnownCard] = {}
        self._ids: dict[tuple[AliasKind, str], str] = {}
        """A Reseller is a company also, and stands here as both."""
        self._operator = self._visitor = ""

    # ------------------------------------------------------------------ getting to know

    def person(self, id_: str, name: str) -> None:
        """Know the person who has signed up under a name."""
        self._ids[AliasKind.PERSON, id_] = name

    def newcomer(self, email: str) -> str:
        """Return the name of somebody who has no account yet."""
        name = self.names.new(email.partition("@")[0], "person")
        self.people[name] = {"account": False}
        return name

    def visitor(self) -> str:
        """Return the name of whoever could not sign up."""
        if not self._visitor:
            self._visitor = self.newcomer("visitor")
        return self._visitor

    def operator(self) -> str:
        """Return the name of the service's own staff."""
        if not self._operator:
            self._operator = self.names.new("operator", "operator")
            self.people[self._operator] = {"operator": True}
        return self._operator

    def made(self, kind: AliasKind, id_: str, wish: str) -> str:
        """Return the name of a company or an object that has come into being."""
        name = self._ids[kind, id_] = self.names.new(wish, kind.value)
        return name

    def appointed(self, id_: str) -> None:
        """Know a company as the Reseller that it is from now on."""
        self._ids[AliasKind.RESELLER, id_] = self._ids[AliasKind.COMPANY, id_]

    def hub(self, id_: str, model: str = "") -> KnownHub:
        """Return the hub of an id, which may be heard of for the first time."""
        if id_ not in self.hubs:
            known = model if model in model_names() else USUAL_MODEL
            self.hubs[id_] = KnownHub(name=self.names.new(f"hub-{id_}", "hub"), model=known)
        return self.hubs[id_]

    def card(self, card: Card) -> CardUse:
        """Return the use of a card in one more place."""
        known = self.cards.setdefault(card.iccid, KnownCard(card))
        known.uses += 1
        is_odd = card.condition is not CardCondition.HEALTHY or card_kind(card.iccid) is not card.kind
        if not known.name and (known.uses > 1 or is_odd):
            known.name = self.names.new(f"{card.kind.value}-card", "card")
        return CardUse(card.iccid)

    # ------------------------------------------------------------------ looking up

    def someone(self, id_: str) -> str:
        """Return the name of a person. Raises `CannotExpress`."""
        return self._name(id_, AliasKind.PERSON)

    def company(self, id_: str) -> str:
        """Return the name of a company. Raises `CannotExpress`."""
        return self._name(id_, AliasKind.COMPANY)

    def mention(self, text: str, model: str) -> None:
        """Hear of a hub by what somebody typed; of text that is no id of a hub nothing is to be known."""
        with suppress(BadIdentifier):
            self.hub(hub_id(text), model)

    def word(self, shape: Any, value: Any) -> Any:
        """Return what stands in a step for an id or a card. Raises `CannotExpress`."""
        if isinstance(shape, SimShape):
            return self.card(value)
        assert isinstance(shape, AliasShape)
        if AliasKind.HUB in shape.kinds:
            return self._hub_word(shape, str(value))
        return self._name(value, *shape.kinds)

    def written(self, use: CardUse) -> str:
        """Return a card as it is written: its name, or its kind if it is used nowhere else."""
        known = self.cards[use.iccid]
        return known.name or known.card.kind.value

    def sims(self) -> dict[str, Any]:
        """Return what `world:` says of the cards that have names."""
        return {known.name: _sim(known.card) for known in self.cards.values() if known.name}

    def _hub_word(self, shape: AliasShape, text: str) -> str:
        try:
            id_ = hub_id(text)
        except BadIdentifier:
            if shape.or_quoted and len(text) <= MAX_WORD_CHARS:
                return Quoted(text)
            raise CannotExpress(f"{text!r} is no id of a hub") from None
        return self.hub(id_).name

    def _name(self, id_: str, *kinds: AliasKind) -> str:
        for kind in kinds:
            if (kind, id_) in self._ids:
                return self._ids[kind, id_]
        raise CannotExpress(f"nothing here is called {id_!r}")


def _sim(card: Card) -> Any:
    said: dict[str, Any] = {"kind": card.kind}
    if card.condition is not CardCondition.HEALTHY:
        said["condition"] = card.condition
    if card_kind(card.iccid) is not card.kind:
        said["iccid"] = card.iccid
    return said if len(said) > 1 else card.kind
