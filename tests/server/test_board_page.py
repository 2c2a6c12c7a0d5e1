"""docs/board.md: its commands are run with its classes, and their tables are those of the program."""

import re
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hub_listener import HubListener, listening
from process_bench import program

from hubsim_agent import command as agent_command
from hubsim_agent.board import EXAMPLE
from hubsim_contract.wire.messages import Desired, ServiceState
from hubsim_simulator.broker.embedded import EmbeddedBroker

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "board.md").read_text(encoding="utf-8")
HUB = "0A1B2C3D"
AGENT = "import os, sys; os.chdir(os.environ['FOLDER']); from hubsim_agent.command import main; main()"
BROKER = "mqtt://127.0.0.1:1883"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def runs() -> dict[str, list[str]]:
    """Return the arguments of each run of an agent on the page, by its hardware and memory."""
    lines = [shlex.split(line) for block in blocks("sh") for line in block.splitlines()]
    found = [words[1:] for words in lines if words[0] == "hubsim-agent" and words[-1] == HUB]
    return {
        f"{words[words.index('--hardware') + 1]} {words[words.index('--memory') + 1]}": words
        for words in found
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of the page."""
    for name, source in zip(
        re.findall(r"^Write `(\w+\.py)`:", PAGE, re.MULTILINE), blocks("python"), strict=True
    ):
        (tmp_path / name).write_text(source, encoding="utf-8")
    (tmp_path / "hub.toml").write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / "lid").write_text("0", encoding="ascii")
    return tmp_path


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    broker = EmbeddedBroker()
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def cloud(broker: EmbeddedBroker) -> AsyncIterator[HubListener]:
    async with listening(broker.url) as cloud:
        yield cloud


@pytest.mark.live
@pytest.mark.parametrize("ports", ["hub.toml flash", "my_board:MyBoard flash", "hub.toml my_flash:TwoBanks"])
async def test_each_command_runs_a_hub_that_keeps_its_state(
    ports: str, folder: Path, broker: EmbeddedBroker, cloud: HubListener
) -> None:
    words = [broker.url if word == BROKER else word for word in runs()[ports]]

    async with program(AGENT, *words, FOLDER=str(folder)) as running:
        await running.json_line()
        online = await running.line()
        cloud.desire(Desired(hub=HUB, version=3, service=ServiceState.ACTIVE))
        await cloud.applied(3)
    await cloud.forget_desired(HUB)
    boots = len({each.boot for each in cloud.reported})
    async with program(AGENT, *words, FOLDER=str(folder)):
        await cloud.until(lambda: len({each.boot for each in cloud.reported}) > boots)

    assert f"{online}\n" == blocks("json")[0]
    assert cloud.reported[-1].applied_version == 3


@pytest.mark.live
async def test_the_board_of_the_page_reports_its_lid_and_shows_its_led(
    folder: Path, broker: EmbeddedBroker, cloud: HubListener
) -> None:
    words = [broker.url if word == BROKER else word for word in runs()["my_board:MyBoard flash"]]

    async with program(AGENT, *words, FOLDER=str(folder)) as running:
        await running.json_line()
        await running.json_line()
        (folder / "lid").write_text("1", encoding="ascii")
        await cloud.until(lambda: any(event.kind == "lid_opened" for event in cloud.events))

    assert (folder / "led").read_text(encoding="utf-8") == "white"
    assert cloud.reported[-1].hardware.battery_percent == 95


@pytest.mark.live
async def test_a_power_failure_in_a_write_leaves_the_bank_before_it(folder: Path) -> None:
    namespace: dict[str, type] = {}
    exec((folder / "my_flash.py").read_text(encoding="utf-8"), namespace)  # noqa: S102 (of our own page)
    flash = namespace["TwoBanks"](folder)
    empty = flash.read()
    for data in (b"first", b"second\nline", b"third"):
        flash.write(data)

    (folder / "bank1").write_bytes((folder / "bank1").read_bytes()[:-2])

    assert empty is None
    assert namespace["TwoBanks"](folder).read() == b"second\nline"


def test_the_page_names_every_option() -> None:
    options = {
        option
        for action in agent_command._parser()._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }

    assert {option for option in options if option not in PAGE} == set()
    assert {name for name in agent_command._SETTINGS if f"HUBSIM_{name.upper()}" not in PAGE} == set()


def test_the_displayed_line_is_one_of_a_display() -> None:
    assert msgspec.json.decode(blocks("json")[0])["hub"] == HUB
