"""The events and effects of the cloud's core, in addition to those of its MQTT port."""

import msgspec

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.pager import Pager
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.revisions import Stale
from hubsim_cloud.domain.state import Device
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.verdicts import MessageVerdict
from hubsim_cloud.domain.views.view import View
from hubsim_contract.core import Start, Stop
from hubsim_contract.mqtt.port import PortEffect, PortEvent
from hubsim_contract.wire.messages import HubEvent


class CommandReceived(msgspec.Struct, frozen=True):
    """A command of a person. The response is an `Answer` with the same number."""

    number: int
    actor: Actor
    command: Command
    expects: int | None = None
    """The expected revision of the hub or company that the command edits; None: any revision."""


class QueryReceived(msgspec.Struct, frozen=True):
    """A query of a person. The response is an `Answer` with the same number."""

    number: int
    actor: Actor
    query: Query
    pager: Pager | None = None
    """Takes one page of the list in the view; None: the view has the whole list."""


CloudEvent = PortEvent | Start | Stop | CommandReceived | QueryReceived


class RecordFacts(msgspec.Struct, frozen=True):
    """Append these facts to the log; the first one gets the position `first_position`."""

    first_position: int
    facts: tuple[Fact, ...]


class Keep(msgspec.Struct, frozen=True):
    """Replace the stored `Device` of this hub, and store its new event, if there is one."""

    hub: str
    device: Device
    event: HubEvent | None = None


class Answer(msgspec.Struct, frozen=True):
    """The outcome of a command or a query."""

    number: int
    outcome: Accepted | View | Refusal | Stale


class Complain(msgspec.Struct, frozen=True):
    """A message was refused, or a hub does not follow a rule; for the log of the operator (rule MQ-7)."""

    topic: str
    rule: str
    text: str


class Judged(msgspec.Struct, frozen=True):
    """The verdict on a message that breaks a rule, or of a hub that is watched; for the operator."""

    verdict: MessageVerdict


CloudEffect = PortEffect | RecordFacts | Keep | Answer | Complain | Judged
