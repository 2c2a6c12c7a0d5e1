"""The command line: one `hubsim` with the command groups of the packages below. Nothing imports it.

A command is imported when it is called, so that `hubsim --help` does not wait for brokers and databases.
"""

import errno
import io
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

COMMANDS = {
    "run": ("hubsim_console.cli.run", "Play scenario files and report a verdict for each."),
    "new": ("hubsim_scenarios.cli.new", "Write a first scenario that passes, after a few questions."),
    "validate": ("hubsim_scenarios.cli.validate", "Check scenario files without playing them."),
    "fmt": ("hubsim_scenarios.cli.fmt", "Format scenario files."),
    "record": ("hubsim_scenarios.cli.record", "Record actions on a running server as a scenario."),
    "trace": ("hubsim_scenarios.cli.trace", "Show traces, compare two runs, or replay a trace."),
    "up": ("hubsim_console.cli.up", "Run everything in one process: broker, cloud, carrier and hubs."),
    "demo": ("hubsim_console.cli.demo", "Show a world with customers of several companies in the browser."),
    "broker": ("hubsim_server.cli.broker", "Run an MQTT broker."),
    "cloud": ("hubsim_console.cli.cloud", "Run the cloud: HTTP for people, MQTT for hubs and carrier."),
    "simulator": ("hubsim_server.cli.simulator", "Run the carrier and a fleet of simulated hubs."),
    "fleet": ("hubsim_server.cli.fleet", "Run a large fleet of hubs in several processes, and its load."),
    "agent": ("hubsim_server.cli.agent", "Run the agent of one hub, as on a device."),
    "tap": (
        "hubsim_server.cli.tap",
        "Show every MQTT packet between clients and a broker, and apply faults.",
    ),
    "watch": ("hubsim_scenarios.cli.watch", "Show every message of a hub and the verdict on it."),
    "contract": (
        "hubsim_scenarios.cli.contract_export",
        "Export the contract for firmware in any language, or print its rules.",
    ),
    "conform": ("hubsim_conform.cli", "Check a device against the rules of the contract."),
    "backup": ("hubsim_server.cli.backup", "Copy a cloud's database while the cloud runs."),
    "restore": ("hubsim_server.cli.restore", "Replace a cloud's database with a backup."),
    "certs": ("hubsim_server.cli.certs", "Create certificates for TLS."),
    "credentials": ("hubsim_server.cli.credentials", "Create, show and export the credentials for MQTT."),
    "guide": (
        "hubsim_scenarios.cli.guide",
        "Play the catalog and show which clauses of the guide it covers.",
    ),
    "completion": ("hubsim_scenarios.cli.completion", "Print the script that completes commands in a shell."),
    "docs": ("hubsim_scenarios.cli.docs", "Write the generated pages of the documentation."),
}


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


CLOSED_OUTPUT_EXIT = 128 + signal.SIGPIPE
"""The reader of the output has ended, as in `hubsim run DIR | head -1`. Shells expect this exit code."""


NO_ROOM_EXIT = 3
"""The output cannot be written; the exit code is that of a blocked play."""


def _open_closed_streams() -> None:
    """Open closed standard streams on nothing, so that no file gets their descriptors."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (until the end)


def _escape_unencodable() -> None:
    """Escape characters that the encoding of the output does not have, such as Polish ones in cp1252."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Discard what is still to be written, so that the interpreter does not fail when it ends."""
    with suppress(AttributeError, OSError, ValueError), Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def _end_of_output(error: OSError) -> int:
    """Return the exit code after an error of the output, and report it. Raises it if it is another one."""
    if isinstance(error, BrokenPipeError):
        return CLOSED_OUTPUT_EXIT
    if error.errno not in _NO_ROOM:
        raise error
    with suppress(OSError):
        click.echo(f"Error: cannot write the output: {error.strerror}", err=True)
    return NO_ROOM_EXIT


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def main(self, *arguments: Any, **further: Any) -> Any:
        """Run the command line. Output that cannot be written ends it with a short message."""
        if not further.get("standalone_mode", True):
            return super().main(*arguments, **further)
        _open_closed_streams()
        _escape_unencodable()
        code = 0
        try:
            try:
                returned = super().main(*arguments, **{**further, "standalone_mode": False})
                code = returned if isinstance(returned, int) else 0
            except click.ClickException as mistake:
                code = mistake.exit_code
                mistake.show()
            except click.Abort:
                code = 1
                click.echo("Aborted!", err=True)
            finally:
                sys.stdout.flush()  # here, because the interpreter would fail at its end
        except OSError as error:
            _discard_output()
            code = code or _end_of_output(error)
        sys.exit(code)

    def make_context(self, *arguments: Any, **further: Any) -> click.Context:
        """Parse the options; `--help` writes to the output."""
        try:
            return super().make_context(*arguments, **further)
        except BrokenPipeError as error:
            _discard_output()
            sys.exit(_end_of_output(error))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. click would end it with another exit code when the reader of the output ends."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            _discard_output()
            sys.exit(_end_of_output(error))

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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown name gets the most similar ones as a hint."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=COMMANDS, ctx=ctx
            ) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the completions of a command's name without importing the commands."""
        commands = [
            CompletionItem(name, help=text)
            for name, (_, text) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return commands or super().shell_complete(ctx, incomplete) if incomplete.startswith("-") else commands

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
    import tzdata  # noqa: PLC0415 (only this option needs it)

    click.echo(f"hubsim, version {found}; time zone rules {tzdata.IANA_VERSION}")
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
