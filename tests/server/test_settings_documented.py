"""The help of the commands and the page describe every setting, from the same record."""

import tomllib
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from settings_bench import loaded, settings_file

from hubsim_server.options import with_settings
from hubsim_server.settings import SECRETS, USED_BY, ServerSettings
from hubsim_server.settings_fields import setting_fields
from hubsim_server.settings_page import sample_toml, settings_page


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path) -> Iterator[None]:
    with chdir(tmp_path):
        yield


def echo(process: str) -> click.Command:
    """Return a command of this process that prints its settings."""

    @click.command(process)
    @with_settings(process)
    @click.option("--own", default=1)
    def command(settings: ServerSettings, own: int) -> None:
        click.echo(f"{settings!r} {own}")

    return command


def test_the_sample_has_the_defaults(tmp_path: Path) -> None:
    settings_file(tmp_path, sample_toml())

    assert loaded() == ServerSettings()


def test_the_sample_is_valid_with_every_line_enabled(tmp_path: Path) -> None:
    lines = sample_toml().splitlines()
    on = [line.removeprefix("# ") if line.startswith("# ") and " = " in line else line for line in lines]
    values = tomllib.loads("\n".join(on))
    for name in (
        "keyring.json",
        "fleet.toml",
        "business.toml",
        "market.toml",
        "certs/ca.pem",
        "certs/server.pem",
        "certs/server-key.pem",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    settings = loaded(file=settings_file(tmp_path, "\n".join(on)))

    assert values.keys() == setting_fields().keys()
    assert settings.tls_key == tmp_path / "certs/server-key.pem"


def test_every_setting_has_a_text_a_user_and_a_row_on_the_page() -> None:
    page = settings_page()

    for name, field in setting_fields().items():
        assert field.users, name
        assert len(field.sentence) > 10, name
        assert f"| `{name}` | `{field.flag}" in page
        assert f"| `{field.variable}` |" in page
    assert all(names <= setting_fields().keys() for names in USED_BY.values())


def test_the_text_of_each_optional_setting_explains_a_missing_value() -> None:
    silent = [
        name
        for name, field in setting_fields().items()
        if field.default is None and "Not set:" not in field.text
    ]

    assert silent == []


@pytest.mark.parametrize("process", USED_BY)
def test_the_help_names_the_options_of_the_process_and_no_others(process: str) -> None:
    shown = CliRunner().invoke(echo(process), ["--help"]).stdout

    offered = {name for name, field in setting_fields().items() if f"  {field.flag} " in shown}
    assert offered == USED_BY[process]
    assert "--config FILE" in shown
    assert "[default: console]" in " ".join(shown.split())


def test_a_command_gets_its_settings_and_its_own_options(tmp_path: Path) -> None:
    file = settings_file(tmp_path, "http_port = 81\n")

    done = CliRunner().invoke(
        echo("up"), ["--config", str(file), "--no-lab", "--own", "7"], env={"HUBSIM_HUBS": "3"}
    )

    assert done.exit_code == 0
    assert "http_port=81" in done.stdout
    assert "hubs=3" in done.stdout
    assert done.stdout.endswith(" 7\n")


def test_bad_settings_end_a_command_with_exit_code_2_and_nothing_is_started() -> None:
    done = CliRunner().invoke(echo("up"), ["--http-port", "x", "--hubs", "y"], env={"HUBSIM_X": "1"})

    assert done.exit_code == 2
    assert done.stdout == ""
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "environment HUBSIM_X",
        "--http-port",
        "--hubs",
    ]


def test_the_help_of_secrets_recommends_the_environment() -> None:
    shown = {
        name: CliRunner().invoke(echo("agent"), ["--help"]).stdout for name in SECRETS & USED_BY["agent"]
    }

    assert shown
    for name, text in shown.items():
        assert f"[prefer: {setting_fields()[name].variable}]" in " ".join(text.split())
