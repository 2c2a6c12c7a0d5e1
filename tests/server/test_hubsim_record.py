"""`hubsim record` with a real server: its end, its messages, and bad input."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import httpx
import pytest
from process_bench import RunningProgram, command, program

pytestmark = pytest.mark.live
RECORD = "from hubsim_scenarios.cli.record import command; command(prog_name='hubsim record')"
RUN = "from hubsim_scenarios.cli.run import command; command(prog_name='hubsim run')"
HUB = {"id": "0A1B2C3D", "imei": "352907000000018", "model": "hub-2", "links": ["ethernet"]}


@asynccontextmanager
async def server(state: Path, *options: str) -> AsyncIterator[tuple[RunningProgram, str]]:
    """Run `hubsim up`; yield it with its address."""
    usual = ("--http-port", "0", "--mqtt-port", "0", "--state", str(state))
    async with program(command("up"), *usual, *options) as running:
        yield running, (await running.line()).split(" ")[0]


async def done(world: str) -> None:
    """Put a hub on the bench of a world, open its lid, and let a minute pass."""
    async with httpx.AsyncClient(timeout=20) as client:
        for path, body in (
            ("/lab/hubs", HUB),
            ("/lab/hubs/0A1B2C3D/actions", {"action": {"do": "set_lid", "open": True}}),
            ("/lab/clock/advance", {"by": "PT1M"}),
        ):
            assert (await client.post(world + path, json=body)).is_success


async def recorded_world(recorder: RunningProgram) -> str:
    """Return the address of the recorded world."""
    return (await recorder.logged("bench and clock")).split()[-1].removesuffix("/lab/...")


async def ended(recorder: RunningProgram) -> tuple[int, str]:
    """Return the exit code and all of stderr."""
    code, _ = await recorder.end()
    return code, "".join(recorder.log)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_recording_and_the_file_passes(
    tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "first-try.yaml"
    async with server(tmp_path / "state", "--lab") as (_, api):
        async with program(RECORD, "--cloud", api, str(file)) as recorder:
            await done(await recorded_world(recorder))
            printed = [await recorder.line(), await recorder.line()]
            recorder.send(number)
            code, stderr = await ended(recorder)
        async with httpx.AsyncClient() as client:
            worlds = (await client.get(f"{api}/lab/worlds")).json()["worlds"]

    assert (code, "first-try.yaml: 2 steps; it passes" in stderr) == (0, True), stderr
    assert printed == ["- {bench: hub-0a1b2c3d, do: set_lid, open: on}", "- {clock: +1 min}"]
    assert file.read_text(encoding="utf-8").startswith("scenario: First try\n")
    assert [world["name"] for world in worlds] == [""]
    async with program(RUN, "--virtual", str(file)) as play:
        assert (await play.end())[0] == 0


async def test_a_killed_server_ends_the_recording_and_the_file_is_written(tmp_path: Path) -> None:
    file = tmp_path / "cut.yaml"
    async with (
        server(tmp_path / "state", "--lab") as (running, api),
        program(RECORD, "--cloud", api, str(file)) as recorder,
    ):
        await done(await recorded_world(recorder))
        await recorder.line()
        await recorder.line()
        await running.kill()
        code, stderr = await ended(recorder)

    assert code == 3
    assert "does not answer" in stderr
    assert "do: set_lid" in file.read_text(encoding="utf-8")


async def test_without_a_lab_the_message_names_the_option_of_the_server(tmp_path: Path) -> None:
    file = tmp_path / "none.yaml"
    async with server(tmp_path / "state") as (_, api), program(RECORD, "--cloud", api, str(file)) as recorder:
        code, stderr = await ended(recorder)

    assert code == 2
    assert "has no lab: start it with --lab" in stderr
    assert not file.exists()


async def test_an_empty_recording_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "none.yaml"
    async with (
        server(tmp_path / "state", "--lab") as (_, api),
        program(RECORD, "--cloud", api, str(file)) as recorder,
    ):
        await recorder.logged("operator token")
        recorder.send(signal.SIGINT)
        code, stderr = await ended(recorder)

    assert (code, "nothing was recorded" in stderr) == (2, True), stderr
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--cloud", "http://127.0.0.1:1", "new.yaml"), 3, "does not answer"),
        (("--cloud", "nowhere", "new.yaml"), 2, "is not the address of a cloud"),
        (("--cloud", "http://127.0.0.1:1", "there.yaml"), 2, "--force to overwrite it"),
        (("--cloud", "http://127.0.0.1:1", "no/such.yaml"), 2, "does not exist; give the path of a file"),
        (("--cloud", "http://127.0.0.1:1", "."), 2, "is a folder"),
        (("--cloud", "http://127.0.0.1:1", "--clock", "soon", "new.yaml"), 2, "'soon' is not an instant"),
        (("--cloud", "http://127.0.0.1:1", "--world", "", "new.yaml"), 2, "the main world has no journal"),
        (
            ("--cloud", "http://127.0.0.1:1", "--world", "a", "--clock", "2026-01-15 09:00 UTC", "new.yaml"),
            2,
            "has its own clock",
        ),
    ],
)
async def test_bad_input_is_reported_and_changes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    there = tmp_path / "there.yaml"
    there.write_text("mine", encoding="utf-8")
    *options, file = arguments

    async with program(RECORD, *options, str(tmp_path / file)) as recorder:
        exit_code, stderr = await ended(recorder)

    assert (exit_code, message in " ".join(stderr.split())) == (code, True), stderr
    assert "Traceback" not in stderr
    assert os.listdir(tmp_path) == ["there.yaml"]  # noqa: PTH208 (a test waits for no disk)
    assert there.read_text(encoding="utf-8") == "mine"


class FakeServer(BaseHTTPRequestHandler):
    """Returns the responses of the class to all requests."""

    answers: ClassVar[dict[str, bytes]] = {}
    """By the end of the path; the default is an empty object."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.partition("?")[0]
        body = next((body for end, body in self.answers.items() if path.endswith(end)), b"{}")
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 (the names of the standard library)

    def log_message(self, *_: object) -> None:
        """Disable the log of requests."""


@contextmanager
def fake_server(answers: dict[str, bytes]) -> Iterator[str]:
    """Run a server with these responses; yield its address."""
    handler = type("Lies", (FakeServer,), {"answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as lies:
        thread = Thread(target=lies.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{lies.server_port}"
        finally:
            lies.shutdown()
            thread.join()


ROW = b'{"name": "rec-1"}'
FULL = b"""{"run": "a", "lacks": "end", "next": 1, "beginning": {"world_ms": 1768464000000},
    "entries": [{"entry": "clock_set", "at_ms": 1768464060000, "held": true, "moved": true}]}"""


@pytest.mark.parametrize(
    ("answers", "code", "message"),
    [
        ({"/lab/worlds": b"<html>"}, 3, "is not a cloud"),
        ({"/lab/worlds": b"null"}, 3, "unknown response of the server"),
        ({"/lab/worlds": b'{"name": "../x\\n"}'}, 3, "cannot name a world"),
        ({"/lab/worlds": ROW, "/lab/journal": b"\xff"}, 2, "is not a cloud"),
        ({"/lab/worlds": ROW, "/lab/journal": b"[]"}, 2, "unknown response of the server"),
        (
            {"/lab/worlds": ROW, "/lab/journal": FULL.replace(b"1768464000000", b"-1")},
            2,
            "its start is outside the range of the world clock",
        ),
        (
            {"/lab/worlds": ROW, "/lab/journal": FULL.replace(b"000}", b'000, "hub": {"boot_ms": "x"}}')},
            2,
            "its settings are from another version of hubsim",
        ),
        (
            {"/lab/worlds": ROW, "/lab/journal": FULL, "/lab/settle": b"{}"},
            3,
            "unknown response of the server",
        ),
        (
            {"/lab/worlds": ROW, "/lab/journal": FULL, "/lab/settle": b'{"world_ms": 0}'},
            3,
            "missing required field `invoices`",
        ),
    ],
)
async def test_an_impossible_response_of_the_server_is_reported(
    tmp_path: Path, answers: dict[str, bytes], code: int, message: str
) -> None:
    file = tmp_path / "lies.yaml"

    with fake_server(answers) as url:
        async with program(RECORD, "--cloud", url, str(file)) as recorder:
            exit_code, stderr = await ended(recorder)

    assert (exit_code, message in stderr) == (code, True), stderr
    assert "Traceback" not in stderr
    assert file.exists() == ("/lab/settle" in answers)


async def test_a_closed_terminal_ends_the_recording_and_the_file_is_written(tmp_path: Path) -> None:
    file = tmp_path / "closed.yaml"
    async with (
        server(tmp_path / "state", "--lab") as (_, api),
        program(RECORD, "--cloud", api, str(file)) as recorder,
    ):
        await done(await recorded_world(recorder))
        await recorder.line()
        recorder.send(signal.SIGHUP)
        code, stderr = await ended(recorder)

    assert (code, "closed.yaml: 2 steps; it passes" in stderr) == (0, True), stderr


async def test_a_recording_needs_no_reader_of_its_output(tmp_path: Path) -> None:
    file = tmp_path / "unheard.yaml"
    unheard = f"import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1); {RECORD}"
    async with (
        server(tmp_path / "state", "--lab") as (_, api),
        program(unheard, "--cloud", api, str(file)) as recorder,
    ):
        await done(await recorded_world(recorder))
        recorder.send(signal.SIGTERM)
        _, stderr = await ended(recorder)

    assert "unheard.yaml: 2 steps; it passes" in stderr
