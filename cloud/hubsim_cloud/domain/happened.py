"""The base of all facts: events of the past, in an append-only log (see `facts`)."""

import msgspec

from hubsim_cloud.domain import types
from hubsim_contract.wire.tags import snake


class Happened(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="fact", tag=snake):
    """A fact. `by` is a person id, empty for the service itself."""

    at_ms: int
    by: types.Author = ""
