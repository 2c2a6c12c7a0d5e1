"""One rule of the contract: its demand, its party, its reason, and how a breach is found."""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """The effect of a breach."""

    MUST = "must"
    """A breach loses or corrupts state, here or at the peer."""
    SHOULD = "should"
    """A breach costs time, traffic or diagnosis, but loses nothing."""


class RuleSide(StrEnum):
    """The party that keeps the rule."""

    HUB = "hub"
    CLOUD = "cloud"
    CARRIER = "carrier"


class RuleProof(StrEnum):
    """How a breach of the rule is found."""

    CONFORM = "conform"
    """`hubsim conform` plays the situation and judges the packets."""
    DECODER = "decoder"
    """The decoder finds it in a message, wherever one is received: cloud, tap, `hubsim conform`."""
    MUTANTS = "mutants"
    """The catalog detects a mutant that breaks the rule: see `docs/mutants.md`."""
    NONE = "none"
    """Nothing finds it; `why_unproved` gives the reason."""


class Family(NamedTuple):
    """Rules with one purpose: the id, the title, and the purpose."""

    id: str
    title: str
    text: str


class Rule(NamedTuple):
    """One rule. Its id is that of its family, a dot and a name, for example `MQ-7.json`."""

    id: str
    side: RuleSide
    severity: Severity
    text: str
    """The demand, for the person who implements it."""
    reason: str
    """The failure that it prevents."""
    proof: RuleProof
    why_unproved: str = ""
    """With `RuleProof.NONE`: why no check finds a breach."""

    @property
    def family(self) -> str:
        """The id of the family, for example `MQ-7`."""
        return self.id.partition(".")[0]
