"""The input and outcome of one decision: handlers take a `DecisionContext` and return `Accepted`."""

import msgspec

from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor


class DecisionContext(msgspec.Struct, frozen=True):
    """What a handler or a view looks at. Nobody writes `state` through it: a decision returns facts."""

    state: State
    actor: Actor
    now_ms: int
    """The world instant of the act; every fact of the decision is dated to it."""
    settings: CloudSettings
    archive: Archive | None = None
    """All facts so far. Given to views only, for the histories."""

    @property
    def by(self) -> str:
        """The `by` of every fact of this decision: the person's id, or empty."""
        return self.actor.person or ""


class Accepted(msgspec.Struct, frozen=True):
    """The wish is granted: the facts to make durable and apply, in order, and what the person gets back."""

    facts: tuple[Fact, ...]
    result: dict[str, str] = {}
    """Ids of new things (`company`, `object`, ...) or the screen shown next (`screen`)."""
