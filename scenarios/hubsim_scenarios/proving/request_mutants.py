"""Mutants of the answers to requests: commands that do nothing although accepted, and missing refusals.

They are made from the commands and the refusals of the product. A command that does nothing still returns
its result, such as the next screen. A request without its refusal is accepted and changes nothing: a step
that expects the refusal fails before anything could follow from it.
"""

from collections.abc import Callable

from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.refusals import Refusal, RefusalName
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.proving.mutant import Mutant, Part
from hubsim_scenarios.proving.seams import Changes, Seam

NEVER_ACCEPTED = "change_owner"
"""The command that the cloud always refuses (guide C4)."""
_CLAUSES = {
    "create_company": ("C1", "C3"),
    "switch_account": ("E7",),
    "enroll_as_dealer": ("D1", "D2", "D4"),
    "add_employee": ("E1", "E2", "E6"),
    "change_role": ("E4",),
    "remove_employee": ("E2",),
    "send_request": ("R2", "R4"),
    "approve_request": ("R3", "R6"),
    "activate": ("A1", "A2", "A7"),
    "schedule_deactivation": ("S1", "S2", "S3"),
    "resume": ("U1", "U2"),
    "stop_now": ("X1", "X2", "X3"),
    "not_permitted": ("A1", "A2", "D2", "E2"),
    "not_a_member": ("A1", "E7"),
    "personal_account_required": ("C2",),
    "country_not_supported": ("D1",),
    "not_a_dealer": ("D1",),
    "account_not_found": ("E5",),
    "owner_immutable": ("C4",),
    "request_already_sent": ("R2",),
    "connection_not_approved": ("R3", "R6"),
    "reseller_required": ("A6",),
    "sim_not_installed": ("A3",),
    "sim_defective": ("A3",),
    "foreign_sim": ("A3",),
    "package_not_found": ("A5",),
    "has_active_services": ("X4", "X5"),
}
"""The clauses that a command without effect, or a missing refusal, violates."""


def _ignored(name: str) -> Callable[[], Changes]:
    def change(facts: tuple[Fact, ...], command: str) -> tuple[Fact, ...]:
        return () if command == name else facts

    return lambda: {Seam.FACTS: change}


def _accepted(name: RefusalName) -> Callable[[], Changes]:
    def answer(outcome: Accepted | Refusal, _command: str) -> Accepted | Refusal:
        return Accepted(()) if isinstance(outcome, Refusal) and outcome.name is name else outcome

    def view(shown: object, _query: str) -> object:
        return {} if isinstance(shown, Refusal) and shown.name is name else shown

    return lambda: {Seam.ANSWER: answer, Seam.VIEW: view}


COMMAND_MUTANTS = tuple(
    Mutant(
        f"ignored_{name}",
        Part.COMMANDS,
        f"The cloud accepts {name} and does nothing.",
        _CLAUSES.get(name, ()),
        _ignored(name),
    )
    for name in vocabulary().commands
    if name != NEVER_ACCEPTED
)
REFUSAL_MUTANTS = tuple(
    Mutant(
        f"unrefused_{name.value}",
        Part.REFUSALS,
        f"The cloud accepts what it must refuse with {name.value}.",
        _CLAUSES.get(name.value, ()),
        _accepted(name),
    )
    for name in RefusalName
)
