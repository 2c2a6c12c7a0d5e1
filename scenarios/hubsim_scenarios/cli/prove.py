"""`hubsim run --prove`: play scenarios against mutants of the world, and report what no step notices."""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any

import click
from click.core import ParameterSource

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import collecting_rarely
from hubsim_scenarios.play.verdict import EXITS, Verdict, exit_code
from hubsim_scenarios.proving.proof import Proof, prove
from hubsim_scenarios.proving.proof_record import proof_json
from hubsim_scenarios.proving.proof_text import play_line, several_plays, single_play
from hubsim_scenarios.proving.totals import all_noticed, totals
from hubsim_scenarios.reports.options import STDOUT, Reports
from hubsim_scenarios.reports.summary import result_lines
from hubsim_scenarios.running.run import Running
from hubsim_scenarios.running.schedule import STOPPING
from hubsim_scenarios.running.target import Target
from hubsim_scenarios.translation.plural import counted
from hubsim_storage.whole_file import write_whole

NOT_NOTICED_EXIT = EXITS[Verdict.FAIL]
"""The exit code if a mutant that has an occasion is not noticed by any play."""
_SAFE_PATH = "PYTHONSAFEPATH"
_APART = {
    "live": "--live",
    "broker": "--broker",
    "cloud": "--cloud",
    "ca": "--ca",
    "repeat": "--repeat",
    "watch": "--watch",
    "twice": "--twice",
    "update": "--update",
    "yes": "--yes",
    "durations": "--durations",
    "step": "--step",
    "break_on": "--break-on",
    "trace": "--trace",
    "html": "--html",
    "junit": "--junit",
}
"""The parameters that make no sense for plays against mutants, with their options."""


def check_alone(context: click.Context) -> None:
    """Refuse options that cannot be combined with `--prove`. Raises `UsageError`."""
    for name, option in _APART.items():
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given:
            raise click.UsageError(
                f"--prove cannot be combined with {option}: it plays each scenario in the virtual world "
                "under one seed, many times"
            )


def prove_selected(
    target: Target, scenarios: Sequence[Scenario], seed: int, running: Running, reports: Reports
) -> int:
    """Prove the scenarios, print the report, write the JSON, and return the exit code."""
    quiet = reports.on_stdout
    single = len(scenarios) == 1
    proofs: list[Proof] = []
    try:
        for proof in _proofs(target, scenarios, seed, running.jobs):
            proofs.append(proof)
            if not quiet:
                _print_play(target, proof, single=single)
            if running.fail_fast and proof.honest.verdict in STOPPING:
                break
    except BrokenProcessPool:
        click.echo("a worker process died: play again with fewer --jobs", err=True)
        return EXITS[Verdict.BLOCKED]
    if not quiet and not single:
        for line in several_plays(proofs):
            click.echo(line)
        _print_unproved(proofs, len(scenarios))
    _write(reports, proofs)
    verdict = exit_code([proof.honest.verdict for proof in proofs])
    return verdict or (0 if all_noticed(totals(proofs)) else NOT_NOTICED_EXIT)


def _proofs(target: Target, scenarios: Sequence[Scenario], seed: int, jobs: int) -> Iterator[Proof]:
    """Yield the proof of each scenario, in their order."""
    task = partial(prove, seed=seed, models=target.models, market=target.market)
    if jobs == 1 or len(scenarios) == 1:
        with collecting_rarely():
            yield from map(task, scenarios)
        return
    with _safe_path():
        pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin_worker)
        proofs = pool.map(task, scenarios)
    try:
        yield from proofs
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _safe_path() -> Iterator[None]:
    """Start workers in this context: modules in the user's folder must not hide modules of the program."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


def _begin_worker() -> None:
    """Ignore Ctrl-C: the run receives it, and stops its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _print_play(target: Target, proof: Proof, *, single: bool) -> None:
    if proof.honest.verdict is not Verdict.PASS:
        lines = result_lines([proof.honest], target.again)
    else:
        lines = single_play(proof) if single else [play_line(proof)]
    for line in lines:
        click.echo(line)


def _print_unproved(proofs: Sequence[Proof], count: int) -> None:
    """Print how many scenarios were not proved, because they do not pass without a mutant."""
    failed = sum(1 for proof in proofs if proof.honest.verdict is not Verdict.PASS)
    unplayed = count - len(proofs)
    parts = [f"{counted(failed, 'scenario')} not proved: without a mutant, a step fails"] if failed else []
    parts += [f"{counted(unplayed, 'scenario')} not played"] if unplayed else []
    for part in parts:
        click.echo(part)


def _write(reports: Reports, proofs: Sequence[Proof]) -> None:
    """Write the JSON, if it is requested. Raises `OSError`."""
    if reports.json is None:
        return
    written: Any = proof_json(proofs)
    if reports.json == STDOUT:
        click.echo(written, nl=False)
    else:
        write_whole(reports.json, written)
