"""The input and result of one decision: handlers take a `DecisionContext` and return `Accepted`."""

import msgspec

from hubsim_cloud.domain.archive import Archive
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.pager import Pager
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor


class DecisionContext(msgspec.Struct, frozen=True):
    """The input of a handler or a view. Handlers do not write to `state`: a decision returns facts."""

    state: State
    actor: Actor
    now_ms: int
    """The world instant of the command; every fact of the decision is dated to it."""
    settings: CloudSettings
    archive: Archive | None = None
    """All facts so far. Only views get it, for the histories."""
    pager: Pager = msgspec.field(default_factory=Pager)
    """Takes the requested page of a list. Only views use it."""

    @property
    def by(self) -> str:
        """The `by` of every fact of this decision: the person's id, or empty."""
        return self.actor.person or ""


class Accepted(msgspec.Struct, frozen=True):
    """The command is accepted: the facts to store and apply, in order, and the result for the person."""

    facts: tuple[Fact, ...]
    result: dict[str, str] = {}
    """Ids of new entities (`company`, `object`, ...) or the next screen (`screen`)."""
