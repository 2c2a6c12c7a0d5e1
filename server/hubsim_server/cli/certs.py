"""`hubsim certs`: certificates for TLS, from a private authority."""

from datetime import UTC, datetime
from pathlib import Path

import click

from hubsim_server.certs import DEFAULT_DAYS, DEFAULT_HOSTS, MAX_DAYS, Issued, issue
from hubsim_server.cli.bad_input import explained
from hubsim_server.signing import CertsError
from hubsim_simulator.broker.errors import FileStands


@click.command("certs")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Host name or IP address that clients connect to. Repeat it for several hosts.  "
    f"[default: {', '.join(DEFAULT_HOSTS)}]",
)
@click.option(
    "--days",
    type=click.IntRange(1, MAX_DAYS),
    default=DEFAULT_DAYS,
    show_default=True,
    help="How long the server certificate is valid.",
)
@click.option("--name", default="server", show_default=True, help="Name of the certificate's files.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def command(hosts: tuple[str, ...], days: int, name: str, folder: Path) -> None:
    """Create a server certificate in FOLDER, and an authority (CA) that signs it.

    An existing authority in FOLDER signs a further certificate (see --name). No file is overwritten.
    Exit codes: 0 done, 2 bad input.
    """
    with explained(CertsError, FileStands):
        issued = issue(folder, hosts or DEFAULT_HOSTS, name=name, days=days, now=datetime.now(UTC))
    _print_files(issued)


def _print_files(issued: Issued) -> None:
    if issued.new_authority:
        click.echo(f"wrote {issued.ca}: the authority; copy it to every client")
        click.echo(f"wrote {issued.ca_key}: the key of the authority; keep it secret")
    click.echo(f"wrote {issued.certificate}: the server's certificate, valid until {issued.until:%Y-%m-%d}")
    click.echo(f"wrote {issued.key}: the key of the server; keep it secret")
    click.echo(f"servers: --tls-certificate {issued.certificate} --tls-key {issued.key}", err=True)
    click.echo(f"clients: --ca {issued.ca}, and a URL that begins with mqtts:// or https://", err=True)
