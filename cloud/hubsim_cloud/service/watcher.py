"""The interface of an observer of a cloud's service, for a trace, a feed, or a watch."""

from typing import Protocol

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.verdicts import MessageVerdict
from hubsim_cloud.ports import Complain


class Watcher(Protocol):
    """An observer of commits, refused messages and verdicts."""

    def record(self, first_position: int, facts: tuple[Fact, ...]) -> None:
        """Receive committed facts; the first one has `first_position` in the log."""
        ...

    def kept(self, hubs: tuple[str, ...]) -> None:
        """Receive the hubs whose new state or events are committed."""
        ...

    def complain(self, complaint: Complain) -> None:
        """Receive a refused message."""
        ...

    def judged(self, verdict: MessageVerdict) -> None:
        """Receive the verdict on a message that breaks a rule, or of a hub that is watched."""
        ...

    def served(self) -> None:
        """Receive the end of a batch; `due` may have changed."""
        ...
