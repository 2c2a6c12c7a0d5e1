"""`hubsim credentials`: the passwords of hubs and stations, in a keyring file."""

from pathlib import Path

import click

from hubsim_contract.wire.identifiers import HUB_ID, BadIdentifier, hub_id
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_server.cli.bad_input import explained
from hubsim_simulator.broker.errors import BrokerError, FileStands
from hubsim_simulator.broker.keyring import Keyring, write_private
from hubsim_simulator.broker.mosquitto_files import (
    HUB_PASSWORDS,
    RULES_FILE,
    STATION_PASSWORDS,
    ListenersOfMosquitto,
    hub_passwords,
    mosquitto_acl,
    station_passwords,
)

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_PORT = click.IntRange(1, 65_535)
_HUBS = click.argument("hubs", nargs=-1, metavar="HUB...")


@click.group("credentials")
def command() -> None:
    """Create and use the keyring, which has the MQTT passwords of hubs and stations.

    Exit codes: 0 done, 2 bad input.
    """


@command.command("new", short_help="Write a new keyring.")
@_FILE
def new(file: Path) -> None:
    """Write a new keyring to FILE, which only you can read. An existing file is not overwritten."""
    with explained(BrokerError):
        file.parent.mkdir(parents=True, exist_ok=True)
        Keyring.new().save(file)
    click.echo(f"wrote {file}")
    click.echo(f"brokers, clouds and simulators: --keyring {file}", err=True)


@command.command("show", short_help="Print names and passwords.")
@_FILE
@click.argument("users", nargs=-1, required=True, metavar="USER...")
def show(file: Path, users: tuple[str, ...]) -> None:
    """Print names and passwords. A USER is a hub id, cloud, simulator or bench.

    One user per line: name, space, password.
    """
    with explained(BrokerError):
        keyring = Keyring.load(file)
        names = [_user(text) for text in users]
        lines = [f"{name} {keyring.password(name)}" for name in names]
    click.echo("\n".join(lines))


@command.command("export", short_help="Write the files for a Mosquitto.")
@click.option(
    "--mosquitto",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files of Mosquitto.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address at which Mosquitto will listen."
)
@click.option(
    "--port", default=1883, show_default=True, type=_PORT, help="Its port for cloud, simulator and bench."
)
@click.option("--hub-port", default=1885, show_default=True, type=_PORT, help="Its port for hubs.")
@click.option("--prefix", default=DEFAULT_PREFIX, show_default=True, help="The first levels of all topics.")
@click.option("--force", is_flag=True, help="Replace the files of an earlier export.")
@_FILE
@_HUBS
def export(
    folder: Path,
    host: str,
    port: int,
    hub_port: int,
    prefix: str,
    force: bool,
    file: Path,
    hubs: tuple[str, ...],
) -> None:
    """Write the passwords, the ACL and the listeners of a Mosquitto for the stations and these HUBs.

    Hubs have a separate listener, at which the id of a client is its user name: no hub can take the
    client id of another client. The ACL file is valid for any hub. The password file of the hubs lists each
    hub, so export again after a change.
    """
    with explained(BrokerError, BadIdentifier, ValueError):
        keyring = Keyring.load(file)
        listeners = ListenersOfMosquitto(host=host, port=port, hub_port=hub_port).lines(folder.resolve())
        texts = {
            STATION_PASSWORDS: station_passwords(keyring),
            HUB_PASSWORDS: hub_passwords(keyring, hubs),
            RULES_FILE: mosquitto_acl(prefix),
            "mosquitto.conf": "\n".join(listeners) + "\n",
        }
        folder.mkdir(parents=True, exist_ok=True)
        for name in texts:
            if not force and (folder / name).exists():  # before any file is written
                raise FileStands(str(folder / name))
        for name, text in texts.items():
            write_private(folder / name, text, overwrite=force)
    for name in texts:
        click.echo(f"wrote {folder / name}")
    place = folder.resolve()
    click.echo("the user of Mosquitto must be able to read the files", err=True)
    click.echo(f"start it with: mosquitto -c {place / 'mosquitto.conf'}", err=True)
    click.echo("for TLS, add certfile and keyfile after each 'listener' line", err=True)


@command.command("revoke", short_help="Revoke the access of hubs.")
@_FILE
@click.argument("hubs", nargs=-1, required=True, metavar="HUB...")
def revoke(file: Path, hubs: tuple[str, ...]) -> None:
    """Revoke the access of these HUBs. For an external Mosquitto, export again."""
    with explained(BrokerError, BadIdentifier):
        keyring = Keyring.load(file)
        keyring.without(hub_id(hub) for hub in hubs).save(file, overwrite=True)
    click.echo(f"wrote {file}")
    click.echo("restart the broker, or send it SIGHUP", err=True)


def _user(text: str) -> str:
    """Return the user name; hub ids are valid in either case."""
    upper = text.strip().upper()
    return upper if HUB_ID.fullmatch(upper) else text
