"""`make test` names everything that a machine lacks at once, with commands for Debian, Fedora and macOS."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.machine_needs import NEEDS, advice, install_command

DEBIAN_PACKAGES = "mosquitto nodejs npm gcc libc6-dev libmosquitto-dev libcjson-dev"
ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_advice_names_all_that_is_missing_with_one_command_for_each_system() -> None:
    shown = advice([NEEDS["mosquitto"], NEEDS["npm"], NEEDS["foreign"]])

    assert shown.splitlines() == [
        "this machine lacks:",
        "  mosquitto: the reference broker",
        "  nodejs: Node 20.19 or newer with npm",
        "  gcc: a C compiler, libmosquitto and cJSON, for the hub in C",
        "install with:",
        f"  Debian, Ubuntu:  sudo apt-get install -y --no-install-recommends {DEBIAN_PACKAGES}",
        "  Fedora:  sudo dnf install -y mosquitto nodejs nodejs-npm gcc mosquitto-devel cjson-devel",
        "  macOS:  brew install mosquitto node cjson",
        "  macOS:  xcode-select --install",
        '  macOS:  export CPATH="$(brew --prefix)/include"',
        '  macOS:  export LIBRARY_PATH="$(brew --prefix)/lib"',
    ]


def test_a_cask_has_its_own_command() -> None:
    shown = advice([NEEDS["chromium"]])

    assert [line for line in shown.splitlines() if "macOS" in line] == [
        "  macOS:  brew install --cask chromium"
    ]


def test_every_need_has_packages_for_every_system() -> None:
    for need in NEEDS.values():
        assert need.debian
        assert need.fedora
        assert need.macos
        assert set(need.debian) < set(install_command([need]))


@pytest.mark.process
def test_a_machine_without_programs_gets_one_complete_list(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", _AS_A_USER, *NEEDS],
        cwd=ROOT,
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == advice(list(NEEDS.values())) + "\n"


def test_make_test_looks_for_everything_before_it_installs_anything() -> None:
    (needs,) = re.findall(r"^test: (\S+)", MAKEFILE, re.MULTILINE)
    (command,) = re.findall(rf"^{needs}:\n\t@(.+)$", MAKEFILE, re.MULTILINE)

    assert command == "$(PYTHON) -m tools.machine_needs mosquitto chromium npm foreign"


_AS_A_USER = """
import os, sys
from tools import machine_needs
machine_needs.SYSTEM_FOLDER = ""
os.geteuid = lambda: 1000
sys.exit(machine_needs.main(sys.argv[1:]))
"""
