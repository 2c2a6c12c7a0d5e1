"""Every field that an expectation can name: of each view, snapshot and trace event, from the vocabulary."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from hubsim_scenarios.language.composites import ListShape, MapShape, RecordShape
from hubsim_scenarios.language.pattern_reader import PatternOf
from hubsim_scenarios.language.scalars import OptionalShape
from hubsim_scenarios.language.variants import OneOfShape, VariantShape
from hubsim_scenarios.product.vocabulary import language

Wrap = Callable[[Any], Any]
"""Puts a value for the field into the pattern of the whole step."""

QUERIES: dict[str, dict[str, str]] = {
    "device_list": {"object": "house"},
    "hub_information": {"hub": "villa"},
    "activation_form": {"hub": "villa"},
    "hub_history": {"hub": "villa"},
    "company_records": {"company": "wolf"},
    "confirmation": {"hub": "villa", "action": "activate"},
    "reseller_directory": {"country": "PL"},
    "reseller_details": {"email": "rita@example.test"},
}
SUBJECTS = {"hub": "villa", "sim": "a1"}


class SeenField(NamedTuple):
    """One field: its path, its key, its shape, and a function that makes a step with a value for it."""

    path: str
    key: str
    shape: Any
    step: Wrap

    @property
    def bare(self) -> Any:
        """The shape of a value other than `null`."""
        return self.shape.shape if self.nullable else self.shape

    @property
    def nullable(self) -> bool:
        return isinstance(self.shape, OptionalShape)


def seen_fields() -> list[SeenField]:
    return [*_views(), *_snapshots(), *_events()]


def _views() -> Iterator[SeenField]:
    for view, fields in language().tables.views.items():
        asked = {"as": "olga", "sees": view, **QUERIES.get(view, {})}
        yield from _inside(
            view, "shows", fields["shows"].shape.shape, lambda seen, a=asked: {**a, "shows": seen}
        )


def _snapshots() -> Iterator[SeenField]:
    tables = language().tables
    for subject, fields in tables.subjects.items():
        head = {"never": SUBJECTS.get(subject, subject), "for": "1 h"}
        if subject == "mailbox":
            head["of"] = "olga"
        for key, field in fields.items():
            if key not in tables.selectors[subject]:
                yield from _inside(
                    f"{subject}.{key}", key, field.shape, lambda seen, h=head, k=key: {**h, k: seen}
                )


def _events() -> Iterator[SeenField]:
    shape = language().tables.event.shape
    assert shape is not None
    yield from _inside("order", "order", shape, lambda seen: {"order": [seen]})


def _inside(path: str, key: str, shape: Any, step: Wrap) -> Iterator[SeenField]:
    """Yield the field, or each field in it."""
    bare = shape.shape if isinstance(shape, OptionalShape | PatternOf) else shape
    match bare:
        case RecordShape():
            for name, field in bare.fields.items():
                yield from _inside(f"{path}.{name}", name, field.shape, lambda seen, n=name: step({n: seen}))
        case VariantShape():
            for variant in bare.variants:
                words = dict(variant.words)
                mark = f"[{'/'.join(words.values())}]"
                for name, field in variant.fields.items():
                    rest = {word: text for word, text in words.items() if word != name}
                    yield from _inside(
                        f"{path}{mark}.{name}",
                        name,
                        field.shape,
                        lambda seen, n=name, r=rest: step({**r, n: seen}),
                    )
        case ListShape():
            yield from _inside(f"{path}[]", key, bare.item, lambda seen: step({"has": [seen]}))
        case MapShape():
            yield from _inside(f"{path}[1]", key, bare.value, lambda seen: step({"1": seen}))
        case OneOfShape() if all(isinstance(part, RecordShape) for part in bare.shapes):
            raise AssertionError("mappings are joined to a variant")
        case _:
            yield SeenField(path, key, shape, step)


def file_with(step: object) -> str:
    """Return a scenario with this step, which may name hubs, a card, people and companies."""
    return _HEAD + f"  - {msgspec.json.encode(step).decode()}\n"


_HEAD = """\
scenario: One step
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, rita]
  companies: {wolf: {owner: olga, country: PL, dealer: yes}}
  resellers: {northwatch: {owner: rita, country: PL}}
  sims: {a1: ajax}
  hubs: {villa: {model: hub-2, company: wolf, object: house, links: [ethernet], slots: {1: a1}}}
steps:
"""
