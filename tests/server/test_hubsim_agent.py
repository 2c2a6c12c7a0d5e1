"""`hubsim agent` and `hubsim-agent` as real processes, with a real broker, and files."""

import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from hub_listener import HubListener, listening
from process_bench import RunningProgram, command, program

from hubsim_agent.hub_events import DetectedEvent
from hubsim_agent.memory import decode_memory
from hubsim_contract.mqtt.access import Party
from hubsim_contract.wire.messages import Desired, Registration, ServiceState
from hubsim_contract.wire.service import tile
from hubsim_server.cli.agent import command as agent_command
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.guard import Guard
from hubsim_simulator.broker.keyring import Keyring

pytestmark = pytest.mark.live
AGENT = command("agent")
AGENT_OF_A_DEVICE = "from hubsim_agent.command import main; main()"
BOTH = pytest.mark.parametrize("board", [AGENT, AGENT_OF_A_DEVICE], indirect=True, ids=["full", "device"])
HUB = "0A1B2C3D"
HARDWARE = 'model = "hub-2-plus"\nfirmware = "1"\nchannels = ["ethernet"]\n'
UNDER_WAY = 5
"""The most documents that are published but not yet reported."""
SERVICES = (ServiceState.ACTIVE, ServiceState.ACTIVATION_REQUIRED, ServiceState.NOT_AVAILABLE)


class Board:
    """The files of one hub, and the URL of its broker."""

    def __init__(self, folder: Path, url: str, agent: str = AGENT) -> None:
        self.agent = agent
        self.memory = folder / "memory"
        self.hardware = folder / "hardware.toml"
        self.hardware.write_text(HARDWARE, encoding="utf-8")
        self.url = url

    def boot(self, *options: str, **env: str) -> AbstractAsyncContextManager[RunningProgram]:
        """Run the agent."""
        files = ("--memory", str(self.memory), "--hardware", str(self.hardware))
        return program(self.agent, *files, "--broker", self.url, *options, HUB.lower(), **env)


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    broker = EmbeddedBroker()
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
def board(request: pytest.FixtureRequest, tmp_path: Path, broker: EmbeddedBroker) -> Board:
    return Board(tmp_path, broker.url, getattr(request, "param", AGENT))


@pytest.fixture
async def cloud(broker: EmbeddedBroker) -> AsyncIterator[HubListener]:
    async with listening(broker.url) as cloud:
        yield cloud


def document(version: int) -> Desired:
    """Return a document that differs in every field from the previous one."""
    service = SERVICES[version % len(SERVICES)]
    return Desired(hub=HUB, version=version, service=service, sim_cut_off=version % 2 == 0)


async def shown_online(running: RunningProgram) -> dict[str, object]:
    """Return the first display of the hub after it connected."""
    while not (shown := await running.json_line())["cloud_reachable"]:
        pass
    return shown


@BOTH
async def test_it_applies_desired_documents_and_publishes_its_presence_at_the_end(
    board: Board, cloud: HubListener
) -> None:
    async with board.boot() as running:
        first = await running.json_line()
        online = await running.json_line()
        cloud.desire(Desired(hub=HUB, version=1, service=ServiceState.ACTIVE))
        applied = await running.json_line()
        running.send(signal.SIGTERM)
        code, _ = await running.end()
        await cloud.until(lambda: not cloud.presence[-1].online)

    assert first == {
        "hub": HUB,
        "service": "not_available",
        "tile": "none",
        "star": False,
        "sim_cut_off": False,
        "cloud_reachable": False,
    }
    assert online == {**first, "cloud_reachable": True}
    assert applied == {**online, "service": "active", "tile": "activated", "star": True}
    assert code == 0


async def test_an_edit_of_the_hardware_file_changes_the_hub(board: Board, cloud: HubListener) -> None:
    async with board.boot():
        await cloud.until(lambda: bool(cloud.reported))
        board.hardware.write_text(HARDWARE + 'lid_open = true\nregistration = "denied"\n', encoding="utf-8")
        await cloud.until(
            lambda: {event.kind for event in cloud.events} >= {"lid_opened", "registration_denied"}
        )

    hardware = cloud.reported[-1].hardware
    assert hardware.lid_open
    assert hardware.registration is Registration.DENIED


@BOTH
async def test_a_bad_edit_is_logged_and_sighup_reloads_the_file(board: Board, cloud: HubListener) -> None:
    async with board.boot() as running:
        await cloud.until(lambda: bool(cloud.reported))
        board.hardware.write_text(HARDWARE + "lid_opn = true\n", encoding="utf-8")
        running.send(signal.SIGHUP)
        complaint = await running.logged("bad hardware file")
        board.hardware.write_text(HARDWARE + "mains = false\n", encoding="utf-8")
        running.send(signal.SIGHUP)
        await cloud.until(lambda: not cloud.reported[-1].hardware.mains)

    assert "did you mean lid_open?" in complaint
    assert not any(each.hardware.lid_open for each in cloud.reported)


@pytest.mark.parametrize("left", [b"", b"\0" * 100, b"00000000\n{}", b"not a memory\n"])
async def test_a_hub_with_corrupt_memory_starts_empty_and_reports_it(
    board: Board, cloud: HubListener, left: bytes
) -> None:
    board.memory.write_bytes(left)

    async with board.boot() as running:
        await cloud.until(lambda: any(event.kind == DetectedEvent.MEMORY_LOST for event in cloud.events))
        running.send(signal.SIGTERM)
        code, _ = await running.end()

    assert code == 0
    assert "Traceback" not in "".join(running.log)
    assert cloud.reported[-1].applied_version == 0
    assert decode_memory(board.memory.read_bytes(), HUB).boot == cloud.reported[-1].boot


@pytest.mark.parametrize("enough", [1, 10, 50])
async def test_after_a_kill_within_a_stream_of_documents_it_has_the_last_one_that_it_reported(
    board: Board, cloud: HubListener, enough: int
) -> None:
    async with board.boot() as running:
        await cloud.applied(0)
        for version in range(1, enough + UNDER_WAY + 1):
            cloud.desire(document(version))
            await cloud.applied(version - UNDER_WAY)
        running.send(signal.SIGKILL)
        await cloud.until(lambda: not cloud.presence[-1].online)
    reported = cloud.reported[-1].applied_version
    boot = cloud.reported[-1].boot
    await cloud.forget_desired(HUB)
    remembered = decode_memory(board.memory.read_bytes(), HUB).desired

    async with board.boot() as running:
        shown = await shown_online(running)
        await cloud.until(lambda: cloud.reported[-1].boot > boot)

    again = next(report for report in cloud.reported if report.boot > boot)
    assert remembered.version >= reported >= enough
    assert msgspec.structs.asdict(remembered) == msgspec.structs.asdict(document(remembered.version))
    assert (again.applied_version, again.service, again.sim_cut_off) == (
        remembered.version,
        remembered.service,
        remembered.sim_cut_off,
    )
    assert (shown["service"], shown["tile"], shown["sim_cut_off"]) == (
        remembered.service,
        tile(remembered.service),
        remembered.sim_cut_off,
    )


@pytest.mark.parametrize("agent", [AGENT, AGENT_OF_A_DEVICE], ids=["full", "device"])
async def test_its_password_comes_from_the_environment_and_is_never_logged(
    agent: str, tmp_path: Path
) -> None:
    keyring = Keyring.new()
    broker = EmbeddedBroker(guard=Guard(keyring))
    await broker.start()
    secret, cloud_secret = keyring.password(HUB), keyring.password(Party.CLOUD.value)
    board = Board(tmp_path, broker.url, agent)
    try:
        async with board.boot("--log-level", "debug", HUBSIM_HUB_PASSWORD=secret) as known:
            connected = await known.logged("connected")
            await known.kill()
        async with board.boot("--log-level", "debug", HUBSIM_HUB_PASSWORD=cloud_secret) as third_party:
            complaint = await third_party.logged("cannot connect")
            await third_party.kill()
    finally:
        await broker.stop()

    assert connected
    assert "not authorised" in complaint
    assert secret not in "".join(known.log)
    assert cloud_secret not in "".join(third_party.log)


async def test_health_shows_the_connection_and_metrics_the_state(
    board: Board,
    broker: EmbeddedBroker,
    cloud: HubListener,  # noqa: ARG001 (it answers the hub)
) -> None:
    async with board.boot("--monitor-port", "0") as running:
        where = (await running.logged("monitored")).split("url=")[1].strip()
        await shown_online(running)
        async with httpx.AsyncClient(base_url=where) as client:
            online = await client.get("/health/ready")
            metrics = await client.get("/metrics")
            await broker.stop()
            await running.logged("connection lost")
            offline = await client.get("/health/ready")

    assert (online.status_code, offline.status_code) == (200, 503)
    assert offline.json()["awaited"] == ["the connection to the broker"]
    assert {"hubsim_agent_online 1.0", "hubsim_agent_connections_total 1.0"} <= set(metrics.text.splitlines())


@BOTH
@pytest.mark.parametrize("missing", ["hardware", "memory"])
async def test_an_unusable_file_ends_it_with_one_line(board: Board, missing: str) -> None:
    if missing == "hardware":
        board.hardware.unlink()
    else:
        board.memory = board.memory / "no" / "folder"

    async with board.boot() as running:
        code, _ = await running.end()

    assert code == 3
    assert "No such file or directory" in running.log[-1]
    assert "Traceback" not in "".join(running.log)


def test_the_example_needs_no_other_option() -> None:
    done = CliRunner().invoke(agent_command, ["--example"])

    assert done.exit_code == 0
    assert done.stdout.startswith("# The hardware of a hub.")


def test_an_invalid_hub_id_is_refused() -> None:
    done = CliRunner().invoke(agent_command, ["--memory", "m", "--hardware", "h", "front-door"])

    assert done.exit_code == 2
    assert "'front-door' is not a hub id" in done.stderr
