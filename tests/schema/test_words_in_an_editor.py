"""The schema refuses the wrong words that the reader refuses, in every field that an expectation can name."""

import re

import pytest
from schema_check import schema_errors
from seen_fields import SeenField, file_with, seen_fields

from hubsim_scenarios.language.scalars import TextShape

FIELDS = [field for field in seen_fields() if not isinstance(field.bare, TextShape)]

PLAIN = [field for field in FIELDS if not re.search(r"\[.+?\]", field.path)]
"""The fields whose meaning does not depend on other fields of their mapping."""


@pytest.mark.parametrize("field", FIELDS, ids=[field.path for field in FIELDS])
def test_an_editor_marks_a_wrong_word(field: SeenField) -> None:
    assert schema_errors(file_with(field.step("Wrong word"))) != []


@pytest.mark.parametrize("field", PLAIN, ids=[field.path for field in PLAIN])
def test_an_editor_marks_null_where_it_is_never_seen(field: SeenField) -> None:
    assert (schema_errors(file_with(field.step(None))) == []) is field.nullable
