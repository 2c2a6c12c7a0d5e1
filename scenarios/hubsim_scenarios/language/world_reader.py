"""Reads the world from its node: first all declared names, then the things, which may refer to each other."""

from typing import Any

import msgspec

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.compiling import Compiler
from hubsim_scenarios.language.composites import RecordShape
from hubsim_scenarios.language.errors import probably, quoted, with_article
from hubsim_scenarios.language.likely_mistakes import as_list
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.read_context import NAME, UNREAD, ReadContext
from hubsim_scenarios.language.scalars import CARD_WORDS, Shape
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef
from hubsim_scenarios.language.world import (
    CompanyDeclaration,
    HubDeclaration,
    PersonDeclaration,
    ResellerDeclaration,
    SimDeclaration,
    WorldDeclaration,
)

SECTIONS: dict[str, tuple[AliasKind, type[msgspec.Struct]]] = {
    "people": (AliasKind.PERSON, PersonDeclaration),
    "companies": (AliasKind.COMPANY, CompanyDeclaration),
    "resellers": (AliasKind.RESELLER, ResellerDeclaration),
    "sims": (AliasKind.SIM, SimDeclaration),
    "hubs": (AliasKind.HUB, HubDeclaration),
}
_HOME = ("company", "object")


class WorldReader:
    """Reads `world:`. `subjects` are words of `expect:`, so no declared name can be one of them."""

    def __init__(self, compiler: Compiler, subjects: frozenset[str]) -> None:
        self.records = {
            section: RecordShape(f"the {kind}", compiler.fields(struct), struct)
            for section, (kind, struct) in SECTIONS.items()
        }
        self._taken = CARD_WORDS | subjects

    def read(self, node: Node, reading: ReadContext) -> WorldDeclaration:
        """Return the parts of the world without mistakes, and declare its names in `reading`."""
        if not isinstance(node, nodes.Mapping):
            reading.wrong_kind(node, f"a mapping with {', '.join(SECTIONS)}")
            reading.unread_kinds |= set(AliasKind)
            return WorldDeclaration()
        known = []
        for key, value in node.entries:
            if key.text in SECTIONS:
                self._declare_section(key.text, value, reading)
                known.append((key.text, value))
            else:
                meant = probably(key.text, SECTIONS)
                reading.unread_kinds |= {SECTIONS[meant][0]} if meant else set()
                reading.unknown(
                    key.place, f"unknown field {quoted(key.text)} in the world", key.text, SECTIONS
                )
        world = WorldDeclaration(
            **{section: self._things(section, value, reading) for section, value in known}
        )
        reading.models |= {alias: (hub.model,) for alias, hub in world.hubs.items()}
        return world

    def declare(self, word: Scalar, kind: AliasKind, reading: ReadContext) -> AliasRef | None:
        """Declare a name, or report that it cannot be a name and return None."""
        problems, known = reading.problems, reading.aliases.get(word.text)
        if word.null:
            problems.add(word.place, f"{quoted(word.text)} cannot be a name: YAML reads it as no value")
        elif not NAME.fullmatch(word.text):
            problems.add(
                word.place,
                f"{quoted(word.text)} cannot be a name",
                "use small letters, digits, - and _, and begin with a letter",
            )
        elif word.text in self._taken:
            problems.add(word.place, f"{quoted(word.text)} is a reserved word and cannot be a name")
        elif known is not None:
            where = reading.declared_before.get(word.text)
            hint = (
                f"declared in {where}; a scenario cannot override a fragment"
                if where
                else "names are unique across all kinds of things; rename one of the two"
            )
            text = f"{quoted(word.text)} is already the name of {with_article(known)}"
            problems.add(word.place, text, hint)
        else:
            reading.aliases[word.text] = kind
            reading.declared[word.text] = word.place
            return AliasRef(kind, word.text)
        reading.undeclared.add(word.place)
        reading.undeclared_names.add(word.text)
        return None

    def _declare_section(self, section: str, node: Node, reading: ReadContext) -> None:
        kind, _ = SECTIONS[section]
        if not _is_readable(section, node):
            reading.unread_kinds |= {kind, AliasKind.OBJECT} if kind is AliasKind.HUB else {kind}
        for word, value in _entries(section, node):
            self.declare(word, kind, reading)
            if kind is AliasKind.HUB and isinstance(value, nodes.Mapping):
                self._declare_object(value, reading)

    def _declare_object(self, hub: nodes.Mapping, reading: ReadContext) -> None:
        name = hub.get("object")
        if isinstance(name, Scalar) and not name.null and reading.aliases.get(name.text) != AliasKind.OBJECT:
            self.declare(name, AliasKind.OBJECT, reading)

    def _things(self, section: str, node: Node, reading: ReadContext) -> dict[str, Any]:
        if not _is_readable(section, node):
            if section == "people":
                reading.wrong_kind(node, "a list of names, or a mapping by name", as_list(node))
            else:
                reading.wrong_kind(node, "a mapping by name")
            return {}
        record = self.records[section]
        things: dict[str, Any] = {}
        for word, value in _entries(section, node):
            thing = _thing(section, record, value, reading)
            if thing is not UNREAD:
                things[word.text] = thing
        if section == "hubs":
            _check_cards(node, reading)
            _check_homes(node, reading)
        return things


def _is_readable(section: str, node: Node) -> bool:
    return isinstance(node, nodes.Mapping) or _is_people_list(section, node)


def _is_people_list(section: str, node: Node) -> bool:
    return (
        section == "people"
        and isinstance(node, nodes.Sequence)
        and all(isinstance(item, Scalar) for item in node.items)
    )


def _entries(section: str, node: Node) -> list[tuple[Scalar, Node | None]]:
    """Return the names and their nodes. People may be a plain list of names."""
    if isinstance(node, nodes.Mapping):
        return list(node.entries)
    if _is_people_list(section, node) and isinstance(node, nodes.Sequence):
        return [(item, None) for item in node.items if isinstance(item, Scalar)]
    return []


def _thing(section: str, record: Shape, node: Node | None, reading: ReadContext) -> object:
    if node is None:
        return PersonDeclaration()
    if isinstance(node, Scalar):
        if section == "people" and node.null:
            return PersonDeclaration()
        if section == "sims" and not node.null:
            # The short form `a1: ajax` is a mapping with only the kind.
            key = Scalar("kind", plain=True, place=node.place)
            node = nodes.Mapping(((key, node),), node.place, 0, 0)
    return record.read(node, reading)


def _check_cards(hubs: Node, reading: ReadContext) -> None:
    """Report a named card that is in two slots."""
    for slots in _slots(hubs):
        for _, card in slots.entries:
            if not isinstance(card, Scalar) or reading.aliases.get(card.text) is not AliasKind.SIM:
                continue
            first = reading.slotted.setdefault(card.text, card.place)
            where = reading.slotted_before.get(card.text, f"line {first.line}")
            if first is not card.place or card.text in reading.slotted_before:
                text = f"the sim {quoted(card.text)} is already in a slot, in {where}"
                reading.problems.add(card.place, text)


def _check_homes(hubs: Node, reading: ReadContext) -> None:
    """Report a hub with an object but no company, or a company but no object."""
    for _, hub in _entries("hubs", hubs):
        if not isinstance(hub, nodes.Mapping):
            continue
        given = [key for key in _HOME if not _is_nothing(hub.get(key))]
        if len(given) == 1:
            missing = next(key for key in _HOME if key not in given)
            reading.problems.add(
                hub.place, f"a hub has both a company and an object, or neither: {missing!r} is missing"
            )


def _is_nothing(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and node.null)


def _slots(hubs: Node) -> list[nodes.Mapping]:
    if not isinstance(hubs, nodes.Mapping):
        return []
    found = [hub.get("slots") for _, hub in hubs.entries if isinstance(hub, nodes.Mapping)]
    return [slots for slots in found if isinstance(slots, nodes.Mapping)]
