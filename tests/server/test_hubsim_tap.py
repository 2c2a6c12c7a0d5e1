"""`hubsim tap` as a real process between agents and brokers, and the page docs/tap.md."""

import json
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dpkt
import pytest
from click.testing import CliRunner, Result
from hub_listener import listening
from process_bench import RunningProgram, command, program

from hubsim_contract.wire.messages import Desired, ServiceState
from hubsim_server.certs import issue
from hubsim_server.cli.tap import command as tap_command
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.listening import ServerTls
from hubsim_simulator.broker.mosquitto import MosquittoBroker

HUB, NAME = "0A1B2C3D", "front-door"
PAGE = (Path(__file__).parents[2] / "docs" / "tap.md").read_text(encoding="utf-8")
HARDWARE = 'model = "hub-2-plus"\nfirmware = "1"\nchannels = ["ethernet"]\n'
PASSWORD = "correct-horse-battery"  # noqa: S105 (a password of a test)


class TapBench:
    """A broker, a tap before it, and the files of one hub."""

    def __init__(self, folder: Path, broker: EmbeddedBroker | MosquittoBroker) -> None:
        self.folder = folder
        self.broker = broker
        self.json, self.pcapng = folder / "tap.jsonl", folder / "tap.pcapng"
        (folder / "hardware.toml").write_text(HARDWARE, encoding="utf-8")

    @asynccontextmanager
    async def tap(self, *options: str) -> AsyncIterator[tuple[RunningProgram, str]]:
        """Run the tap; yields it with its URL."""
        files = ("--json", str(self.json), "--pcapng", str(self.pcapng))
        arguments = ("--listen", "127.0.0.1:0", *files, "--broker", self.broker.url, *options)
        async with program(command("tap"), *arguments) as running:
            ready = await running.logged(" ready, forwards to ")
            yield running, ready.split()[0]

    def agent(self, url: str, *options: str) -> AbstractAsyncContextManager[RunningProgram]:
        """Run the agent of the hub."""
        files = ("--memory", str(self.folder / "memory"), "--hardware", str(self.folder / "hardware.toml"))
        return program(command("agent"), *files, "--broker", url, *options, HUB, HUBSIM_HUB_PASSWORD=PASSWORD)

    def packets(self, kind: str) -> list[dict[str, Any]]:
        """Return the packets of a kind in the JSON file."""
        written = [json.loads(line) for line in self.json.read_text(encoding="utf-8").splitlines()]
        return [each for each in written if each.get("kind") == kind]


async def end(running: RunningProgram) -> tuple[int, str]:
    running.send(signal.SIGTERM)
    return await running.end()


@pytest.mark.mosquitto
async def test_the_life_of_a_hub_passes_the_tap_and_every_packet_is_in_the_files(tmp_path: Path) -> None:
    broker = MosquittoBroker()
    await broker.start()
    bench = TapBench(tmp_path, broker)
    try:
        async with listening(broker.url) as cloud, bench.tap("--name", f"{NAME}={HUB}") as (tap, url):
            async with bench.agent(url) as agent:
                await cloud.applied(0)
                cloud.desire(Desired(hub=HUB, version=1, service=ServiceState.ACTIVE))
                await cloud.applied(1)
                await end(agent)
            await cloud.until(lambda: not cloud.presence[-1].online)
            code, lines = await end(tap)
    finally:
        await broker.stop()

    assert code == 0
    assert "PUBLISH      desired of front-door" in lines
    published = [each["message"] for each in bench.packets("PUBLISH") if each["message"] != "cloud_presence"]
    assert published[:2] == ["presence", "reported"]
    assert bench.packets("CONNECT")[0]["password"] is True
    with bench.pcapng.open("rb") as file:
        frames = list(dpkt.pcapng.Reader(file))
    assert len(frames) > 10
    written = lines.encode() + bench.json.read_bytes() + bench.pcapng.read_bytes() + "".join(tap.log).encode()
    assert PASSWORD.encode() not in written


@pytest.mark.mosquitto
async def test_an_event_whose_puback_is_lost_with_the_connection_is_sent_again(tmp_path: Path) -> None:
    broker = MosquittoBroker()
    await broker.start()
    bench = TapBench(tmp_path, broker)
    rules = ("--fault", f"drop PUBACK events to {HUB}", "--fault", f"cut PUBLISH desired to {HUB} after 1")
    try:
        async with listening(broker.url) as cloud, bench.tap(*rules) as (tap, url), bench.agent(url):
            await cloud.applied(0)
            cloud.desire(Desired(hub=HUB, version=1, service=ServiceState.ACTIVE))
            await cloud.applied(1)
            opened = HARDWARE + "lid_open = true\n"
            (tmp_path / "hardware.toml").write_text(opened, encoding="utf-8")
            await cloud.until(lambda: bool(cloud.events))
            cloud.desire(Desired(hub=HUB, version=2, service=ServiceState.NOT_AVAILABLE))
            await cloud.applied(2)
            await cloud.until(lambda: len(cloud.events) > 1)
            _, lines = await end(tap)
    finally:
        await broker.stop()

    first, again = cloud.events[:2]
    assert (first.boot, first.number) == (again.boot, again.number)
    assert "fault: drop PUBACK events to 0A1B2C3D" in lines
    assert [line.split("applied=")[1][0] for line in tap.log if "applied=" in line] == ["1", "1"]


@pytest.mark.live
async def test_a_hub_whose_connack_is_dropped_connects_again(tmp_path: Path) -> None:
    broker = EmbeddedBroker()
    await broker.start()
    bench = TapBench(tmp_path, broker)
    try:
        async with (
            listening(broker.url) as cloud,
            bench.tap("--fault", "cut CONNACK 2 times") as (tap, url),
            bench.agent(url),
        ):
            await cloud.applied(0)
            _, lines = await end(tap)
    finally:
        await broker.stop()

    assert lines.count("CONNECT ") == 3
    assert cloud.reported[0].connection == 3


@pytest.mark.live
async def test_tls_on_both_sides(tmp_path: Path) -> None:
    issue(tmp_path / "certs", ("127.0.0.1",), now=datetime.now(UTC))
    ca, pem, key = (tmp_path / "certs" / name for name in ("ca.pem", "server.pem", "server-key.pem"))
    broker = EmbeddedBroker(tls=ServerTls(pem, key))
    await broker.start()
    bench = TapBench(tmp_path, broker)
    secured = ("--ca", str(ca), "--tls-certificate", str(pem), "--tls-key", str(key))
    try:
        async with bench.tap(*secured) as (tap, url), bench.agent(url, "--ca", str(ca)):
            seen = [await tap.line() for _ in range(5)]
            code, _ = await end(tap)
    finally:
        await broker.stop()

    assert url.startswith("mqtts://")
    assert "CONNACK      accepted" in "".join(seen)
    assert "SUBACK" in seen[-1]
    assert code == 0


@pytest.mark.live
async def test_a_tap_that_cannot_start_keeps_the_files_of_the_last_one(tmp_path: Path) -> None:
    broker = EmbeddedBroker()
    await broker.start()
    bench = TapBench(tmp_path, broker)
    bench.json.write_text("old\n", encoding="utf-8")
    try:
        occupied = ("--listen", f"127.0.0.1:{broker.port}", "--json", str(bench.json))
        async with program(command("tap"), *occupied) as running:
            code, _ = await running.end()
    finally:
        await broker.stop()

    assert code == 3
    assert "is taken by another program" in "".join(running.log)
    assert bench.json.read_text(encoding="utf-8") == "old\n"


@pytest.mark.live
async def test_a_full_disk_ends_the_tap_with_one_line(tmp_path: Path) -> None:
    broker = EmbeddedBroker()
    await broker.start()
    bench = TapBench(tmp_path, broker)
    bench.json = Path("/dev/full")
    try:
        async with bench.tap() as (tap, url), bench.agent(url):
            code, _ = await tap.end()
    finally:
        await broker.stop()

    assert code == 3
    assert "No space left on device" in "".join(tap.log)
    assert "Traceback" not in "".join(tap.log)


# ------------------------------------------------------------------ options


def invoke(*options: str) -> Result:
    return CliRunner().invoke(tap_command, options)


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (("--fault", "dorp PUBACK"), "rule 'dorp PUBACK': 'dorp' is not an action; did you mean 'drop'?"),
        (("--listen", "1884"), "'1884' is not HOST:PORT, for example 127.0.0.1:1884"),
        (("--listen", "x:99999"), "is not HOST:PORT"),
        (("--name", "front-door"), "'front-door' is not NAME=HUB"),
        (("--name", "a=1"), "'1' is not a hub id"),
        (("--name", "a=0A1B2C3D", "--name", "b=0a1b2c3d"), "repeats a name or a hub"),
        (("--hub", "garage"), "'garage' is not a hub id"),
        (("--topic", "a/#/b"), "'a/#/b' is not a topic filter"),
        (("--kind", "PUBLSH"), "'PUBLSH' is not one of"),
        (("--broker", "mqtt://u:secretsecret@127.0.0.1"), "remove user and password from --broker"),
        (("--json", "x", "--pcapng", "./x"), "two outputs have the name x"),
        (("--broker", "mqtt://127.0.0.1:1884"), "the tap would forward to itself"),
        (("--keep-passwords",), "add --pcapng FILE"),
        (("--max-connections", "0"), "0 is not in the range"),
        (("--max-connections-each", "0"), "0 is not in the range"),
    ],
)
def test_bad_options_are_refused_with_advice(options: tuple[str, ...], advice: str) -> None:
    done = invoke(*options)

    assert done.exit_code == 2
    assert advice in " ".join(done.stderr.split())
    assert "secretsecret" not in done.output


def test_more_connections_than_open_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubsim_server.cli.tap.raise_open_files", lambda: 1_024)

    done = invoke("--max-connections", "500")

    assert done.exit_code == 2
    assert "500 connections need 1256 open files, and a process may have 1024" in done.stderr


def test_a_file_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    done = invoke("--json", str(tmp_path / "missing" / "tap.jsonl"))

    assert done.exit_code == 2
    assert "No such file or directory" in done.stderr


# ------------------------------------------------------------------ the page


def alike(line: str) -> str:
    """Return a line without the parts that differ in each run."""
    for varying, usual in (
        (r"\d\d:\d\d:\d\d\.\d{6}", "00:00:00.000000"),
        (r"port \d+", "port 0"),
        (r"boot=\d+", "boot=1"),
        (r"\d+ bytes", "0 bytes"),
        (r"id \d+", "id 1"),
    ):
        line = re.sub(varying, usual, line)
    return line.strip()


@pytest.mark.live
async def test_the_output_on_the_page_is_that_of_the_program(tmp_path: Path) -> None:
    (shown,) = re.findall(r"^```text\n(\d\d:.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    rules = re.findall(r"--fault '([^']+)'", PAGE)
    broker = EmbeddedBroker()
    await broker.start()
    bench = TapBench(tmp_path, broker)
    try:
        options = ("--name", f"{NAME}={HUB}", "--fault", rules[0])
        async with bench.tap(*options) as (tap, url), bench.agent(url) as agent:
            lines = [await tap.line() for _ in shown.splitlines()]
            await end(agent)
            await end(tap)
    finally:
        await broker.stop()

    assert sorted(map(alike, lines)) == sorted(map(alike, shown.splitlines()))


def test_every_rule_on_the_page_is_valid(tmp_path: Path) -> None:
    rules = re.findall(r"--fault '([^']+)'", PAGE) + re.findall(r"^\| `(\w+ [^`]+)` \|", PAGE, re.MULTILINE)
    occupied = ("--tls-key", str(tmp_path / "missing"))  # refused after the rules are read

    results = {rule: invoke("--fault", rule, *occupied).stderr for rule in rules}

    assert len(rules) > 8
    assert all("--tls-key" in text and "in the rule" not in text for text in results.values()), results


def listed(*, under: str) -> list[str]:
    """Return the options in the table of the page."""
    return re.findall(r"^\| `(--[\w-]+)", PAGE.split(f"\n## {under}\n")[1], re.MULTILINE)


def test_the_page_lists_the_options_of_the_tap() -> None:
    of_the_tap = {
        option.opts[0]
        for option in tap_command.params
        if option.name not in ("config", "help") and f"`{option.opts[0]}`" not in settings_page()
    }

    assert set(listed(under="Options")) == of_the_tap


def settings_page() -> str:
    return (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
