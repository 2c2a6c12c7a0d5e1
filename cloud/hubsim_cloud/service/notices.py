"""What a stream of changes says: notices, the marks from which it goes on, and why it ended."""

import re
from enum import StrEnum
from typing import Any

import msgspec

HUB_CHANGED = "hub_changed"
"""The name of a notice about a hub that said something new; not a fact."""


class Ended(StrEnum):
    """Why a stream ended."""

    SIGNED_OUT = "signed_out"
    """The session ended or expired."""
    ACCOUNT_SWITCHED = "account_switched"
    """The session acts for another account now."""
    NOT_A_MEMBER = "not_a_member"
    """The person is not in the company any more, or the company is deleted."""
    STOPPING = "stopping"
    """The cloud stops; watch again in a moment."""
    LEFT = "left"
    """The reader went away."""


class StreamPosition(msgspec.Struct, frozen=True):
    """How far somebody has been told: the position in the log, and the number of the hubs' news.

    Hubs' news is counted from the start of the cloud, which `epoch` names: a number of another epoch says
    nothing. As text: `1042.5f3a9c01.17`, or `1042` alone.
    """

    position: int
    epoch: str = ""
    serial: int = 0

    def __str__(self) -> str:
        return f"{self.position}.{self.epoch}.{self.serial}" if self.epoch else str(self.position)

    @classmethod
    def parse(cls, text: str) -> "StreamPosition | None":
        """Return the mark that this text stands for, or None."""
        found = _MARK.fullmatch(text)
        return None if found is None else cls(int(found[1]), found[2] or "", int(found[3] or 0))


_MARK = re.compile(r"([0-9]{1,15})(?:\.([0-9a-f]{8})\.([0-9]{1,15}))?")


class Notice(msgspec.Struct, frozen=True):
    """One thing to tell: whoever has heard it goes on from `mark`."""

    mark: StreamPosition
    name: str
    data: dict[str, Any]
