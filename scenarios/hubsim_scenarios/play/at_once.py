"""The handler of `together` steps: all members are performed at the same instant, in any order.

The names of all members are resolved and all sessions are opened before the first one is performed. The
world becomes idle after the last one. In a virtual world the step has an order, and events of the instant may
occur between two members. A live world sends the members at the same time.
"""

from collections.abc import Awaitable, Callable

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
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
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
        f"{member_text(member)}: {str(end).removesuffix('.')}"
        for member, end in zip(step.members, ended, strict=True)
        if isinstance(end, Exception)
    ]
    if failures:
        raise StepFailed("; ".join(failures))
    outcomes = tuple(end for end in ended if isinstance(end, StepOutcome))
    _check_succeed(step, outcomes)
    return StepOutcome(members=outcomes)


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
        members = "member" if step.succeed == 1 else "members"
        raise StepFailed(f"expected {step.succeed} {members} to succeed, saw {succeeded} ({listed})")


def member_text(member: AnyMember) -> str:
    """Return who does what: `ivan stop now`, `villa unplug`, `fault drop`."""
    match member:
        case PersonStep():
            words = f"{member.person} {member.action}"
        case PersonSees():
            words = f"{member.person} looks at {member.view}"
        case BenchStep():
            words = f"{member.hub} {member.action}"
        case _:
            words = f"fault {member.fault}"
    return words.replace("_", " ")


def outcome_text(outcome: StepOutcome) -> str:
    """Return `done`, or the refusal."""
    return "done" if outcome.refused is None else f"refused ({outcome.refused})"
