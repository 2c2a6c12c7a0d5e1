"""The content of an event stream: notices, positions from which it continues, and the reason of its end."""

import re
from enum import StrEnum
from typing import Any

import msgspec

HUB_CHANGED = "hub_changed"
"""The name of a notice about a new message of a hub; not a fact."""


class Ended(StrEnum):
    """The reason why a stream ended."""

    SIGNED_OUT = "signed_out"
    """The session ended or expired."""
    ACCOUNT_SWITCHED = "account_switched"
    """The session acts for another account now."""
    NOT_A_MEMBER = "not_a_member"
    """The person is no longer a member of the company, or the company is deleted."""
    STOPPING = "stopping"
    """The cloud stops; open the stream again in a moment."""
    LEFT = "left"
    """The client disconnected."""


class StreamPosition(msgspec.Struct, frozen=True):
    """How far a stream has been sent: the position in the log, and the number of the last hub change.

    Hub changes are counted from the start of the cloud, which `epoch` identifies. Numbers of another epoch
    have no meaning. As text: `1042.5f3a9c01.17`, or only `1042`.
    """

    position: int
    epoch: str = ""
    serial: int = 0

    def __str__(self) -> str:
        return f"{self.position}.{self.epoch}.{self.serial}" if self.epoch else str(self.position)

    @classmethod
    def parse(cls, text: str) -> "StreamPosition | None":
        """Return the position with this text, or None."""
        found = _MARK.fullmatch(text)
        return None if found is None else cls(int(found[1]), found[2] or "", int(found[3] or 0))


_MARK = re.compile(r"([0-9]{1,15})(?:\.([0-9a-f]{8})\.([0-9]{1,15}))?")


class Notice(msgspec.Struct, frozen=True):
    """One message of a stream. A client that has received it can continue from `mark`."""

    mark: StreamPosition
    name: str
    data: dict[str, Any]
