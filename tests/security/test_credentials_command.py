"""`hubsim credentials` and `hubsim certs`: files are created and kept; only `show` prints passwords."""

import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from tls_station import Station
from user_mosquitto import can_connect, mosquitto_by

from hubsim_contract.mqtt.port import Connected, Publish, Published
from hubsim_server.cli.certs import command as certs
from hubsim_server.cli.credentials import command as credentials
from hubsim_simulator.broker.keyring import Keyring

HUB, OTHER, LATER = "0000AAAA", "0000BBBB", "0000DDDD"
BAD_INPUT = 2


def run(command: click.Command, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "keyring.json"
    assert run(credentials, "new", file).exit_code == 0
    return file


def test_a_new_keyring_is_private_and_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "keyring.json"

    done = run(credentials, "new", file)

    keyring = Keyring.load(file)
    assert done.exit_code == 0
    assert done.stdout == f"wrote {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any(secret in done.output for secret in (keyring.cloud, keyring.simulator, keyring.bench))


def test_an_existing_keyring_is_not_overwritten(file: Path) -> None:
    before = file.read_bytes()

    done = run(credentials, "new", file)

    assert done.exit_code == BAD_INPUT
    assert "exists already and is not overwritten" in done.stderr
    assert file.read_bytes() == before


def test_a_missing_folder_is_created_as_by_certs(tmp_path: Path) -> None:
    done = run(credentials, "new", tmp_path / "none" / "keyring.json")

    assert done.exit_code == 0
    assert Keyring.load(tmp_path / "none" / "keyring.json").cloud


def test_show_prints_name_and_password_of_each_user(file: Path) -> None:
    done = run(credentials, "show", file, HUB.lower(), "cloud")

    keyring = Keyring.load(file)
    assert done.exit_code == 0
    assert done.stdout == f"{HUB} {keyring.password(HUB)}\ncloud {keyring.cloud}\n"


@pytest.mark.parametrize("user", ["nobody", "hub", "1234", ""])
def test_show_refuses_unknown_users(file: Path, user: str) -> None:
    done = run(credentials, "show", file, HUB, user)

    assert done.exit_code == BAD_INPUT
    assert "is not a user: a hub id" in done.stderr
    assert done.stdout == ""


def test_a_revoked_hub_has_no_password(file: Path) -> None:
    before = Keyring.load(file)

    done = run(credentials, "revoke", file, HUB, OTHER.lower())

    assert done.exit_code == 0
    assert Keyring.load(file) == before.without([HUB, OTHER])
    assert run(credentials, "show", file, HUB).exit_code == BAD_INPUT
    assert run(credentials, "show", file, LATER).exit_code == 0


def test_only_hubs_can_be_revoked(file: Path) -> None:
    before = file.read_bytes()

    done = run(credentials, "revoke", file, HUB, "cloud")

    assert done.exit_code == BAD_INPUT
    assert "'cloud' is not a hub id" in done.stderr
    assert file.read_bytes() == before


def test_export_writes_private_files_and_overwrites_them_only_with_force(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mosquitto"

    first = run(credentials, "export", file, "--mosquitto", folder, HUB)
    second = run(credentials, "export", file, "--mosquitto", folder, HUB, OTHER)
    third = run(credentials, "export", file, "--mosquitto", folder, "--force", HUB, OTHER)

    assert [each.exit_code for each in (first, second, third)] == [0, BAD_INPUT, 0]
    names = ["passwords", "hub-passwords", "acl", "mosquitto.conf"]
    assert first.stdout.splitlines() == [f"wrote {folder}/{name}" for name in names]
    assert f"mosquitto -c {folder}/mosquitto.conf" in first.stderr
    assert (folder / "hub-passwords").read_text(encoding="utf-8").count("\n") == 2
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


def test_export_writes_no_file_if_one_of_them_exists(file: Path, tmp_path: Path) -> None:
    (tmp_path / "mosquitto.conf").write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.iterdir())

    done = run(credentials, "export", file, "--mosquitto", tmp_path, HUB)

    assert done.exit_code == BAD_INPUT
    assert "mosquitto.conf exists already" in done.stderr
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--prefix", "a b", "prefix"),
        ("--prefix", "#", "prefix"),
        ("--host", "127.0.0.1\nallow_anonymous true", "not a name or an address"),
        ("--hub-port", "1883", "different ports"),
        ("--port", "0", "--port"),
    ],
)
def test_export_refuses_what_the_files_cannot_express(
    file: Path, tmp_path: Path, option: str, value: str, reason: str
) -> None:
    done = run(credentials, "export", file, "--mosquitto", tmp_path / "m", option, value, HUB)

    assert done.exit_code == BAD_INPUT
    assert reason in done.stderr
    assert not (tmp_path / "m").exists()


@pytest.mark.mosquitto
async def test_a_separate_mosquitto_accepts_the_exported_files(file: Path, tmp_path: Path) -> None:
    run(credentials, "revoke", file, OTHER)
    keyring = Keyring.load(file)

    async with mosquitto_by(file, tmp_path / "m", HUB, OTHER) as urls:
        assert await can_connect(urls.hubs, HUB, keyring.password(HUB))
        assert await can_connect(urls.stations, "cloud", keyring.cloud)
        assert not await can_connect(urls.stations, HUB, keyring.password(HUB))
        assert not await can_connect(urls.hubs, "cloud", keyring.cloud)
        assert not await can_connect(urls.hubs, HUB, keyring.cloud)
        assert not await can_connect(urls.hubs, OTHER, keyring.cloud)
        assert not await can_connect(urls.hubs, LATER, keyring.password(LATER))


@pytest.mark.mosquitto
@pytest.mark.parametrize(
    ("stolen", "owner"),
    [("cloud", "cloud"), ("carrier", "simulator"), (OTHER, OTHER), (f"hub-{OTHER}", OTHER)],
)
async def test_with_the_exported_files_a_hub_cannot_disconnect_another_client(
    file: Path, tmp_path: Path, stolen: str, owner: str
) -> None:
    keyring = Keyring.load(file)

    async with mosquitto_by(file, tmp_path / "m", HUB, OTHER) as urls:
        victim = Station(urls.hubs if owner == OTHER else urls.stations, None, owner, keyring.password(owner))
        thief = Station(urls.hubs, None, HUB, keyring.password(HUB))
        try:
            victim.connect(stolen)
            await victim.next(Connected)
            thief.connect(stolen)
            await thief.next(Connected)
            victim.port.perform(Publish("hubsim/anything", b"", token=1))
            acknowledged = await victim.next(Published)
        finally:
            await victim.port.aclose()
            await thief.port.aclose()

    assert acknowledged == Published(1)


def test_certs_prints_the_written_files_and_their_use(tmp_path: Path) -> None:
    done = run(certs, tmp_path / "tls")

    names = ["ca.pem", "ca-key.pem", "server.pem", "server-key.pem"]
    assert done.exit_code == 0
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        f"wrote {tmp_path}/tls/{name}" for name in names
    ]
    assert f"--ca {tmp_path}/tls/ca.pem" in done.stderr
    assert "PRIVATE KEY" not in done.output


def test_certs_creates_further_certificates_and_overwrites_none(tmp_path: Path) -> None:
    run(certs, tmp_path)

    again = run(certs, tmp_path)
    further = run(certs, tmp_path, "--name", "broker", "--host", "broker.example.net", "--days", 30)

    assert again.exit_code == BAD_INPUT
    assert "server.pem exists already" in again.stderr
    assert further.exit_code == 0
    assert [line.split(":")[0] for line in further.stdout.splitlines()] == [
        f"wrote {tmp_path}/broker.pem",
        f"wrote {tmp_path}/broker-key.pem",
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--host", "a b"), "'a b' is not a host"),
        (("--days", 0), "--days"),
        (("--days", 826), "--days"),
        (("--name", "../x"), "is not a valid name"),
    ],
)
def test_certs_refuses_bad_input_and_writes_nothing(
    tmp_path: Path, arguments: tuple[object, ...], complaint: str
) -> None:
    done = run(certs, tmp_path / "tls", *arguments)

    assert done.exit_code == BAD_INPUT
    assert complaint in done.stderr
    assert not (tmp_path / "tls").exists()
