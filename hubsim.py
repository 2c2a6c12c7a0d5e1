"""The command line: one `hubsim` with the command groups of the packages below. Nothing imports it.

Commands are loaded when they are used, so that `hubsim --help` does not wait for brokers and databases.
"""

import errno
from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "run": ("hubsim_scenarios.cli.run", "Play scenario files, and say PASS only if every expectation held."),
    "validate": ("hubsim_scenarios.cli.validate", "Check scenario files without playing them."),
    "fmt": ("hubsim_scenarios.cli.fmt", "Put scenario files into the one layout."),
    "record": ("hubsim_scenarios.cli.record", "Turn what is done against a running server into a scenario."),
    "trace": ("hubsim_scenarios.cli.trace", "Show traces, compare two runs, play a trace again."),
    "up": ("hubsim_server.cli.up", "Run everything in one process: broker, cloud, carrier and hubs."),
    "broker": ("hubsim_server.cli.broker", "Run an MQTT broker of our own."),
    "cloud": ("hubsim_server.cli.cloud", "Run the cloud: HTTP for people, MQTT for hubs and carrier."),
    "simulator": ("hubsim_server.cli.simulator", "Run the carrier and a fleet of simulated hubs."),
    "agent": ("hubsim_server.cli.agent", "Run the agent of one hub, as on a board."),
    "backup": ("hubsim_server.cli.backup", "Copy a cloud's database while the cloud runs."),
    "restore": ("hubsim_server.cli.restore", "Put a backup in the place of a cloud's database."),
    "certs": ("hubsim_server.cli.certs", "Make certificates for TLS."),
    "credentials": ("hubsim_server.cli.credentials", "Make, show and export the credentials for MQTT."),
    "guide": (
        "hubsim_scenarios.cli.guide",
        "Play the catalog and show which clause of the guide is covered.",
    ),
    "docs": ("hubsim_scenarios.cli.docs", "Write the generated pages of the documentation."),
}


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class NoRoom(click.ClickException):
    """The output cannot be written; like a play that could not be played to its end."""

    exit_code = 3


class LazyGroup(click.Group):
    """A group whose commands are imported when one of them is called."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; output for which there is no room ends it in one sentence."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise NoRoom(f"there is no room to write to: {error.strerror}") from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 (slow to load)

    try:
        found = version("hubsim")
    except PackageNotFoundError:
        found = "from a source tree"
    click.echo(f"hubsim, version {found}")
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Simulate security hubs with Ajax SIM cards, their carrier, and the cloud that controls them."""


if __name__ == "__main__":
    main()
