"""Steps that no mutant makes fail: they would pass in every world that was tried."""

from collections.abc import Sequence

from hubsim_scenarios.language.steps import AnyStep, Expect, ExpectOrder, Never, PersonSees, PersonStep
from hubsim_scenarios.product.closed_words import CLOUD_UNREACHABLE
from hubsim_scenarios.proving.proof import Proof


def checks(step: AnyStep) -> bool:
    """Return whether the step expects something that a mutant could change.

    A step that expects that the cloud is stopped is not counted: that is done by the scenario, not by the
    world.
    """
    if isinstance(step, PersonStep | PersonSees) and step.refused is not None:
        return step.refused != CLOUD_UNREACHABLE
    if isinstance(step, PersonSees):
        return step.shows is not None
    return isinstance(step, Expect | Never | ExpectOrder)


def weak_steps(proof: Proof) -> Sequence[AnyStep]:
    """Return the steps that check something and that no mutant makes fail."""
    failed = {number for play in proof.plays for number in play.failed_steps}
    steps = proof.honest.scenario.steps
    return [step for number, step in enumerate(steps, 1) if checks(step) and number not in failed]
