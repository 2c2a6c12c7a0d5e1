"""The lowest versions of the ranges in pyproject.toml, with which `make ranges` runs the quick tests."""

import pytest

from tools.ranges import NoLowerBound, lowest, requirements


def test_the_lowest_versions_are_those_that_the_ranges_name() -> None:
    assert lowest(["click>=8.2,<9", "hubsim-agent", "httptools==0.6.4", "click>=8.2,<9"]) == [
        "click==8.2",
        "httptools==0.6.4",
    ]


def test_a_range_without_a_lower_bound_is_named() -> None:
    with pytest.raises(NoLowerBound, match="write click>=VERSION"):
        lowest(["click<9"])


def test_every_range_of_our_distributions_has_a_lower_bound() -> None:
    names = {constraint.partition("==")[0] for constraint in lowest(requirements())}

    assert {"msgspec", "click", "hatchling"} <= names
