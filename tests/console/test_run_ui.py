"""`hubsim run --ui` as a real process: the user's files are played, again when they are saved."""

import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from process_bench import RunningProgram, program

from hubsim_console.cli.run import command

RUN = "from hubsim_console.cli.run import command; command(prog_name='hubsim run')"
TEXT = """\
scenario: A hub without a link is red
clock: 2026-01-15 09:00 Europe/Warsaw
world: {hubs: {shed: {model: hub-2}}}
steps:
  - {expect: shed, led: red}
"""


async def until(running: RunningProgram, words: str) -> str:
    while words not in (line := await running.line()):
        assert line or running.log == [], running.log
    return line


async def plays(server: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=server) as client:
        found: list[dict[str, Any]] = (await client.get("/lab/plays")).json()["plays"]
        for play in found:
            answer = await client.put(f"/lab/plays/{play['play']}/breakpoints", json={"lines": [9]})
            assert answer.is_success
        return found


@pytest.mark.process
@pytest.mark.live
async def test_a_saved_file_is_played_again_and_its_last_play_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    file = folder / "shed.yaml"
    file.write_text(TEXT)
    async with program(
        RUN, "--ui", "--no-browser", "--port", "0", str(folder), TMPDIR=str(tmp_path)
    ) as running:
        server = (await running.line()).partition("/console/")[0]
        await until(running, "PASSED")
        first = await plays(server)

        file.write_text(TEXT.replace("led: red", "led: white"))
        failed = await until(running, "FAILED")
        second = await plays(server)

        file.write_text(TEXT.replace("expect: shed", "expect: shet"))
        refused = await until(running, "not played")
        file.write_text(TEXT)
        await until(running, "PASSED")

        running.send(signal.SIGINT)
        code, _ = await running.end()

    assert "shed.yaml" in failed
    assert "shed.yaml" in refused
    assert [play["state"] for play in first] == ["passed"]
    assert [(play["state"], play["breakpoints"]) for play in second] == [("failed", [9])]
    assert second[0]["scenario"] == first[0]["scenario"] == "own-shed"
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--ui", "--virtual"], "--virtual does not go together with --ui"),
        (["--ui", "--html", "x.html"], "--html does not go together with --ui"),
        (["--port", "1"], "--port needs --ui"),
        (["--no-browser"], "--browser needs --ui"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    file = tmp_path / "shed.yaml"
    file.write_text(TEXT)

    done = CliRunner().invoke(command, [*arguments, str(file)])

    assert done.exit_code == 2
    assert words in done.stderr


def test_a_folder_without_scenarios_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--ui", str(tmp_path)])

    assert done.exit_code == 2
    assert "no scenario file" in done.stderr


def test_without_the_option_files_are_played_as_before(tmp_path: Path) -> None:
    file = tmp_path / "shed.yaml"
    file.write_text(TEXT)

    done = CliRunner().invoke(command, ["--virtual", str(file)])

    assert done.exit_code == 0
    assert "PASS  1 of 1 step" in done.stdout
