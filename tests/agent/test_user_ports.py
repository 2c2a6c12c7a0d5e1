"""Ports of a user's class: what is loaded, and what each mistake is answered with."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubsim_agent.checked_ports import CheckedHardware, CheckedMemory, PortFailed
from hubsim_agent.ports import HubDisplay
from hubsim_agent.user_ports import HARDWARE, MEMORY, BadPort, load_port, names_port
from hubsim_contract.wire.messages import Channel, Hardware, ServiceState, SimCard, SimSlot
from hubsim_contract.wire.service import Tile

MODULE = "a_users_board"
GOOD = """\
from pathlib import Path


class Board:
    def __init__(self, device: Path = Path("/dev/null"), speed: int = 9600, *, name=""):
        self.given = (device, speed, name)

    def read(self):
        return None

    async def changes(self):
        yield None

    def show(self, face):
        pass


class Flash:
    def read(self):
        return None

    def write(self, data):
        pass


NUMBER = 3
"""
FACE = HubDisplay(ServiceState.ACTIVE, Tile.ACTIVATED, star=True, sim_cut_off=False, cloud_reachable=True)
PLAIN = Hardware(model="hub-2", firmware="1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with a module of a user."""
    (tmp_path / f"{MODULE}.py").write_text(GOOD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield tmp_path
    for name in [each for each in sys.modules if each.startswith(MODULE)]:
        del sys.modules[name]


def refusal(text: str, *options: str) -> str:
    with pytest.raises(BadPort) as refused:
        load_port(HARDWARE, text, options)
    return str(refused.value)


def with_board(folder: Path, old: str, new: str) -> str:
    """Return the refusal of a board in which something is replaced."""
    assert old in GOOD
    (folder / f"{MODULE}.py").write_text(GOOD.replace(old, new), encoding="utf-8")
    return refusal(f"{MODULE}:Board")


@pytest.mark.parametrize("text", ["board:Board", "my.own.board:Board"])
def test_a_module_and_a_class_name_a_port(folder: Path, text: str) -> None:
    assert names_port(text)
    (folder / text).write_text("", encoding="utf-8")
    assert not names_port(text)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("text", ["hub.toml", "a/b:c", "board:", ":Board", "board:Board:x", "1a:B", "a b:C"])
def test_anything_else_names_a_file(text: str) -> None:
    assert not names_port(text)


@pytest.mark.usefixtures("folder")
def test_options_are_converted_to_the_types_of_the_parameters() -> None:
    board = load_port(HARDWARE, f"{MODULE}:Board", ("speed=115200", "device=/dev/modem", "name=a=b"))

    assert board.given == (Path("/dev/modem"), 115_200, "a=b")
    assert load_port(MEMORY, f"{MODULE}:Flash", ()).read() is None


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        (
            "no_such_board:Board",
            (),
            "--hardware: no module 'no_such_board'; it must be in the current folder",
        ),
        (f"{MODULE}.py:Board", (), f"--hardware: write {MODULE}:Board, without .py"),
        (f"{MODULE}:Bord", (), f"has no 'Bord'; did you mean {MODULE}:Board?"),
        (f"{MODULE}:NUMBER", (), f"{MODULE}:NUMBER is not a class"),
        (f"{MODULE}:Board", ("speed",), "--hardware-option: NAME=VALUE is expected, not 'speed'"),
        (f"{MODULE}:Board", ("sped=1",), "has no option 'sped'; did you mean speed?"),
        (f"{MODULE}:Board", ("x=1",), "has no option 'x'; its options are device, speed, name"),
        (f"{MODULE}:Board", ("speed=1", "speed=2"), "speed is given twice"),
        (f"{MODULE}:Board", ("speed=fast",), "speed: Expected `int`, got `str`"),
        (f"{MODULE}:Flash", (), "has no method 'changes'; it needs read, changes, show"),
        (f"{MODULE}:Flash", ("x=1",), "has no option 'x'; it has no options"),
    ],
)
def test_a_mistake_in_an_option_is_named(text: str, options: tuple[str, ...], expected: str) -> None:
    assert expected in refusal(text, *options)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("from pathlib", "import no_such_library\nfrom pathlib", "cannot be imported: No module named"),
        (
            "NUMBER = 3",
            "NUMBER = 1 / 0",
            f"cannot be imported: ZeroDivisionError: division by zero ({MODULE}.py",
        ),
        ("NUMBER = 3", "NUMBER = (", "cannot be imported: SyntaxError"),
        (
            "self.given = (device, speed, name)",
            "raise OSError('no modem')",
            f"OSError: no modem ({MODULE}.py, li",
        ),
        (
            "device: Path = Path('/dev/null')".replace("'", '"'),
            "device",
            "needs --hardware-option device=VALUE",
        ),
        (
            "speed: int = 9600",
            "speed: 'Speed' = 9600",
            "the parameters of a_users_board:Board cannot be read",
        ),
        ("def read(self):\n        return None\n\n    async", "async", "has no method 'read'"),
        ("def read", "async def read", "read of a_users_board:Board must be a plain function"),
        ("async def changes", "def changes", "must be an asynchronous generator"),
        ("yield None", "return", "must be an asynchronous generator"),
        (
            "def show(self, face)",
            "def show(self)",
            "show of a_users_board:Board must take 1 argument after self",
        ),
        (
            "def read(self)",
            "def read(self, when)",
            "read of a_users_board:Board must take 0 arguments after self",
        ),
    ],
)
def test_a_mistake_in_the_class_is_named(folder: Path, old: str, new: str, expected: str) -> None:
    assert expected in with_board(folder, old, new)


# ------------------------------------------------------------------ the values of a port


class AnyBoard:
    """A board that reads and yields these values, or raises them."""

    def __init__(self, *values: object) -> None:
        self.values = values
        self.shown: list[HubDisplay] = []
        self.closed = False

    def read(self) -> object:
        return _returned(self.values[0])

    async def changes(self) -> object:
        try:
            for value in self.values:
                yield _returned(value)
        finally:
            self.closed = True

    def show(self, face: HubDisplay) -> None:
        self.shown.append(face)
        _returned(self.values[0])


def _returned(value: object) -> object:
    if isinstance(value, Exception):
        raise value
    return value


def checked(board: AnyBoard, faces: list[HubDisplay] | None = None) -> CheckedHardware:
    return CheckedHardware(board, "a:Board", [].append if faces is None else faces.append)  # type: ignore[arg-type]


async def test_hardware_of_a_class_is_brought_into_its_normal_form() -> None:
    channels = [Channel.WIFI, Channel.CELLULAR, Channel.WIFI]
    sims = (SimSlot(2, SimCard.MISSING), SimSlot(1, SimCard.OK, "8988 3000 0000 0000 0003F"))
    board = checked(AnyBoard(Hardware(model="hub-2", firmware="1", channels=channels, sims=sims)))  # type: ignore[arg-type]

    first = board.read()

    assert first.channels == (Channel.CELLULAR, Channel.WIFI)
    assert first.sims == (SimSlot(1, SimCard.OK, "89883000000000000003"), SimSlot(2, SimCard.MISSING))
    assert [each async for each in board.changes()] == [first]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "a:Board.read: not valid hardware: Expected `object`, got `null`"),
        (Hardware(model="h", firmware="1", battery_percent=33), "battery_percent: 0 to 100 in steps of 5"),
        (
            Hardware(model="h", firmware=object()),
            "not valid hardware: a value that is not one of the contract",
        ),  # type: ignore[arg-type]
        (Hardware(model=7, firmware="1"), "model: Expected `str`, got `int`"),  # type: ignore[arg-type]
        (Hardware(model="h" * 9000, firmware="1"), "at most 8192 are expected"),
        (ValueError("no register"), "a:Board.read: ValueError: no register (test_user_ports.py, line"),
    ],
)
async def test_a_bad_value_or_an_error_of_a_class_is_named(value: object, expected: str) -> None:
    with pytest.raises(PortFailed) as failed:
        checked(AnyBoard(value)).read()
    with pytest.raises(PortFailed):
        async for _ in checked(AnyBoard(PLAIN, value)).changes():
            pass

    assert expected in str(failed.value)


class ClockedBoard(AnyBoard):
    """A board with a clock."""

    def time_ms(self) -> object:
        return _returned(self.values[0])


def test_the_clock_of_a_board_is_that_of_the_class_or_of_the_system() -> None:
    before_ms = time.time_ns() // 1_000_000

    system_ms = checked(AnyBoard(PLAIN)).time_ms()

    assert before_ms <= system_ms <= time.time_ns() // 1_000_000
    assert checked(ClockedBoard(1_234)).time_ms() == 1_234


@pytest.mark.parametrize("value", [None, "now", 1.5, True, -1, 10**15, ValueError("no battery")])
def test_a_bad_time_of_a_board_is_named(value: object) -> None:
    with pytest.raises(PortFailed, match=r"a:Board\.time_ms"):
        checked(ClockedBoard(value)).time_ms()


async def test_the_generator_of_a_class_is_closed_when_the_agent_ends() -> None:
    board = AnyBoard(PLAIN, PLAIN)
    changes = checked(board).changes()

    await anext(changes)
    await changes.aclose()  # type: ignore[attr-defined]

    assert board.closed


def test_a_display_is_announced_and_shown() -> None:
    faces: list[HubDisplay] = []
    board = AnyBoard(PLAIN)

    checked(board, faces).show(FACE)

    assert (faces, board.shown) == ([FACE], [FACE])
    with pytest.raises(PortFailed, match=r"a:Board\.show: OSError: no LED"):
        checked(AnyBoard(OSError("no LED"))).show(FACE)


class AnyFlash:
    def __init__(self, value: object) -> None:
        self.value = value

    def read(self) -> bytes | None:
        return _returned(self.value)  # type: ignore[return-value]

    def write(self, data: bytes) -> None:
        self.value = _returned(self.value) and data


def test_a_memory_of_a_class_returns_bytes_or_nothing() -> None:
    assert CheckedMemory(AnyFlash(b"old"), "a:Flash").read() == b"old"
    assert CheckedMemory(AnyFlash(None), "a:Flash").read() is None
    with pytest.raises(PortFailed, match=r"a:Flash\.read: bytes or None is expected, not str"):
        CheckedMemory(AnyFlash("old"), "a:Flash").read()
    with pytest.raises(PortFailed, match=r"a:Flash\.write: OSError: worn out"):
        CheckedMemory(AnyFlash(OSError("worn out")), "a:Flash").write(b"new")
