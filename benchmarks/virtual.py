"""The virtual world: plays of the full journey per second, and the whole catalog in one command."""

import subprocess
import sys
import time
from collections.abc import Callable

from hubsim_scenarios.play.launch import collecting_rarely, play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import CATALOG, find, read

ROUNDS = 5
ROUND_S = 1.0


def plays_per_second() -> float:
    """Return plays of the catalog's first scenario per second on one core: the best of five rounds."""
    (journey,) = read(find([CATALOG])[:1])
    assert play_virtual(journey).result.verdict is Verdict.PASS
    with collecting_rarely():
        return max(_rate(lambda: play_virtual(journey)) for _ in range(ROUNDS))


def catalog_s() -> tuple[float, int]:
    """Return the time of `hubsim run --virtual` for the whole catalog, with start-up, and its size."""
    began = time.monotonic()
    command = [sys.executable, "-m", "hubsim", "run", "--virtual", str(CATALOG)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (a trusted program)
    return time.monotonic() - began, len(read(find([CATALOG])))


def _rate(play: Callable[[], object]) -> float:
    began, count = time.process_time(), 0
    while time.process_time() - began < ROUND_S:
        play()
        count += 1
    return count / (time.process_time() - began)
