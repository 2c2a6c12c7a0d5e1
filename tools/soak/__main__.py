"""`python -m tools.soak`: long runs that look for leaks. Each prints one line of figures."""

import asyncio
import secrets
import signal
import sys
import tempfile
from pathlib import Path
from random import Random

import click

from tools.soak.live_soak import LiveSoak
from tools.soak.soak_record import SoakRecord
from tools.soak.virtual_soak import VirtualSoak

S_IN_HOUR = 3_600
SAMPLES = 240
EXIT_LEAKS = 1

csv_option = click.option(
    "--csv", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write all samples to this file."
)
seed_option = click.option("--seed", default="", help="The seed of the draws; without it a new one.")


@click.group()
def soak() -> None:
    """Run for a long time, and report what grows. Exit codes: 0 nothing leaks, 1 something does.

    Ctrl-C and SIGTERM end a run early, and its processes.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell makes background jobs ignore it
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


@soak.command()
@click.option("--hours", default=1.0, show_default=True, type=click.FloatRange(min=0, min_open=True))
@click.option("--hubs", default=500, show_default=True, type=click.IntRange(min=1))
@click.option("--rate", default=20.0, show_default=True, type=click.FloatRange(min=0, min_open=True))
@seed_option
@csv_option
def live(hours: float, hubs: int, rate: float, seed: str, file: Path | None) -> None:
    """Run broker, simulator and cloud as processes under a load of RATE acts a second."""
    seed = seed or secrets.token_hex(4)
    with tempfile.TemporaryDirectory(prefix="hubsim-soak-") as folder:
        soaking = LiveSoak(Path(folder), hubs=hubs, acts_per_s=rate, rng=_rng(seed))
        try:
            asyncio.run(soaking.run(hours * S_IN_HOUR, SAMPLES))
        finally:
            _report(soaking.record, f"soak {seed}, live, {hours:g} h, {hubs} hubs", file)


@soak.command()
@click.option("--days", default=7, show_default=True, type=click.IntRange(min=1))
@click.option("--hubs", default=100, show_default=True, type=click.IntRange(min=1))
@seed_option
@csv_option
def virtual(days: int, hubs: int, seed: str, file: Path | None) -> None:
    """Compute days of a fleet in the virtual world, in this process."""
    seed = seed or secrets.token_hex(4)
    soaking = VirtualSoak(hubs=hubs, rng=_rng(seed))
    asyncio.run(soaking.run(days))
    _report(soaking.record, f"soak {seed}, virtual, {days} days, {hubs} hubs", file)


def _rng(seed: str) -> Random:
    return Random(seed)  # noqa: S311 (not for cryptography)


def _report(record: SoakRecord, what: str, file: Path | None) -> None:
    if file is not None:
        record.write(file)
    click.echo(record.line(what))
    if any(verdict.judged.leaks for verdict in record.verdicts()) and sys.exc_info()[0] is None:
        sys.exit(EXIT_LEAKS)


if __name__ == "__main__":
    soak()
