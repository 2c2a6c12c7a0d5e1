"""Reads a `together` step, and checks what only its members may have.

A member cannot use a name that another member creates, because it may come first. Later steps can use it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.composites import Fields, read_fields
from hubsim_scenarios.language.errors import ScenarioError, quoted
from hubsim_scenarios.language.nodes import Node
from hubsim_scenarios.language.orders import MAX_MEMBERS, MAX_ORDERS, MIN_MEMBERS, count_orders
from hubsim_scenarios.language.read_context import ReadContext
from hubsim_scenarios.language.step_tables import LEADS, MEMBER_LEADS
from hubsim_scenarios.language.steps import (
    AnyStep,
    BenchStep,
    InjectFault,
    PersonSees,
    PersonStep,
)

ReadStep = Callable[[Node, ReadContext], AnyStep | None]
_MEMBER_KINDS = "actions and views of people, bench actions and faults can; write this as a separate step"


def read_together(
    node: nodes.Mapping, fields: Fields, read_step: ReadStep, reading: ReadContext
) -> dict[str, Any] | None:
    """Return the step's own values with its members, or None after a report. `read_step` reads a member."""
    own = read_fields(node, fields, "a together step", reading)
    listed = own.get("together")
    if listed is None:
        return None
    if not isinstance(listed, nodes.Sequence):
        reading.wrong_kind(listed, fields["together"].shape.describe())
        return None
    if not MIN_MEMBERS <= len(listed.items) <= MAX_MEMBERS:
        text = f"a together step has {MIN_MEMBERS} to {MAX_MEMBERS} members, not {len(listed.items)}"
        reading.problems.add(node.place, text)
        return None
    members = _members(listed, read_step, reading)
    if len(members) == len(listed.items):
        _check_succeed(node, own, members, reading)
    del own["together"]
    return {**own, "members": members}


def _members(listed: nodes.Sequence, read_step: ReadStep, reading: ReadContext) -> tuple[AnyStep, ...]:
    """Return the members without mistakes; each is read with the names that exist before the step."""
    before, after = dict(reading.aliases), dict(reading.aliases)
    members: list[AnyStep] = []
    for item in listed.items:
        reading.aliases = dict(before)
        member = _member(item, read_step, reading)
        made = {name: kind for name, kind in reading.aliases.items() if before.get(name) != kind}
        for name in made.keys() - before.keys():
            if name in after:
                reading.problems.add(item.place, f"another member creates {quoted(name)}, too")
        after |= made
        if member is not None:
            members.append(member)
    reading.aliases = after
    return tuple(members)


def _member(item: Node, read_step: ReadStep, reading: ReadContext) -> AnyStep | None:
    keys = [key for key, _ in item.entries] if isinstance(item, nodes.Mapping) else []
    other = next((key for key in keys if key.text in LEADS and key.text not in MEMBER_LEADS), None)
    if other is not None:
        reading.problems.add(
            other.place, f"{quoted(other.text)} cannot be a member of 'together'", _MEMBER_KINDS
        )
        return None
    soft = next((key for key in keys if key.text == "soft"), None)
    if soft is not None:
        reading.problems.add(
            soft.place, "a member of 'together' cannot be soft", "check the result in a soft step after it"
        )
    return read_step(item, reading)


def _check_succeed(
    node: nodes.Mapping, own: dict[str, Any], members: Sequence[AnyStep], reading: ReadContext
) -> None:
    succeed, value = own.get("succeed"), node.get("succeed")
    if succeed is None or value is None:
        return
    uncertain = sum(1 for member in members if may_be_refused(member))
    if not uncertain:
        text = "'succeed' counts the members with 'may_be_refused', but no member has it"
        reading.problems.add(value.place, text)
    elif succeed > uncertain:
        members_text = "1 member has" if uncertain == 1 else f"{uncertain} members have"
        text = f"{succeed} members cannot succeed: only {members_text} 'may_be_refused'"
        reading.problems.add(value.place, text)


def may_be_refused(step: AnyStep) -> tuple[str, ...]:
    """Return the refusals that may occur, depending on the order."""
    match step:
        case PersonStep() | PersonSees() | BenchStep():
            return step.may_be_refused
        case InjectFault() | _:
            return ()


def check_alone(node: nodes.Mapping, step: AnyStep, reading: ReadContext) -> None:
    """Report a field that only members have, in a step that is not a member."""
    if may_be_refused(step):
        key = next(key for key, _ in node.entries if key.text == "may_be_refused")
        reading.problems.add(
            key.place,
            "'may_be_refused' is for members of 'together': the outcome of a single step is certain",
            "use 'refused'",
        )


def check_uncertain(node: nodes.Mapping, own: dict[str, Any], reading: ReadContext) -> None:
    """Report fields that cannot be combined with `may_be_refused`."""
    if "may_be_refused" not in own:
        return
    for key, reason in (
        ("refused", "either the outcome is certain, or it depends on the order"),
        ("called", "the thing may not exist afterwards"),
    ):
        if node.get(key) is not None:
            reading.problems.add(node.place, f"{key!r} cannot be combined with 'may_be_refused': {reason}")


def check_orders(steps: Sequence[AnyStep], reading: ReadContext) -> tuple[ScenarioError, ...]:
    """Report the step with which a scenario has more than `MAX_ORDERS` orders.

    Return the mistake if the step is in a fragment, whose mistakes are not those of this context.
    """
    for number, step in enumerate(steps, 1):
        count = count_orders(steps[:number])
        if count > MAX_ORDERS:
            text = (
                f"the scenario has {count} orders up to this step; at most {MAX_ORDERS} are allowed: "
                "each is played separately"
            )
            if step.file is not None:
                return (ScenarioError(step.file, step.place.line, step.place.column, text, ""),)
            reading.problems.add(step.place, text)
            break
    return ()
