"""What every report is made from: the facts of the run, and an account of each play.

Pure but for `run_facts`, which looks at the machine.
"""

import platform
from datetime import datetime

import msgspec

from hubsim_contract.lab.trace import Trace
from hubsim_scenarios.play.collector import Collected
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.play import PlayResult


class PlayRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One finished play, with all that a report says of it."""

    result: PlayResult
    trace: Trace
    again: str
    """The command that plays it again; without any secret."""
    notes: Collected = Collected()


def account(played: Played, again: str, notes: Collected = Collected()) -> PlayRecord:  # noqa: B008 (frozen)
    """Return the account of a play."""
    return PlayRecord(result=played.result, trace=played.trace, again=again, notes=notes)


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What all plays of a run have in common. Nothing here may hold a secret: reports are passed on."""

    hubsim: str
    """The version of hubsim."""
    python: str
    platform: str
    seed: int
    """Of the first play; repeats count on from it, and each play says its own."""
    world: str
    """`virtual`, `live` or `remote`."""
    where: str
    """The world in words, with the broker."""
    command: str
    """The command that runs all of it again."""
    began_at: datetime
    """Real time, in UTC."""
    took_s: float
    """Real seconds from the beginning to the end of the run."""


def run_facts(
    *, version: str, seed: int, world: str, where: str, command: str, began_at: datetime, took_s: float
) -> RunFacts:
    """Return the facts of a run on this machine. User and password of a broker must be left out before."""
    return RunFacts(
        hubsim=version,
        python=platform.python_version(),
        platform=platform.platform(),
        seed=seed,
        world=world,
        where=where,
        command=command,
        began_at=began_at,
        took_s=round(took_s, 3),
    )
