"""The live world and the command line, with start-up, as a user experiences them."""

import subprocess
import sys
import time

from hubsim_scenarios.product.files import CATALOG, find

ROUNDS = 5


def journey_s() -> float:
    """Return the time of `hubsim run` for the full journey, embedded broker: the median of five runs."""
    return _median([sys.executable, "-m", "hubsim", "run", str(find([CATALOG])[0])])


def help_s() -> float:
    """Return the time of `hubsim --help`: the median of five runs."""
    return _median([sys.executable, "-m", "hubsim", "--help"])


def _median(command: list[str]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (a trusted program)
        times.append(time.monotonic() - began)
    return sorted(times)[ROUNDS // 2]
