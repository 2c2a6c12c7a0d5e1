"""The aliases of one play with their ids, and the account of each person's client.

Ids of hubs and cards are computed from the seed, so the same seed gives the same play. The cloud creates the
ids of people, companies and objects during the play.
"""

import re
import zlib
from collections.abc import Mapping
from typing import Any

from hubsim_cloud.domain.types import OPERATOR, Actor, App
from hubsim_contract.lab.bench_actions import Card, CardCondition, CardKind
from hubsim_scenarios.language.matching import Mismatch
from hubsim_scenarios.language.patterns import Seen
from hubsim_scenarios.language.read_context import VALUE_REFERENCE
from hubsim_scenarios.language.vocabulary import VALUE_SIGN, AliasKind, AliasRef, FreshCard, KeptRef
from hubsim_scenarios.language.wording import Wording
from hubsim_scenarios.translation.story_language import name_of, say
from hubsim_simulator.hardware.cards import make_card, make_imei

MAIL_DOMAIN = "example.test"
_WORD = re.compile(r"(?<!\w)'(?P<quoted>[\w-]+)'(?!\w)|[\w-]+")
"""A word that may be an id, or one in quotes."""


class NotYetThere(Exception):
    """The alias is declared, but the cloud has no such thing yet, so the step cannot be played."""

    def __init__(self, text: str, alias: str) -> None:
        super().__init__(text)
        self.alias = alias


class Aliases:
    """Aliases and ids of one play."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._ids: dict[tuple[AliasKind, str], str] = {}
        self._names: dict[str, str] = {}
        self._accounts: dict[str, str | None] = {}
        self.emails: dict[str, str] = {}
        self.operators: set[str] = set()
        """Aliases of people who are operators of the service."""
        self.cards: dict[str, Card] = {}
        self.kept: dict[str, Seen] = {}
        """The values that steps have kept, by name."""
        self._numbers = 0

    # ------------------------------------------------------------------ aliases and ids

    def know(self, kind: AliasKind, alias: str, id_: str) -> None:
        """Store the id of a thing."""
        self._ids[kind, alias] = id_
        self._names[id_] = alias

    def id(self, kind: AliasKind, alias: str) -> str:
        """Return the id. Raises `NotYetThere`."""
        if kind is AliasKind.SIM:
            return self.cards[alias].iccid
        try:
            return self._ids[kind, alias]
        except KeyError:
            text = say("the {kind} '{name}' does not exist in the cloud yet", kind=name_of(kind), name=alias)
            raise NotYetThere(text, alias) from None

    def __contains__(self, alias: str) -> bool:
        return any((kind, alias) in self._ids for kind in AliasKind)

    def any_id(self, alias: str) -> Seen:
        """Return the id of a thing of any kind, or a kept value for `$name`. Raises `NotYetThere`."""
        if alias.startswith(VALUE_SIGN):
            return self.value(alias.removeprefix(VALUE_SIGN))
        if alias in self.cards:
            return self.cards[alias].iccid
        for kind in AliasKind:
            if (kind, alias) in self._ids:
                return self._ids[kind, alias]
        raise NotYetThere(say("'{name}' does not exist in the cloud yet", name=alias), alias)

    def describe(self, id_: str, words: str) -> None:
        """Store words for a thing that the scenario does not name, such as `villa/sim-1`."""
        self._names.setdefault(id_, words)

    def value(self, name: str) -> Seen:
        """Return a kept value. Raises `NotYetThere`."""
        if name not in self.kept:
            text = say(
                "no step has kept a value as '{name}': the step that keeps it has failed, or comes later",
                name=name,
            )
            raise NotYetThere(text, name)
        return self.kept[name]

    def name(self, id_: str) -> str:
        """Return the alias of an id, or the id itself."""
        return self._names.get(id_, id_)

    def named(self, text: str) -> str:
        """Return a text for people with names in place of ids. An id in quotes is `the id of NAME`."""
        names = self.names()

        def name(word: re.Match[str]) -> str:
            if word["quoted"] in names:
                return say("the id of {name}", name=names[word["quoted"]])
            return names.get(word[0], word[0])

        return _WORD.sub(name, text)

    def hint(self, mismatch: Mismatch) -> str:
        """Return the advice if the pattern compares an id with a name without the sign `@`, or nothing."""
        name, seen = (side.strip("'") for side in (mismatch.expected, mismatch.seen))
        is_id = name in self and seen in self.names()
        return say("to compare an id, write '@{name}'", name=name) if is_id else ""

    def with_values(self, mismatch: Mismatch, words: Wording) -> Mismatch:
        """Return the mismatch with the value after each kept name: `more than $before (14)`."""

        def with_value(found: re.Match[str]) -> str:
            name = found["name"]
            known = name in self.kept
            return f"{found[0]} ({words.seen(self.kept[name], mismatch.path)})" if known else found[0]

        return mismatch._replace(expected=VALUE_REFERENCE.sub(with_value, mismatch.expected))

    def names(self) -> dict[str, str]:
        """Return the alias of each known id, including declared cards."""
        return {**self._names, **{card.iccid: alias for alias, card in self.cards.items()}}

    def resolved(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of an action, with ids and values in place of names. Raises `NotYetThere`."""
        return {name: self._resolve(value) for name, value in fields.items()}

    def _resolve(self, value: object) -> object:
        match value:
            case AliasRef(AliasKind.SIM, name):
                return self.cards[name]
            case AliasRef(kind, name):
                return self.id(kind, name)
            case KeptRef(name):
                return self.value(name)
            case FreshCard(kind):
                return self.fresh_card(kind)
            case _:
                return value

    # ------------------------------------------------------------------ people and their clients

    def actor(self, person: str, app: App) -> Actor:
        """Return the actor for this person. Its person is None if the person has no account yet."""
        if person in self.operators:
            return OPERATOR
        person_id = self._ids.get((AliasKind.PERSON, person))
        return Actor(person_id, app, self._accounts.get(person))

    def switch(self, person: str, account: str | None) -> None:
        """Switch the person's client to a company, or to the personal account (None)."""
        self._accounts[person] = account

    def email(self, person: str) -> str:
        """Return the person's e-mail address."""
        return self.emails.get(person, f"{person}@{MAIL_DOMAIN}")

    # ------------------------------------------------------------------ hardware

    def fresh_card(self, kind: CardKind, condition: CardCondition = CardCondition.HEALTHY) -> Card:
        """Return a new card."""
        self._numbers += 1
        return make_card(kind, self._number(), condition)

    def hub_id(self, alias: str, attached: str | None = None) -> str:
        """Return the id for a new hub, and store it; `attached`: the id of the real hub that it is."""
        hub = attached or f"{zlib.crc32(f'{self._seed}/{alias}'.encode()):08X}"
        self.know(AliasKind.HUB, alias, hub)
        return hub

    def imei(self) -> str:
        """Return a new IMEI."""
        self._numbers += 1
        return make_imei(self._number())

    def _number(self) -> int:
        return self._seed % 10_000 * 1_000 + self._numbers
