"""A second instance is refused with one line of advice, and the first one is not affected."""

from pathlib import Path

import pytest
from storm_line import Line, line_to
from storm_site import Process, Site, opened
from storm_users import Users, new_rng

pytestmark = pytest.mark.live
HUBS = ["F0000001", "F0000002"]
UP = ("up", "--http-port", "0", "--mqtt-port", "0", "--hubs", "2")


async def refused(site: Site, *arguments: str) -> str:
    """Start hubsim, which must exit by itself with an error; return the line with the reason."""
    process = await site.run(*arguments)
    assert await process.end() == 3, process.stderr()
    lines = [line for line in process.stderr().splitlines() if "cannot run" in line]
    assert len(lines) == 1, process.stderr()
    assert "Traceback" not in process.stderr()
    return lines[0]


async def check_unharmed(line: Line, users: Users) -> None:
    """Check that the first instances continue: users act, hubs receive."""
    before = len(users.record.granted)
    await users.create_dealer()
    assert len(users.record.granted) > before
    await line.ready()
    assert len((await line.lab("GET", "/hubs"))["hubs"]) == len(HUBS)
    await line.lab("POST", "/settle")


def taken(site: Site, database: str, by: Process) -> str:
    return f"{site.state / database}: is used by another hubsim, process {by.id}; stop that one first"


async def test_second_processes_on_the_same_state_or_broker_are_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as site:
        await site.broker()
        simulator = await site.simulator(len(HUBS))
        cloud, url = await site.cloud()
        async with line_to(url) as line:
            users = await Users.assemble(line, new_rng(), list(HUBS))

            second_cloud = await refused(site, "cloud", *site.parts, "--http-port", "0")
            second_simulator = await refused(site, "simulator", *site.parts, "--hubs", "2")
            elsewhere = (*site.parts, "--state", str(tmp_path / "elsewhere"))
            third_simulator = await refused(site, "simulator", *elsewhere, "--hubs", "2")
            third_cloud = await refused(site, "cloud", *elsewhere, "--http-port", "0")
            up = await refused(site, *UP, "--state", str(site.state))

            await check_unharmed(line, users)
    assert taken(site, "cloud.db", cloud) in second_cloud
    assert "another cloud serves 'hubsim/v1' on this broker: stop it" in third_cloud
    assert taken(site, "simulator.db", simulator) in second_simulator
    assert "another simulator serves 'hubsim/v1' on this broker: stop it" in third_simulator
    assert taken(site, "simulator.db", simulator) in up


async def test_a_second_up_or_cloud_on_the_same_state_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as site:
        first, url = await site.up(len(HUBS))
        async with line_to(url) as line:
            users = await Users.assemble(line, new_rng(), list(HUBS))

            up = await refused(site, *UP, "--state", str(site.state))
            cloud = await refused(site, "cloud", "--http-port", "0", "--state", str(site.state))

            await check_unharmed(line, users)
    assert taken(site, "simulator.db", first) in up
    assert taken(site, "cloud.db", first) in cloud
