"""The input of all reports: the facts of the run, and a record of each play.

Pure, except `run_facts`, which reads the platform.
"""

import platform
from datetime import datetime

import msgspec

from hubsim_cloud.domain.zones import RULES_VERSION
from hubsim_contract.lab.trace import Trace
from hubsim_scenarios.play.collector import Collected
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.play import PlayResult


class PlayRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One finished play, with all data that reports use."""

    result: PlayResult
    trace: Trace
    again: str
    """The command that repeats the play. It contains no secrets."""
    notes: Collected = Collected()


def play_record(played: Played, again: str, notes: Collected = Collected()) -> PlayRecord:  # noqa: B008 (frozen)
    """Return the record of a play."""
    return PlayRecord(result=played.result, trace=played.trace, again=again, notes=notes)


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that all plays of a run share. They contain no secrets, because reports are published."""

    hubsim: str
    """The version of hubsim."""
    zone_rules: str
    """The release of the time zone rules."""
    python: str
    platform: str
    seed: int
    """The seed of the first play. Each play also has its own, because repeats use the next seeds."""
    world: str
    """`virtual`, `live` or `remote`."""
    where: str
    """A description of the world and the broker."""
    command: str
    """The command that repeats the run."""
    began_at: datetime
    """Real time, in UTC."""
    took_s: float
    """Real seconds from the beginning to the end of the run."""
    interrupted: str = ""
    """What ended the run early, such as `SIGTERM`. Empty: the run was completed."""
    unplayed: int = 0
    """The number of plays that an interruption or `--fail-fast` left out."""


def run_facts(
    *,
    version: str,
    seed: int,
    world: str,
    where: str,
    command: str,
    began_at: datetime,
    took_s: float,
    interrupted: str = "",
    unplayed: int = 0,
) -> RunFacts:
    """Return the facts of a run on this machine. The texts must not contain a broker's user or password."""
    return RunFacts(
        hubsim=version,
        zone_rules=RULES_VERSION,
        python=platform.python_version(),
        platform=platform.platform(),
        seed=seed,
        world=world,
        where=where,
        command=command,
        began_at=began_at,
        took_s=round(took_s, 3),
        interrupted=interrupted,
        unplayed=unplayed,
    )
