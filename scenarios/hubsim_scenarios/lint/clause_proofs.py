"""The steps that can prove a clause of the guide, for clauses that need specific steps.

Each clause is about an action of people or its result: a scenario without any of these steps cannot prove it.
A clause that is not listed has no specific steps.
"""

from collections.abc import Mapping

from hubsim_scenarios.language.steps import PersonSees, PersonStep, Scenario, single_steps

PROOFS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("C1", "C2", "C3"), ("create_company",)),
    "C4": ("change_owner",),
    "C5": ("send_desktop_build",),
    **dict.fromkeys(("D1", "D2", "D3", "D4"), ("enroll_as_dealer",)),
    "E2": ("add_employee", "change_role", "remove_employee"),
    "E4": ("change_role",),
    **dict.fromkeys(("E5", "E6"), ("add_employee",)),
    "E7": ("switch_account",),
    "E8": ("payment_history", "reseller_dashboard", "suspend_connection", "restore_connection"),
    "R2": ("send_request",),
    "R3": ("approve_request",),
    **dict.fromkeys(("R4", "R5"), ("send_request", "reseller_details")),
    "R6": ("activate",),
    **dict.fromkeys(("A1", "A2"), ("activate", "schedule_deactivation", "resume", "stop_now")),
    **dict.fromkeys(("A3", "A6", "A7"), ("activate",)),
    "A8": ("confirmation",),
    "A5": ("activation_form", "activate"),
    **dict.fromkeys(("S1", "S2", "S3", "S4"), ("schedule_deactivation",)),
    **dict.fromkeys(("U1", "U2"), ("resume",)),
    **dict.fromkeys(("X1", "X2", "X3"), ("stop_now",)),
    "X4": ("delete_company",),
}


def unproved(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return the covered clauses that no step of the scenario can prove, each with the steps that could."""
    words = {step.action for step in single_steps(scenario.steps) if isinstance(step, PersonStep)}
    words |= {step.view for step in single_steps(scenario.steps) if isinstance(step, PersonSees)}
    return {
        clause: PROOFS[clause]
        for clause in scenario.covers
        if clause in PROOFS and words.isdisjoint(PROOFS[clause])
    }
