"""Mistakes in requests are described in the words of JSON, with the allowed values."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from hubsim_cloud.http.validation_text import mistake_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    colours: tuple[Colour, ...] = ()
    way: Literal["in", "out"] | None = None


class Body(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=3)]
    count: Annotated[int, Meta(ge=1, le=9)] | None = None
    armed: bool = False
    inner: Inner | None = None
    rows: dict[str, Inner] = {}


@pytest.mark.parametrize(
    ("body", "pointer", "what"),
    [
        ("[]", "", "an object is expected, not a list"),
        ("{}", "/name", "the field is missing"),
        ('{"name": 5}', "/name", "text is expected, not a whole number"),
        ('{"name": "abcd"}', "/name", "text of a length of at most 3 is expected"),
        ('{"name": "a", "nme": 1}', "/nme", "unknown field; did you mean name?"),
        ('{"name": "a", "count": 0}', "/count", "a whole number of at least 1 is expected"),
        ('{"name": "a", "count": "x"}', "/count", "a whole number or null is expected, not text"),
        ('{"name": "a", "armed": "yes"}', "/armed", "true or false is expected, not text"),
        ('{"name": "a", "inner": {"colours": ["green"]}}', "/inner/colours/0", "red or blue is expected"),
        ('{"name": "a", "inner": {"way": "up"}}', "/inner/way", "in or out is expected"),
        ('{"name": "a", "rows": {"x": {"way": "up"}}}', "/rows/.../way", "in or out is expected"),
    ],
)
def test_a_mistake_has_its_place_and_the_expected_value(body: str, pointer: str, what: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(body, type=Body)

    mistake = mistake_of(refused.value, Body, ["name", "count", "armed", "inner", "rows"])

    assert (mistake.pointer, mistake.what) == (pointer, what)
