"""The outcome of each mutant over several plays: it is noticed if one play notices it."""

from collections.abc import Sequence
from typing import NamedTuple

from hubsim_scenarios.proving.proof import MutantPlay, Outcome, Proof

_BEST_FIRST = (Outcome.NOTICED, Outcome.UNNOTICED, Outcome.STOPPED, Outcome.NO_OCCASION)


class Total(NamedTuple):
    """The outcome of one mutant, with the first play that has it."""

    mutant: str
    outcome: Outcome
    proof: Proof
    play: MutantPlay


def totals(proofs: Sequence[Proof]) -> list[Total]:
    """Return the outcome of each mutant over all plays, in the order of the mutants."""
    best: dict[str, Total] = {}
    for proof in proofs:
        for play in proof.plays:
            known = best.get(play.mutant)
            if known is None or _BEST_FIRST.index(play.outcome) < _BEST_FIRST.index(known.outcome):
                best[play.mutant] = Total(play.mutant, play.outcome, proof, play)
    return list(best.values())


def all_noticed(found: Sequence[Total]) -> bool:
    """Return whether each mutant that has an occasion is noticed."""
    return all(total.outcome in (Outcome.NOTICED, Outcome.NO_OCCASION) for total in found)
