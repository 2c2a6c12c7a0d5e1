"""`hubsim demo` as a real process: ready with its world, and nothing stays after Ctrl-C."""

import signal
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from process_bench import RunningProgram, program

from hubsim_console.cli.demo import command

DEMO = "from hubsim_console.cli.demo import command; command(prog_name='hubsim demo')"


def entries(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def address(demo: RunningProgram, ready: str = "The demo is ready: ") -> str:
    """Return the address; the world of the demo takes 400 requests, and a busy machine a minute."""
    url = await demo.line(within_s=90)
    assert url.startswith("http://127.0.0.1:"), demo.log
    assert (await demo.line()).startswith(ready)
    return url


@pytest.mark.process
@pytest.mark.live
async def test_the_demo_is_ready_and_leaves_nothing(tmp_path: Path) -> None:
    arguments = ("--no-browser", "--port", "0", "--lang", "pl")
    async with program(DEMO, *arguments, TMPDIR=str(tmp_path)) as demo:
        url = await address(demo, "Demo jest gotowe: ")
        server = url.partition("/console/")[0]
        async with httpx.AsyncClient(base_url=server) as client:
            index = await client.get("/console/")
            config = (await client.get("/console/config.json")).json()
            hubs = (await client.get("/lab/hubs")).json()["hubs"]
        states, children = entries(tmp_path), demo.children()

        demo.send(signal.SIGINT)
        code, rest = await demo.end()

    assert url.endswith("/console/#/demo?lang=pl")
    assert index.status_code == 200
    assert (config["language"], config["start"], config["lab"]) == ("pl", "#/demo", True)
    assert len(hubs) > 20
    assert (code, rest, demo.log) == (0, "", [])
    assert (len(states), children) == (1, [])
    assert entries(tmp_path) == []
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{server}/health/live")


@pytest.mark.process
@pytest.mark.live
async def test_a_demo_with_a_state_continues(tmp_path: Path) -> None:
    state = tmp_path / "state"
    arguments = ("--no-browser", "--port", "0", "--state", str(state))
    names = []
    for _ in range(2):
        async with program(DEMO, *arguments) as demo:
            server = (await address(demo)).partition("/console/")[0]
            async with httpx.AsyncClient(base_url=server) as client:
                credentials = {"email": "zoe@mail.example", "password": "hubsim-demo", "app": "pro_desktop"}
                token = (await client.post("/v1/sessions", json=credentials)).json()["token"]
                headers = {"Authorization": f"Bearer {token}"}
                accounts = (await client.get("/v1/session/accounts", headers=headers)).json()["accounts"]
                names.append([row["name"] for row in accounts if row["account"]])
                await client.post("/v1/companies", headers=headers, json={"name": "Zoe", "country": "PL"})
            demo.send(signal.SIGTERM)
            await demo.end()

    assert names == [[], ["Zoe"]]
    assert state.is_dir()


@pytest.mark.process
@pytest.mark.live
async def test_a_demo_can_have_another_world(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("world: {hubs: {shed: {model: hub-2, links: [ethernet]}}}\n")
    async with program(DEMO, "--no-browser", "--port", "0", "--world", str(file)) as demo:
        server = (await address(demo)).partition("/console/")[0]
        async with httpx.AsyncClient(base_url=server) as client:
            hubs = (await client.get("/lab/hubs")).json()["hubs"]
        demo.send(signal.SIGTERM)
        await demo.end()

    assert [hub["model"] for hub in hubs] == ["hub-2"]


@pytest.mark.process
@pytest.mark.live
async def test_a_demo_can_start_with_the_file_of_a_snapshot(tmp_path: Path) -> None:
    file, bad = tmp_path / "half-way.hubsim", tmp_path / "bad.hubsim"
    async with program(DEMO, "--no-browser", "--port", "0") as demo:
        server = (await address(demo)).partition("/console/")[0]
        async with httpx.AsyncClient(base_url=server, timeout=60) as client:
            await client.delete("/lab/hubs/3390F28D")
            await client.post("/lab/snapshots", json={"name": "half-way"})
            file.write_bytes((await client.get("/lab/snapshots/half-way/file")).content)
            saved = (await client.get("/lab/hubs")).json()["hubs"]
        demo.send(signal.SIGTERM)
        await demo.end()
    bad.write_bytes(file.read_bytes()[:-100])

    async with program(DEMO, "--no-browser", "--port", "0", "--world", str(file)) as again:
        server = (await address(again)).partition("/console/")[0]
        async with httpx.AsyncClient(base_url=server, timeout=60) as client:
            hubs = (await client.get("/lab/hubs")).json()["hubs"]
        again.send(signal.SIGTERM)
        await again.end()
    async with program(DEMO, "--no-browser", "--port", "0", "--world", str(bad)) as refused:
        code, _ = await refused.end()

    assert [hub["id"] for hub in hubs] == [hub["id"] for hub in saved]
    assert len(hubs) == 20
    assert code == 3
    assert f"{bad}: the file cannot be opened: it is damaged" in "".join(refused.log)


@pytest.mark.process
@pytest.mark.live
async def test_a_world_with_a_mistake_ends_the_demo(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("world: {peple: []}\n")
    async with program(
        DEMO, "--no-browser", "--port", "0", "--world", str(file), TMPDIR=str(tmp_path)
    ) as demo:
        code, rest = await demo.end()

    assert (code, rest) == (3, "")
    assert entries(tmp_path) == [file]
    assert "did you mean 'people'?" in "".join(demo.log)


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--lang", "de"], ["--world", "none.yaml"]])
def test_a_wrong_option_is_refused(arguments: list[str]) -> None:
    done = CliRunner().invoke(command, arguments)

    assert done.exit_code == 2
    assert done.stdout == ""
