"""The browser tests that walk the paths of the guide, by clause.

A test names the clauses that it walks in the mark `walks`: `@pytest.mark.walks("R4", "R5")`. The table is a
file, because an installed hubsim has no tests. `python -m tools.walks` writes it; `make check` compares it
with the marks.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

TABLE = "walks.json"


@cache
def walks() -> Mapping[str, tuple[str, ...]]:
    """Return the tests of each clause that is walked, as `file::test`."""
    text = files("hubsim_scenarios.product").joinpath(TABLE).read_bytes()
    return msgspec.json.decode(text, type=dict[str, tuple[str, ...]])
