"""Everything that an expectation could look at, after one step; and the first difference of two plays."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.steps import PersonSees, Step
from hubsim_scenarios.play.context import PlayContext, StepOutcome
from hubsim_scenarios.play.expectations import hub_snapshots
from hubsim_scenarios.worlds.world import Aspect, CloudUnreachable

BUILT = 0
"""The number of the observation before the first step."""

_COUNTERS = frozenset({"version", "executed_sequence"})
"""Numbers that only grow. Behaviour depends on their order, not on their values."""


class ObservedField(NamedTuple):
    """A value that a step can check."""

    subject: str
    """A hub, a card, `mailbox`, `billing`, `cloud`, `carrier`, or the person who opened a view."""
    group: str
    """The snapshot of a hub, the owner of a mailbox, or the view. Empty for the others."""
    field: str


Values = Mapping[ObservedField, Any]


class Difference(NamedTuple):
    """The first difference between an honest play and one with a mutant."""

    step: int
    """The number of the step after which they differ, from 1; 0: before the first one."""
    place: ObservedField | None
    """None: the plays differ in their events only, so no expectation about a state can see it."""
    honest: Any
    """The honest value; for events the honest event as plain values, or None after the last one."""
    mutant: Any


async def observe(
    context: PlayContext, step: Step | None = None, outcome: StepOutcome | None = None
) -> Values:
    """Return all values after a step; None: before the first one."""
    world, aliases = context.world, context.aliases
    values: dict[ObservedField, Any] = {}
    for hub, snapshots in (await hub_snapshots(context)).items():
        for group, snapshot in snapshots.items():
            _add(values, hub, group, snapshot)
    for alias, card in aliases.cards.items():
        _add(values, alias, "", await world.snapshot(Aspect.SIM, card.iccid))
    if isinstance(step, PersonSees) and outcome is not None and isinstance(outcome.seen, Mapping):
        _add(values, step.person, step.view, outcome.seen)
    _add(values, "carrier", "", await world.snapshot(Aspect.CARRIER))
    with suppress(CloudUnreachable):
        _add(values, "billing", "", await world.snapshot(Aspect.BILLING))
        for owner, address in _addresses(context).items():
            _add(values, "mailbox", owner, await world.snapshot(Aspect.MAILBOX, address))
        _add(values, "cloud", "", await world.snapshot(Aspect.CLOUD))
    return values


def _addresses(context: PlayContext) -> dict[str, str]:
    """Return the addresses of mailboxes: those of people by their alias, those of Resellers by themselves."""
    declared, aliases = context.scenario.world, context.aliases
    people = {person: aliases.email(person) for person in declared.people}
    resellers = [each.email or aliases.email(alias) for alias, each in declared.resellers.items()]
    return {**{address: address for address in resellers if address not in people.values()}, **people}


def _add(values: dict[ObservedField, Any], subject: str, group: str, snapshot: Mapping[str, Any]) -> None:
    for field, value in snapshot.items():
        values[ObservedField(subject, group, field)] = value


class PlayComparison:
    """Compares the observations of a play with those of the honest play, while it is played.

    Counters say little about behaviour: they are a difference only if nothing else is.
    """

    def __init__(self, honest: Sequence[Values]) -> None:
        self._honest = honest
        self._step = BUILT
        self._counters: Difference | None = None
        self._found: Difference | None = None

    @property
    def difference(self) -> Difference | None:
        """The first difference so far."""
        return self._found or self._counters

    def add(self, values: Values) -> bool:
        """Compare the values after the next step. Return whether the first difference is known now."""
        for place, before in self._honest[self._step].items():
            if place in values and before != values[place]:
                found = Difference(self._step, place, before, values[place])
                if place.field not in _COUNTERS:
                    self._found = found
                    return True
                self._counters = self._counters or found
        self._step += 1
        return False


def first_event(
    honest: Sequence[TraceEvent], mutant: Sequence[TraceEvent], steps: Sequence[int]
) -> Difference | None:
    """Return the first difference between the events of two plays.

    `steps` are the numbers of events of the honest play before the first step and after each step.
    """
    for place in range(max(len(honest), len(mutant))):
        before = honest[place] if place < len(honest) else None
        after = mutant[place] if place < len(mutant) else None
        if before != after:
            step = next((number for number, count in enumerate(steps) if place < count), len(steps) - 1)
            return Difference(step, None, _plain(before), _plain(after))
    return None


def _plain(event: TraceEvent | None) -> dict[str, Any] | None:
    return None if event is None else event.plain()
