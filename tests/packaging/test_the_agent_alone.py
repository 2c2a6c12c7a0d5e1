"""The distribution of the agent in an environment with nothing else: its size, its types, and a run."""

import os
import re
import shutil
import signal
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from process_bench import process

from hubsim_simulator.broker.embedded import EmbeddedBroker

BYTES_MAX = 10 * 1024 * 1024
HUB = "0A1B2C3D"
TYPED = """\
from hubsim_agent.file_memory import FileMemory
from hubsim_agent.ports import MemoryPort
from pathlib import Path

port: MemoryPort = FileMemory(Path("flash"))
wrong: int = port.read()
"""


def needed(name: str) -> dict[str, Distribution]:
    """Return what a distribution needs, from its metadata, with all that those need."""
    found: dict[str, Distribution] = {}
    for requirement in distribution(name).requires or ():
        condition = requirement.partition(";")[2]
        if "extra ==" in condition or "python_version <" in condition.replace('"', ""):
            continue
        match = re.match(r"[\w.-]+", requirement)
        assert match is not None
        found |= {match[0]: distribution(match[0]), **needed(match[0])}
    return found


@pytest.fixture(scope="module")
def site(agent_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel and what it needs into an empty environment; return its folder of packages.

    The needed packages are copied from the environment of the tests, so this needs no network.
    """
    folder = tmp_path_factory.mktemp("device")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)  # noqa: S603 (our own program)
    python = folder / "bin" / "python"
    install = ("-m", "pip", "install", "-q", "--no-index", "--no-deps", "--disable-pip-version-check")
    subprocess.run([python, *install, agent_wheel], check=True)  # noqa: S603 (our own program)
    (site,) = folder.glob("lib/python*/site-packages")
    for each in needed("hubsim-agent").values():
        for file in each.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(each.locate_file(file), site / file)
    subprocess.run([python, "-m", "pip", "uninstall", "-q", "--yes", "pip", "setuptools"], check=True)  # noqa: S603
    subprocess.run([python, "-m", "compileall", "-q", site], check=True)  # noqa: S603 (our own program)
    return site


@pytest.mark.process
def test_it_needs_two_libraries_and_less_than_ten_megabytes(site: Path) -> None:
    assert set(needed("hubsim-agent")) == {"aiomqtt", "msgspec", "paho-mqtt"}
    assert {"hubsim_agent", "hubsim_contract", "msgspec", "aiomqtt", "paho"} <= {
        each.name for each in site.iterdir()
    }
    assert sum(file.stat().st_size for file in site.rglob("*") if file.is_file()) < BYTES_MAX


@pytest.mark.live
async def test_the_command_runs_a_hub(site: Path, tmp_path: Path) -> None:
    command = site.parents[2] / "bin" / "hubsim-agent"
    example = subprocess.run([command, "--example"], capture_output=True, check=True)  # noqa: ASYNC221, S603
    (tmp_path / "hub.toml").write_bytes(example.stdout)
    broker = EmbeddedBroker()
    await broker.start()
    ports = ("--hardware", str(tmp_path / "hub.toml"), "--memory", str(tmp_path / "flash"))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HUBSIM"))}
    try:
        async with process(command, *ports, "--broker", broker.url, HUB, folder=tmp_path, env=clean) as agent:
            await agent.logged("] connected hub=")
            agent.send(signal.SIGTERM)
            code, _ = await agent.end()
    finally:
        await broker.stop()

    assert (code, "Traceback" in "".join(agent.log)) == (0, False)


@pytest.mark.process
def test_a_type_checker_finds_the_types(site: Path, tmp_path: Path) -> None:
    (tmp_path / "board.py").write_text(TYPED, encoding="utf-8")
    python = site.parents[2] / "bin" / "python"

    checked = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "board.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    (error,) = [line for line in checked.stdout.splitlines() if ": error:" in line]
    assert error.startswith("board.py:6: error: Incompatible types in assignment")
    assert 'expression has type "bytes | None"' in error
