"""`hubsim watch` as a real process at a real server, and the page docs/watching-a-hub.md."""

import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest
from process_bench import RunningProgram, command, program

from hubsim_cloud.domain.message_rates import BOUNDS, BoundedMessage
from hubsim_cloud.service.message_watch import HUBS_COUNTED, HUBS_KEPT, VERDICTS_KEPT
from hubsim_contract.wire.hub_bounds import BOOT_CLOCK_MAX, FIRST_NUMBER_MAX, NUMBER_JUMP_MAX

HUB, TOKEN = "0A1B2C3D", "operator-token-of-this-test"
WATCH = "from hubsim_scenarios.cli.watch import command; command(prog_name='hubsim watch')"
TOPIC = f"hubsim/v1/hubs/{HUB}"
PRESENCE = f'{{"contract":1,"hub":"{HUB}","online":true,"boot":7,"connection":1}}'
NO_MODEL = f'{{"hub":"{HUB}","boot":7,"sequence":1,"hardware":{{}}}}'
PAGE = (Path(__file__).parents[2] / "docs" / "watching-a-hub.md").read_text(encoding="utf-8")


@asynccontextmanager
async def server(state: Path, *options: str) -> AsyncIterator[tuple[str, int]]:
    """Run `hubsim up`; yield its address and the port of its broker."""
    usual = ("--http-port", "0", "--mqtt-port", "0", "--state", str(state), "--hubs", "0")
    async with program(command("up"), *usual, *options, HUBSIM_OPERATOR_TOKEN=TOKEN) as running:
        address = (await running.line()).split(" ")[0]
        broker = (await running.line()).split(" ")[0]
        yield address, int(broker.rpartition(":")[2])


MISTAKES = (("presence", PRESENCE), ("reported", NO_MODEL), ("presence", PRESENCE))
LINES_EACH = 2
"""The lines of the page for each step: a message and a finding, or a message and a summary."""


async def shown_mistakes(port: int, watch: RunningProgram) -> list[str]:
    """Connect as a device that makes the mistakes of the page; return what the watch shows."""
    async with aiomqtt.Client("127.0.0.1", port, identifier=f"hub-{HUB}") as client:
        lines = await shown_lines(watch, LINES_EACH)
        for kind, payload in MISTAKES:
            await client.publish(f"{TOPIC}/{kind}", payload, qos=1, retain=True)
            lines += await shown_lines(watch, LINES_EACH)
    return lines


async def shown_lines(running: RunningProgram, count: int) -> list[str]:
    return [without_time(await running.line()) for _ in range(count)]


def without_time(line: str) -> str:
    """Return the line without its instant, and without the size of its payload."""
    line = re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", " " * 23, line)
    return re.sub(r" +\d+ bytes", "", line).rstrip()


@pytest.mark.live
@pytest.mark.parametrize("options", [("--lab",), ()], ids=["lab", "operator"])
async def test_the_watch_shows_the_lines_of_the_page(tmp_path: Path, options: tuple[str, ...]) -> None:
    block = next(text for text in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL) if "hub 0A1B" in text)
    expected = [without_time(line) for line in block.splitlines()]
    token = () if options else ("--operator-token", TOKEN)
    async with (
        server(tmp_path, *options) as (address, port),
        program(WATCH, "--hub", HUB.lower(), "--cloud", address, *token) as watch,
    ):
        lines = [*await shown_lines(watch, 1), *await shown_mistakes(port, watch)]
        watch.send(signal.SIGINT)
        code, _ = await watch.end()

    assert lines == expected
    assert code == 0


@pytest.mark.live
async def test_json_has_the_payload_of_each_message(tmp_path: Path) -> None:
    async with (
        server(tmp_path, "--lab") as (address, port),
        program(WATCH, "--hub", HUB, "--cloud", address, "--json") as watch,
    ):
        first = await watch.json_line()
        async with aiomqtt.Client("127.0.0.1", port, identifier=f"hub-{HUB}") as client:
            will = await watch.json_line()
            await client.publish(f"{TOPIC}/presence", PRESENCE, qos=1, retain=True)
            presence = await watch.json_line()

    assert first["event"] == "summary"
    assert will["verdict"]["about"] == "will"  # type: ignore[index]
    assert presence["verdict"]["payload"] == PRESENCE  # type: ignore[index]


@pytest.mark.live
async def test_a_server_without_lab_and_a_wrong_token_are_explained(tmp_path: Path) -> None:
    async with server(tmp_path) as (address, _):
        for options, words in (
            ((), "has no lab: start it with --lab, or watch with --operator-token"),
            (("--operator-token", "wrong"), "refuses the operator token"),
            (("--operator-token", TOKEN, "--world", "spring"), "There is no world of this name"),
        ):
            async with program(WATCH, "--hub", HUB, "--cloud", address, *options) as watch:
                code, _ = await watch.end()
            assert (code, words in "".join(watch.log)) == (2, True), watch.log


@pytest.mark.process
@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--hub", "x"), 2, "is not a hub id"),
        (("--hub", HUB, "--cloud", "ftp://x"), 2, "http(s)://host:port is expected"),
        (("--hub", HUB, "--cloud", "http://127.0.0.1:1"), 3, "does not answer"),
    ],
)
async def test_bad_input_is_explained(options: tuple[str, ...], code: int, words: str) -> None:
    async with program(WATCH, *options) as watch:
        ended, _ = await watch.end()

    assert (ended, words in "".join(watch.log)) == (code, True), watch.log


def test_the_page_has_the_numbers_of_the_code() -> None:
    rows = {
        BoundedMessage.REPORTED: "reports",
        BoundedMessage.PRESENCE: "presences",
        BoundedMessage.EVENTS: "events",
        BoundedMessage.OVERTAKING: "reports with a version that the cloud never assigned",
    }
    for kind, name in rows.items():
        assert f"| {name} | {BOUNDS[kind].burst} | {BOUNDS[kind].pause_ms // 1000} s |" in PAGE
    for number in (NUMBER_JUMP_MAX, FIRST_NUMBER_MAX, BOOT_CLOCK_MAX):
        assert f"{number:,}" in PAGE
    assert f"the last {VERDICTS_KEPT} verdicts of at most {HUBS_KEPT} hubs" in PAGE
    assert f"first {HUBS_COUNTED}\nhubs" in PAGE
