"""The option of `hubsim run` that records packets."""

from collections.abc import Sequence

import click

from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.product.files import BadFiles

STATIONS = ("all", "cloud", "carrier")
"""The words of `--packets` in addition to names of hubs."""

packets_option = click.option(
    "--packets",
    multiple=True,
    metavar="HUB|cloud|carrier|all",
    help="Record every MQTT packet of this station in the trace and the HTML report of live plays; several "
    "times for several stations.",
)


def check_packets(packets: tuple[str, ...], *, live: bool, recorded: object) -> None:
    """Refuse `--packets` without packets or without a file for them. Raises `UsageError`."""
    if packets and not live:
        raise click.UsageError(
            "--packets needs a live play on this machine: the virtual world has no packets, and for a server "
            "`hubsim tap` shows them"
        )
    if packets and not recorded:
        raise click.UsageError("--packets needs --trace FILE or --html FILE, which get the packets")


def check_stations(packets: tuple[str, ...], scenarios: Sequence[Scenario]) -> None:
    """Refuse a station that no scenario has. Raises `BadFiles`."""
    known = [*STATIONS, *dict.fromkeys(hub for scenario in scenarios for hub in scenario.world.hubs)]
    for name in packets:
        if name not in known:
            hint = did_you_mean(name, known)
            raise BadFiles(f"--packets: no scenario has a hub {quoted(name)}" + (f"; {hint}" if hint else ""))
