"""For every field that an expectation can name, a value that the field never has is a mistake in the file.

Such a value would make `never` and `not` pass always.
"""

import pytest
from seen_fields import SeenField, file_with, seen_fields

from hubsim_scenarios.language.composites import RecordShape
from hubsim_scenarios.language.ids import IdShape
from hubsim_scenarios.language.scalars import TextShape
from hubsim_scenarios.language.variants import OneOfShape
from hubsim_scenarios.product.vocabulary import language

FIELDS = seen_fields()
FREE_TEXTS = {
    "name": "people choose it",
    "company_name": "people choose it",
    "dealer_name": "people choose it",
    "reseller_name": "people choose it",
    "owner_name": "people choose it",
    "number": "a Reseller chooses it",
    "registration_number": "a company register assigns it",
    "detail": "details of a mail or a hub event, in words",
    "firmware": "a manufacturer writes it",
    "payload": "a message before it is decoded",
    "text": "an error in a message, in words",
}
"""The fields with free text, each with the reason."""


def is_free(field: SeenField) -> bool:
    return isinstance(field.bare, TextShape)


def mistakes(step: object) -> list[str]:
    return [error.text for error in language().cases("x.yaml", file_with(step)).mistakes]


@pytest.mark.parametrize("field", FIELDS, ids=[field.path for field in FIELDS])
def test_a_value_that_a_field_never_has_is_a_mistake(field: SeenField) -> None:
    if not is_free(field):
        assert mistakes(field.step("wrong-word")) != []
        assert mistakes(field.step({"not": "wrong-word"})) != []
        assert mistakes(field.step("-1")) != []
    assert mistakes(field.step({"wrong-field": "x"})) != []
    if not field.nullable:
        assert mistakes(field.step(None)) != []
        assert mistakes(field.step({"not": None})) != []


@pytest.mark.parametrize("field", FIELDS, ids=[field.path for field in FIELDS])
def test_a_declared_name_is_accepted_only_for_the_id_of_such_a_thing(field: SeenField) -> None:
    parts = field.shape.shapes if isinstance(field.shape, OneOfShape) else (field.shape,)
    bare = [getattr(part, "shape", part) for part in parts]
    kinds = {
        kind
        for part in bare
        if isinstance(part, IdShape) and not part.alias.by_name
        for kind in part.alias.kinds
    }

    accepted = {
        kind
        for kind, name in {
            "person": "olga",
            "company": "wolf",
            "object": "house",
            "hub": "villa",
            "sim": "a1",
        }.items()
        if mistakes(field.step(f"@{name}")) == []
    }

    assert accepted == kinds - {"reseller"}


def test_only_these_fields_have_free_text() -> None:
    assert {field.key for field in FIELDS if is_free(field)} == FREE_TEXTS.keys()


def test_no_field_is_left_out() -> None:
    groups = [path for path in (field.path for field in FIELDS) if path.startswith("order[")]

    assert len(FIELDS) > 500
    assert len(groups) > 250
    assert not any(isinstance(field.shape, RecordShape) for field in FIELDS)
