"""The handler of `together` steps: all members are performed at the same instant, in any order.

The names of all members are resolved and all sessions are opened before the first one is performed. The
world becomes idle after the last one. In a virtual world the step has an order, and events of the instant may
occur between two members. A live world sends the members at the same time.
"""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from hubsim_scenarios.language.moves import MoveRefused
from hubsim_scenarios.language.steps import (
    AnyMember,
    BenchStep,
    PersonSees,
    PersonStep,
    Together,
)
from hubsim_scenarios.language.together_reader import may_be_refused
from hubsim_scenarios.play.actions import PREPARING
from hubsim_scenarios.play.aliases import NotYetThere
from hubsim_scenarios.play.context import FieldDifference, PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.translation.story_language import name_of, say, say_count
from hubsim_scenarios.worlds.world import CannotPlay, CloudUnreachable

_Ended = StepOutcome | Exception


async def together(context: PlayContext, step: Together) -> StepOutcome:
    """Perform all members. Fails if a member fails, or if another number than `succeed` succeeds.

    Raises `CannotPlay` if a member cannot be played. The other members are performed nevertheless.
    """
    prepared = [PREPARING[type(member)](context, member) for member in step.members]
    for each in prepared:
        if each.actor is not None:
            await context.world.open_session(each.actor)
    ended: list[_Ended] = await context.world.at_once([_ended(each.perform) for each in prepared], step.order)
    for end in ended:
        if isinstance(end, CannotPlay | NotYetThere | MoveRefused):
            raise end
    failures = [
        (member_text(member), end)
        for member, end in zip(step.members, ended, strict=True)
        if isinstance(end, Exception)
    ]
    if failures:
        raise _failed_members(failures)
    outcomes = tuple(end for end in ended if isinstance(end, StepOutcome))
    _check_succeed(step, outcomes)
    return StepOutcome(members=outcomes)


def _failed_members(failures: Sequence[tuple[str, Exception]]) -> StepFailed:
    """Return the error for members that failed, with the differences and remarks of each."""
    reasons, differences, others, remarks = list[str](), list[FieldDifference](), list[str](), list[str]()
    for member, end in failures:
        reason = f"{member}: {str(end).removesuffix('.')}"
        reasons.append(reason)
        found = end.differences if isinstance(end, StepFailed) else ()
        differences += [msgspec.structs.replace(each, where=f"{member}: {each.where}") for each in found]
        others += [] if found else [reason]
        remarks += end.remarks if isinstance(end, StepFailed) else ()
    return StepFailed(
        "; ".join(reasons),
        differences=tuple(differences),
        remarks=(*(others if differences else ()), *remarks),
    )


def _ended(perform: Callable[[], Awaitable[StepOutcome]]) -> Callable[[], Awaitable[_Ended]]:
    """Return the same with errors of plays as values, so that one member does not stop the others."""

    async def attempt() -> _Ended:
        try:
            return await perform()
        except (StepFailed, CloudUnreachable, CannotPlay, NotYetThere, MoveRefused) as error:
            return error

    return attempt


def _check_succeed(step: Together, outcomes: tuple[StepOutcome, ...]) -> None:
    uncertain = [
        (member, outcome)
        for member, outcome in zip(step.members, outcomes, strict=True)
        if may_be_refused(member)
    ]
    succeeded = sum(1 for _, outcome in uncertain if outcome.refused is None)
    if step.succeed is not None and succeeded != step.succeed:
        listed = ", ".join(f"{member_text(member)}: {outcome_text(outcome)}" for member, outcome in uncertain)
        raise StepFailed(
            say_count(
                "expected {count} member to succeed, saw {seen} ({listed})",
                "expected {count} members to succeed, saw {seen} ({listed})",
                step.succeed,
                seen=succeeded,
                listed=listed,
            )
        )


def member_text(member: AnyMember) -> str:
    """Return who does what: `ivan stop now`, `villa unplug`, `fault drop`."""
    match member:
        case PersonStep():
            words = f"{member.person} {name_of(member.action)}"
        case PersonSees():
            words = f"{member.person} {say('looks at {view}{fields}', view=name_of(member.view), fields='')}"
        case BenchStep():
            words = f"{member.hub} {name_of(member.action)}"
        case _:
            words = f"{say('fault')} {name_of(member.fault)}"
    return words


def outcome_text(outcome: StepOutcome) -> str:
    """Return `done`, or the refusal."""
    return say("done") if outcome.refused is None else say("refused ({name})", name=outcome.refused)
