"""The board whose hardware is a file: valid and invalid edits."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_agent.board import EXAMPLE, BadBoard, FileBoard, read_hardware
from hubsim_agent.ports import HubDisplay
from hubsim_contract.wire.messages import Channel, Hardware, Registration, Signal, SimCard, SimSlot

BOUND_S = 20
LEAST = 'model = "hub-2-plus"\nfirmware = "1"\n'
SIM = "[[sims]]\nslot = {}\ncard = 'ok'\n"


class Watched:
    """A board with a file, and everything that it has reported."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faces: list[HubDisplay] = []
        self.troubles: asyncio.Queue[BadBoard] = asyncio.Queue()
        self.board = FileBoard(path, show=self.faces.append, complain=self.troubles.put_nowait)
        self._changes = self.board.changes()

    def edit(self, text: str) -> None:
        """Replace the file, as editors do."""
        new = self.path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.path)

    async def change(self) -> Hardware:
        """Wait for the next change."""
        return await asyncio.wait_for(anext(self._changes), BOUND_S)

    async def trouble(self) -> BadBoard:
        """Run the board until it reports a problem."""
        looking = asyncio.ensure_future(anext(self._changes))
        try:
            return await asyncio.wait_for(self.troubles.get(), BOUND_S)
        finally:
            looking.cancel()
            await asyncio.wait({looking})
            self._changes = self.board.changes()


@pytest.fixture
async def watched(tmp_path: Path) -> Watched:
    path = tmp_path / "hardware.toml"
    path.write_text(LEAST, encoding="utf-8")
    return Watched(path)


def refusal(folder: Path, text: str) -> BadBoard:
    path = folder / "hardware.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadBoard) as refused:
        read_hardware(path)
    return refused.value


def test_the_example_describes_a_hub(tmp_path: Path) -> None:
    path = tmp_path / "hardware.toml"
    path.write_text(EXAMPLE, encoding="utf-8")

    hardware = read_hardware(path)

    assert hardware == Hardware(
        model="hub-2-plus",
        firmware="2.20.0",
        channels=(Channel.CELLULAR, Channel.ETHERNET),
        sims=(SimSlot(1, SimCard.OK, "89883000000000000003"), SimSlot(2, SimCard.MISSING)),
        active_sim=1,
        registration=Registration.ROAMING,
        generation="4G",
        signal=Signal.STRONG,
    )


def test_the_example_names_every_field() -> None:
    for name in (*Hardware.__struct_fields__, *SimSlot.__struct_fields__):
        assert name in EXAMPLE


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (LEAST + "lid_opn = true", "lid_opn", "unknown field; did you mean lid_open?"),
        (LEAST + SIM.format(1) + "icid = '1'", "sims[0].icid", "unknown field; did you mean iccid?"),
        (LEAST + "mains = 'yes'", "mains", "Expected `bool`, got `str`"),
        (LEAST + "signal = 'good'", "signal", "Invalid enum value 'good'"),
        (LEAST + "sims = 3", "sims", "Expected `array`, got `int`"),
        (LEAST + "battery_percent = 103", "battery_percent", "0 to 100 in steps of 5 is expected"),
        (LEAST + "battery_percent = 7", "battery_percent", "0 to 100 in steps of 5 is expected"),
        (LEAST + SIM.format(1) * 2, "sims", "each slot once, counted from 1, is expected"),
        (LEAST + SIM.format(0), "sims", "each slot once, counted from 1, is expected"),
        (LEAST + "active_sim = 2\n" + SIM.format(1), "active_sim", "the slot of one of the sims is expected"),
        (LEAST + SIM.format(1) + "iccid = '89883000000000000000'", "iccid of slot 1", "its check digit"),
        (LEAST.replace("hub-2-plus", "h" * 9000), "", "at most 8192 are expected"),
        ("firmware = '1'", "", "Object missing required field `model`"),
        (LEAST + "mains =", "", "not a TOML file"),
        (LEAST + "x = " + "[" * 5000, "", "not a TOML file"),
        ("#" * (64 * 1024) + "\n" + LEAST, "", "it has more than 65536 bytes"),
    ],
)
def test_impossible_hardware_is_refused(tmp_path: Path, text: str, field: str, expected: str) -> None:
    refused = refusal(tmp_path, text)

    assert refused.field == field
    assert expected in refused.expected
    assert str(refused).startswith(str(tmp_path / "hardware.toml"))


@given(data=st.binary(max_size=200))
def test_any_bytes_give_hardware_or_one_known_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)

    with pytest.raises(BadBoard):
        read_hardware(path)


def test_a_board_without_its_file_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(BadBoard, match="cannot be read: No such file or directory"):
        Watched(tmp_path / "gone.toml")


def test_hardware_is_reported_in_its_normal_form(tmp_path: Path) -> None:
    path = tmp_path / "hardware.toml"
    text = LEAST + "channels = ['wifi', 'cellular', 'wifi']\n" + SIM.format(2) + SIM.format(1)
    path.write_text(text + "iccid = '8988 3000 0000 0000 0003'\n", encoding="utf-8")

    hardware = read_hardware(path)

    assert hardware.channels == (Channel.CELLULAR, Channel.WIFI)
    assert [(sim.slot, sim.iccid) for sim in hardware.sims] == [(1, "89883000000000000003"), (2, None)]


async def test_an_edit_is_detected(watched: Watched) -> None:
    watched.edit(LEAST + "lid_open = true\n")

    hardware = await watched.change()

    assert hardware.lid_open
    assert watched.board.read() == hardware


async def test_a_reload_reads_a_file_that_appears_unchanged(watched: Watched) -> None:
    before = watched.path.stat()
    watched.path.write_text(LEAST.replace("1", "2"), encoding="utf-8")
    os.utime(watched.path, ns=(before.st_atime_ns, before.st_mtime_ns))

    watched.board.check_again()

    assert (await watched.change()).firmware == "2"


@pytest.mark.parametrize("broken", [LEAST + "lid_opn = true", ""])
async def test_a_bad_edit_is_reported_once_and_the_last_valid_hardware_stays(
    watched: Watched, broken: str
) -> None:
    good = watched.board.read()

    watched.edit(broken)
    trouble = await watched.trouble()

    assert trouble.file == watched.path
    assert watched.board.read() == good
    watched.edit(LEAST + "mains = false\n")
    assert not (await watched.change()).mains
    assert watched.troubles.empty()


async def test_a_deleted_file_changes_nothing(watched: Watched) -> None:
    good = watched.board.read()

    watched.path.unlink()
    trouble = await watched.trouble()

    assert "cannot be read" in str(trouble)
    assert watched.board.read() == good
