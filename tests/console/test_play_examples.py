"""The examples of scenarios and plays in the OpenAPI document are of their types."""

import msgspec
import pytest

from hubsim_scenarios.hosting.play_examples import PLAY_EXAMPLES
from hubsim_scenarios.hosting.play_routes import PLAY_ROUTES, PlayRoute


@pytest.mark.parametrize("row", PLAY_ROUTES, ids=lambda row: row.handler.__name__)
def test_an_example_has_the_types_of_its_route(row: PlayRoute) -> None:
    example = PLAY_EXAMPLES.get(row.handler.__name__)

    if row.body is not None:
        assert example is not None
        msgspec.convert(example.sent, row.body)
    if example is not None and isinstance(row.answer, type):
        msgspec.convert(example.answer, row.answer, strict=False)


def test_every_example_belongs_to_a_route() -> None:
    assert PLAY_EXAMPLES.keys() <= {row.handler.__name__ for row in PLAY_ROUTES}
