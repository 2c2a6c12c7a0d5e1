"""Proofs as JSON, for programs: typed records, and the JSON Schema generated from them.

Within one `format`, fields are added but not removed or changed. Readers ignore unknown fields.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from hubsim_scenarios.language.steps import AnyStep
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.proving.mutants import BY_NAME
from hubsim_scenarios.proving.proof import MutantPlay, Outcome, Proof
from hubsim_scenarios.proving.proof_text import explanation
from hubsim_scenarios.proving.suggestion import suggestion
from hubsim_scenarios.proving.totals import totals
from hubsim_scenarios.proving.weak_steps import weak_steps

PROOF_FORMAT: Literal[1] = 1


class ProofRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records of a proof."""


class ProofStep(ProofRecord, frozen=True, kw_only=True):
    """One step of a scenario."""

    number: int
    """From 1, in the order of execution."""
    file: str
    line: int
    step: str
    """The source text in the file."""


class ProofPlay(ProofRecord, frozen=True, kw_only=True):
    """The play of a scenario with one mutant."""

    mutant: str
    outcome: Outcome
    failed: tuple[ProofStep, ...]
    """The steps that fail. The first one notices the mutant."""
    reason: str
    """Why the first of them fails, or why the play stops early. Else empty."""
    differs: str
    """If no step fails: what differs from the play without a mutant, in words."""
    suggestion: str | None
    """An expectation that notices the difference. Null: none is needed, or none of a state can."""


class ProvedScenario(ProofRecord, frozen=True, kw_only=True):
    """One scenario, or one case of it."""

    file: str
    case: Mapping[str, str]
    scenario: str
    """The title."""
    seed: int
    verdict: Verdict
    """The verdict without a mutant. Mutants are played only if it is `pass`."""
    mutants: tuple[ProofPlay, ...]
    """In the order of the mutants, without those that have no occasion."""
    weak_steps: tuple[ProofStep, ...]
    """The steps that check something and that no mutant makes fail."""


class ProvedMutant(ProofRecord, frozen=True, kw_only=True):
    """One mutant, with its outcome over all plays."""

    mutant: str
    part: str
    """The part of the world that deviates."""
    breaks: str
    """The deviation, in one sentence."""
    violates: tuple[str, ...]
    """Clauses of the guide, and rules of the contract."""
    outcome: Outcome


class ProofResults(ProofRecord, frozen=True, kw_only=True):
    """The proofs of one run."""

    format: Literal[1] = PROOF_FORMAT
    mutants: tuple[ProvedMutant, ...]
    plays: tuple[ProvedScenario, ...]


def proof_json(proofs: Sequence[Proof]) -> bytes:
    """Return the proofs as JSON."""
    results = ProofResults(
        mutants=tuple(
            ProvedMutant(
                mutant=total.mutant,
                part=BY_NAME[total.mutant].part,
                breaks=BY_NAME[total.mutant].breaks,
                violates=BY_NAME[total.mutant].violates,
                outcome=total.outcome,
            )
            for total in totals(proofs)
        ),
        plays=tuple(map(_scenario, proofs)),
    )
    return msgspec.json.format(msgspec.json.encode(results)) + b"\n"


def proof_schema() -> bytes:
    """Return the JSON Schema (2020-12) of the proofs."""
    (root,), components = msgspec.json.schema_components([ProofResults], ref_template="#/$defs/{name}")
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Proofs of hubsim",
        **root,
        "$defs": components,
    }
    return msgspec.json.format(msgspec.json.encode(schema)) + b"\n"


def _scenario(proof: Proof) -> ProvedScenario:
    scenario = proof.honest.scenario
    numbers = {id(step): number for number, step in enumerate(scenario.steps, 1)}
    return ProvedScenario(
        file=scenario.file,
        case=scenario.case,
        scenario=scenario.title,
        seed=proof.honest.seed,
        verdict=proof.honest.verdict,
        mutants=tuple(_play(proof, play) for play in proof.plays if play.outcome is not Outcome.NO_OCCASION),
        weak_steps=tuple(_step(proof, numbers[id(step)], step) for step in weak_steps(proof)),
    )


def _play(proof: Proof, play: MutantPlay) -> ProofPlay:
    scenario = proof.honest.scenario
    unnoticed = play.outcome is Outcome.UNNOTICED
    difference = play.difference
    return ProofPlay(
        mutant=play.mutant,
        outcome=play.outcome,
        failed=tuple(_step(proof, number, scenario.steps[number - 1]) for number in play.failed_steps),
        reason=play.reason,
        differs=explanation(scenario, play, proof.names)[0] if unnoticed else "",
        suggestion=None if difference is None else suggestion(difference, proof.names, scenario.zone),
    )


def _step(proof: Proof, number: int, step: AnyStep) -> ProofStep:
    return ProofStep(
        number=number,
        file=step.file or proof.honest.scenario.file,
        line=step.place.line,
        step=step.source,
    )
