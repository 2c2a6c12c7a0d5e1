"""The log: one line per event, of hubsim and of libraries, without secrets."""

import json
import logging
import re
from base64 import b64encode
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_bench import logging_to_memory

from hubsim_server.logs import get
from hubsim_server.redaction import Redaction
from hubsim_server.settings import HIDDEN, LogFormat, LogLevel, ServerSettings

JSON = ServerSettings(log_format=LogFormat.JSON)
BOTH = [JSON, ServerSettings()]
SECRET = st.from_regex(r"S3cr[A-Za-z0-9_.~+/-]{8,40}", fullmatch=True)
"""A text that no log contains by accident."""
KEYS = st.sampled_from(
    [
        "password",
        "new_password",
        "Authorization",
        "access-token",
        "token_hash",
        "client_secret",
        "hub_key",
        "private_key",
        "passphrase",
        "Set-Cookie",
    ]
)


def fail(error: Exception) -> None:
    raise error


class Credential(msgspec.Struct):
    """A record whose `repr` shows all its fields."""

    person: str
    password_hash: str


def test_an_event_is_one_json_line_with_an_utc_time_stamp() -> None:
    with logging_to_memory(JSON) as stream:
        get("cloud").info("started", port=8080, worlds=["a"])

    event = json.loads(stream.getvalue())
    assert stream.getvalue().count("\n") == 1
    assert datetime.fromisoformat(event.pop("timestamp")).tzinfo is UTC
    assert event == {"event": "started", "level": "info", "logger": "cloud", "port": 8080, "worlds": ["a"]}


def test_libraries_use_the_same_renderer() -> None:
    with logging_to_memory(JSON) as stream:
        logging.getLogger("uvicorn.error").warning("port %d is odd", 8081)

    event = json.loads(stream.getvalue())
    assert (event["event"], event["logger"], event["level"]) == (
        "port 8081 is odd",
        "uvicorn.error",
        "warning",
    )
    assert "timestamp" in event


def test_libraries_log_warnings_and_hubsim_logs_from_the_chosen_level() -> None:
    with logging_to_memory(ServerSettings(log_level=LogLevel.INFO)) as stream:
        get("cloud").debug("too fine")
        get("cloud").info("fine")
        logging.getLogger("amqtt.broker").info("too much")
        logging.getLogger("aiosqlite").warning("shown")

    assert [line.split()[3] for line in stream.getvalue().splitlines()] == ["fine", "shown"]


def test_without_a_terminal_the_log_has_no_colours() -> None:
    with logging_to_memory(ServerSettings()) as stream:
        get("cloud").error("trouble", reason="no room")

    assert re.fullmatch(r"\S+Z \[error +\] trouble +\[cloud\] reason='no room'\n", stream.getvalue())


def test_input_of_a_client_cannot_forge_a_line() -> None:
    with logging_to_memory(ServerSettings()) as stream:
        logging.getLogger("http").warning("no such path: /\n2026 [info] all is well\x1b[2J")

    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_an_exception_has_its_traceback_without_the_values_of_variables() -> None:
    hidden_in_a_variable = "open" + "sesame"

    with logging_to_memory(ServerSettings()) as stream:
        try:
            fail(RuntimeError(f"{len(hidden_in_a_variable)} letters"))
        except RuntimeError:
            get("cloud").exception("it broke")

    assert "Traceback" in stream.getvalue()
    assert "RuntimeError: 10 letters" in stream.getvalue()
    assert "opensesame" not in stream.getvalue()


@pytest.mark.parametrize("settings", BOTH, ids=lambda settings: settings.log_format.value)
@given(secret=SECRET, key=KEYS)
def test_no_secret_is_logged(settings: ServerSettings, secret: str, key: str) -> None:
    basic = b64encode(f"user:{secret}".encode()).decode()

    with logging_to_memory(settings) as stream:
        log, plain = get("cloud"), logging.getLogger("library")
        log.info("asked", **{key: secret})
        log.info("asked", headers={key: secret}, deep=[{"a": ({key: [secret]},)}])
        log.info("asked", headers=[(key.encode(), secret.encode()), ("Authorization", f"Bearer {secret}")])
        log.info("asked", record=Credential("olga", secret), url=f"mqtts://user:{secret}@host:8883")
        plain.warning("GET /v1?limit=3&%s=%s&page=2", key, secret)
        plain.warning('a body: {"%s": "more %s"}', key, secret)
        log.info("again", body=json.dumps(json.dumps({key: secret})))
        log.info("hashes", a=f"$argon2id$v=19$m=19456${secret}", b=f"$7$101${secret}==$x")
        plain.warning("Authorization: Bearer %s", secret)
        plain.warning("Authorization: Basic %s", basic)
        plain.warning("pem %s", f"-----BEGIN EC PRIVATE KEY-----\n{secret}\n-----END EC PRIVATE KEY-----")
        try:
            fail(ValueError(f"{key}='{secret}' does not fit mqtt://user:{secret}@host"))
        except ValueError:
            log.exception("it broke")
            plain.exception("it broke there too")

    output = stream.getvalue()
    assert secret not in output
    assert basic not in output
    assert output.count(HIDDEN) >= 16
    assert "limit=3" in output


@given(secret=st.text(min_size=6, max_size=30).filter(str.strip), around=st.text(max_size=30))
def test_the_secrets_of_the_process_are_hidden_in_every_place(secret: str, around: str) -> None:
    hide = Redaction({secret})

    event = hide(None, "info", {"event": f"{around}{secret}{around}", "deep": {"a": [secret]}, secret: 1})

    assert secret not in str(event["event"]).replace(HIDDEN, "")
    assert event["deep"] == {"a": [HIDDEN]}
    assert secret not in {key for key in event if key != HIDDEN}


def test_the_log_knows_the_secrets_of_the_settings() -> None:
    settings = ServerSettings(
        broker="mqtt://user:p%20ssw%C3%B6rd@host",
        operator_token="operators-know-it",  # noqa: S106 (only looks like one)
        hub_password="hubs-know-it",  # noqa: S106 (only looks like one)
    )

    with logging_to_memory(settings) as stream:
        get("cloud").info("user p ssw\xf6rd, operators-know-it and hubs-know-it")

    assert stream.getvalue().count(HIDDEN) == 3
    assert "know" not in stream.getvalue()


@given(st.recursive(st.none() | st.integers() | st.text(), lambda each: st.lists(each) | st.tuples(each)))
def test_any_value_can_be_logged(value: object) -> None:
    with logging_to_memory(JSON) as stream:
        get("cloud").info("asked", value=value)

    assert json.loads(stream.getvalue())["event"] == "asked"


def test_a_cyclic_value_can_be_logged() -> None:
    endless: list[object] = []
    endless.append(endless)

    with logging_to_memory(JSON) as stream:
        get("cloud").info("asked", value=endless)

    assert json.loads(stream.getvalue())["event"] == "asked"


def test_numbers_and_harmless_texts_stay_unchanged() -> None:
    event = {
        "event": "a hub came online",
        "hub": "0A1B2C3D",
        "port": 1883,
        "ok": True,
        "what": None,
        "x": 1.5,
    }

    assert Redaction({"abc"})(None, "info", event) == event
