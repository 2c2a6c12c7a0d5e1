"""The lab's examples in the OpenAPI document are valid requests and responses of the lab."""

import msgspec
import pytest

from hubsim_cloud.lab.examples import LAB_EXAMPLES
from hubsim_cloud.lab.routes import LAB_ROUTES, LabRoute


@pytest.mark.parametrize("row", LAB_ROUTES, ids=[row.handler.__name__ for row in LAB_ROUTES])
def test_every_request_has_an_example_that_the_lab_can_read(row: LabRoute) -> None:
    example = LAB_EXAMPLES.get(row.handler.__name__)

    if isinstance(row.body, type):  # a file has no example
        assert example is not None
        assert isinstance(msgspec.convert(example.sent, row.body, strict=False), row.body)
    if example is not None and example.answer is not None:
        assert row.answer is not None
        assert isinstance(msgspec.convert(example.answer, row.answer, strict=False), row.answer)


def test_every_example_belongs_to_an_operation() -> None:
    assert LAB_EXAMPLES.keys() <= {row.handler.__name__ for row in LAB_ROUTES}
