"""Settings: the order of the sources, invalid values, and error messages."""

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from settings_bench import NOTHING, loaded, problems, settings_file

from hubsim_server.settings import USED_BY, LogFormat, ServerSettings

TOKEN = "a-token-that-is-long-enough"  # noqa: S105 (only looks like one)
PASSWORD = "correct-horse"  # noqa: S105 (only looks like one)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path) -> Iterator[None]:
    with chdir(tmp_path):
        yield


@pytest.mark.parametrize("process", USED_BY)
def test_without_any_source_the_defaults_apply(process: str) -> None:
    assert loaded(process) == ServerSettings()


def test_flags_override_the_environment_and_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = settings_file(tmp_path, "http_port = 1\nmqtt_port = 2\nsession_hours = 3\n")
    env = {"HUBSIM_HTTP_PORT": "10", "HUBSIM_MQTT_PORT": "20"}

    settings = loaded(env=env, file=file, http_port="100")

    assert (settings.http_port, settings.mqtt_port, settings.session_hours) == (100, 20, 3)


def test_the_file_of_the_working_directory_is_found(tmp_path: Path) -> None:
    settings_file(tmp_path, "http_port = 81\n")

    assert loaded().http_port == 81


def test_text_of_the_environment_is_converted_to_the_type_of_the_field() -> None:
    env = {
        "HUBSIM_LAB": "true",
        "HUBSIM_LOG_FORMAT": "json",
        "HUBSIM_MONITOR_PORT": " 9100 ",
        "HUBSIM_STATE": "here/and/there",
        "HUBSIM_OPERATOR_TOKEN": TOKEN,
    }

    settings = loaded(env=env)

    assert settings.lab is True
    assert settings.log_format is LogFormat.JSON
    assert settings.monitor_port == 9100
    assert settings.state == Path("here/and/there")
    assert settings.operator_token == TOKEN


def test_an_empty_variable_counts_as_not_set() -> None:
    assert loaded(env={"HUBSIM_KEYRING": "", "HUBSIM_HTTP_PORT": ""}) == ServerSettings()


def test_variables_of_other_programs_are_ignored() -> None:
    assert loaded(env={"HOME": "somewhere", "_HUBSIM_COMPLETE": "bash_source"}) == ServerSettings()


def test_paths_in_a_file_are_relative_to_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "ca.crt").write_text("x", encoding="utf-8")
    file = settings_file(folder, 'state = "data"\nca = "ca.crt"\n')

    settings = loaded(file=file)

    assert (settings.state, settings.ca) == (folder / "data", folder / "ca.crt")


def test_a_file_may_have_settings_of_other_processes(tmp_path: Path) -> None:
    file = settings_file(tmp_path, 'http_port = 81\nlab = true\nhttp_host = "0.0.0.0"\n')

    assert loaded("agent", file=file).http_port == 81


def test_all_problems_are_reported_together_with_their_places(tmp_path: Path) -> None:
    file = settings_file(tmp_path, '# ports\n\nhttp_prot = 8080\nmqtt_port = "1883"\n')
    env = {"HUBSIM_SESSION_HOUR": "3", "HUBSIM_LAB": "perhaps"}

    reported = problems(env=env, file=file, log_level="inof", hubs="-1")

    assert reported == (
        f"{file}, line 3: unknown setting 'http_prot'; did you mean http_port?",
        "environment HUBSIM_SESSION_HOUR: unknown setting; did you mean HUBSIM_SESSION_HOURS?",
        f"{file}, line 4: expected a whole number from 0 to 65535, not '1883'",
        "environment HUBSIM_LAB: expected true or false, not 'perhaps'",
        "--log-level: expected one of debug, info, warning, error, not 'inof'; did you mean info?",
        "--hubs: expected a whole number from 0 to 1000000, not '-1'",
    )


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("http_port =", "not a TOML file: "),
        ("[cloud]\nhttp_port = 1", "line 1: settings do not have sections; remove [cloud]"),
        ("x = " + "[" * 5000, "not a TOML file"),
        ('state = ""', "line 1: expected a path of a folder, not ''"),
        ("state = 3", "line 1: expected a path of a folder, not 3"),
        ("lab = 1", "line 1: expected true or false, not 1"),
        ("hubs = 1000001", "line 1: expected a whole number from 0 to 1000000, not 1000001"),
        ("#" * (1024 * 1024) + "\n", "it has more than 1048576 bytes"),
    ],
)
def test_a_bad_file_is_refused_with_the_line_if_it_is_known(tmp_path: Path, text: str, reported: str) -> None:
    (only,) = problems(file=settings_file(tmp_path, text))

    assert reported in only


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hubsim.toml"
    file.write_bytes(b"http_port = \xff")

    (only,) = problems(file=file)

    assert only.startswith(f"{file}: not a TOML file: ")


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    assert problems(file=tmp_path / "other.toml") == (
        f"{tmp_path / 'other.toml'}: cannot be read: No such file or directory",
    )


@pytest.mark.parametrize(
    ("process", "flags", "reported"),
    [
        ("up", {"broker": "mosqito"}, "--broker: not a broker URL (scheme ''): .*did you mean 'mosquitto'?"),
        ("up", {"broker": "http://h"}, "--broker: not a broker URL (scheme 'http')"),
        ("broker", {"broker": "mqtt://h"}, "--broker: a URL names an existing broker"),
        ("agent", {"mqtt_port": "0"}, "--mqtt-port: 0 is not the port of a running broker"),
        (
            "agent",
            {"broker": "mosquitto", "hub_password": "any", "mqtt_hub_port": "0"},
            "--mqtt-hub-port: 0 is not the port of a running broker",
        ),
        (
            "up",
            {"broker": "mosquitto", "keyring": __file__, "mqtt_hub_port": "1883"},
            "--mqtt-hub-port: 1883 is also mqtt_port; a Mosquitto with a keyring needs two ports",
        ),
        ("up", {"prefix": "a/+/b"}, "--prefix: 'a/+/b' cannot be a topic prefix"),
        ("up", {"model": "hub-2-pluss"}, "--model: there is no hub model 'hub-2-pluss'; did you mean"),
        ("up", {"keyring": "gone"}, "--keyring: gone: no such file"),
        ("up", {"operator_token": "short"}, "--operator-token: expected text of 16 to 200 characters"),
    ],
)
def test_invalid_values_are_refused(process: str, flags: dict[str, object], reported: str) -> None:
    (only,) = problems(process, NOTHING, None, **flags)

    for part in reported.split(".*"):
        assert part in only


def test_the_lab_is_refused_on_a_public_address() -> None:
    reported = problems("cloud", env={"HUBSIM_HTTP_HOST": "192.0.2.1"}, lab=True)

    assert len(reported) == 1
    assert reported[0].startswith("--lab: the lab can move clocks and erase worlds, so it needs loopback")
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        assert loaded("cloud", http_host=host, lab=True).lab


@pytest.mark.parametrize(
    ("given", "missing"), [("tls_key", "tls_certificate"), ("tls_certificate", "tls_key")]
)
def test_certificate_and_key_need_each_other(tmp_path: Path, given: str, missing: str) -> None:
    file = tmp_path / "server.pem"
    file.write_text("x", encoding="utf-8")

    reported = problems("up", NOTHING, None, **{given: str(file)})

    assert reported == (
        f"--{given.replace('_', '-')}: tls_certificate and tls_key need each other, but {missing} is not set",
    )


def test_no_rule_is_checked_for_a_value_that_is_invalid(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("x", encoding="utf-8")

    reported = problems(tls_key=str(key), tls_certificate="")

    assert reported == ("--tls-certificate: expected a path of a file, not ''",)


@pytest.mark.parametrize(
    "flags",
    [
        {"operator_token": TOKEN, "http_port": "x"},
        {"operator_token": TOKEN * 20},
        {"broker": f"mqtt://user:{PASSWORD}@host:99999"},
        {"broker": f"user:{PASSWORD}@host"},
        {"broker": f"mqtt://user:{PASSWORD}@host/path"},
    ],
)
def test_no_error_shows_a_secret(flags: dict[str, object]) -> None:
    reported = "\n".join(problems("up", NOTHING, None, **flags))

    assert TOKEN not in reported
    assert PASSWORD not in reported


def test_no_text_of_settings_shows_a_secret() -> None:
    settings = ServerSettings(
        broker=f"mqtts://user:{PASSWORD}@broker.example", operator_token=TOKEN, hub_password=PASSWORD
    )

    texts = [
        repr(settings),
        str(settings),
        f"{settings}",
        str(settings.show()),
        str(settings.__rich_repr__()),
    ]

    for text in texts:
        assert TOKEN not in text
        assert PASSWORD not in text
        assert "mqtts://broker.example:8883" in text
        assert "hub-2-plus" in text


def test_separate_processes_find_the_broker_by_the_same_settings(tmp_path: Path) -> None:
    pem = tmp_path / "server.pem"
    pem.write_text("x", encoding="utf-8")

    plain = loaded("cloud", broker="mosquitto", mqtt_port="1884").broker_url()
    everywhere = loaded("cloud", mqtt_host="::").broker_url()
    safe = loaded("cloud", tls_certificate=str(pem), tls_key=str(pem)).broker_url()
    other = loaded("cloud", broker="mqtts://broker.example").broker_url()
    hubs = loaded("agent", broker="mosquitto").hub_url()
    embedded = loaded("agent").hub_url()

    assert [str(url) for url in (plain, everywhere, safe, other, hubs, embedded)] == [
        "mqtt://127.0.0.1:1884",
        "mqtt://[::1]:1883",
        "mqtts://127.0.0.1:1883",
        "mqtts://broker.example:8883",
        "mqtt://127.0.0.1:1885",
        "mqtt://127.0.0.1:1883",
    ]
