"""Finds the programs that this machine lacks for the tests, and installs them or says how.

`python -m tools.machine_needs mosquitto chromium` installs with apt as root. Otherwise it lists everything
that is missing, with commands for each kind of system, and ends with exit code 1. It needs the standard
library only.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

DEBIAN, FEDORA, MACOS = "Debian, Ubuntu", "Fedora", "macOS"
SYSTEM_FOLDER = "/usr/sbin"
"""The folder of servers on Debian. It is not on the PATH of ordinary users."""
_HEADERS = b"#include <mosquitto.h>\n#include <cjson/cJSON.h>\n"


class Need(NamedTuple):
    """A program, or what is needed to build one, with its packages."""

    purpose: str
    is_here: Callable[[], bool]
    debian: tuple[str, ...]
    fedora: tuple[str, ...]
    macos: tuple[str, ...]


def _program(*names: str) -> Callable[[], bool]:
    def is_here() -> bool:
        path = f"{os.environ.get('PATH', '')}{os.pathsep}{SYSTEM_FOLDER}"
        return any(shutil.which(name, path=path) is not None for name in names)

    return is_here


def _can_build() -> bool:
    """Return whether a C compiler finds the headers of libmosquitto and cJSON."""
    compiler = shutil.which("cc")
    if compiler is None:
        return False
    words = [compiler, "-E", "-xc", "-"]
    return subprocess.run(words, input=_HEADERS, capture_output=True, check=False).returncode == 0  # noqa: S603 (cc)


NEEDS: dict[str, Need] = {
    "mosquitto": Need(
        "the reference broker", _program("mosquitto"), ("mosquitto",), ("mosquitto",), ("mosquitto",)
    ),
    "chromium": Need(
        "the browser that opens reports and the console",
        _program("chromium", "chromium-browser"),
        ("chromium",),
        ("chromium",),
        ("--cask chromium",),
    ),
    "npm": Need(
        "Node 20.19 or newer with npm",
        _program("npm"),
        ("nodejs", "npm"),
        ("nodejs", "nodejs-npm"),
        ("node",),
    ),
    "foreign": Need(
        "a C compiler, libmosquitto and cJSON, for the hub in C",
        _can_build,
        ("gcc", "libc6-dev", "libmosquitto-dev", "libcjson-dev"),
        ("gcc", "mosquitto-devel", "cjson-devel"),
        ("mosquitto", "cjson"),
    ),
    "ejabberd": Need(
        "another broker, for `make nightly`",
        _program("ejabberdctl"),
        ("ejabberd",),
        ("ejabberd",),
        ("ejabberd",),
    ),
}
"""The needs of the tests, by the name of their Makefile target."""


def install_command(needs: Iterable[Need]) -> list[str]:
    """Return the words of the apt command that installs these needs."""
    packages = _packages(need.debian for need in needs)
    return ["apt-get", "install", "-y", "--no-install-recommends", *packages]


def advice(needs: Sequence[Need]) -> str:
    """Return what is missing, and one command for each kind of system."""
    fedora = _packages(need.fedora for need in needs)
    formulas = _packages(need.macos for need in needs)
    casks = [word for word in formulas if word.startswith("--cask")]
    plain = [word for word in formulas if word not in casks]
    brew = [f"brew install {words}" for words in (" ".join(plain), *casks) if words]
    if NEEDS["foreign"] in needs:
        brew += ["xcode-select --install", 'export CPATH="$(brew --prefix)/include"']
        brew += ['export LIBRARY_PATH="$(brew --prefix)/lib"']
    lines = [
        "this machine lacks:",
        *(f"  {need.debian[0]}: {need.purpose}" for need in needs),
        "install with:",
    ]
    lines += [f"  {DEBIAN}:  sudo {' '.join(install_command(needs))}"]
    lines += [f"  {FEDORA}:  sudo dnf install -y {' '.join(fedora)}"]
    lines += [f"  {MACOS}:  {line}" for line in brew]
    return "\n".join(lines)


def main(names: Sequence[str]) -> int:
    """Install what is missing of the named needs, or print how; return the exit code."""
    missing = [NEEDS[name] for name in names if not NEEDS[name].is_here()]
    if not missing:
        return 0
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(advice(missing), file=sys.stderr)  # noqa: T201 (its output)
        return 1
    print(f"installing for the tests: {' '.join(install_command(missing)[4:])}", flush=True)  # noqa: T201 (its output)
    # in the runlevel for maintenance Debian starts no service after its installation
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (["apt-get", "update", "-qq"], install_command(missing)):
        done = subprocess.run(words, env=quiet, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 (ours)
        if done.returncode:
            print(advice(missing), file=sys.stderr)  # noqa: T201 (its output)
            return 1
    return 0


def _packages(lists: Iterable[Iterable[str]]) -> list[str]:
    """Return all packages, each one once."""
    return list(dict.fromkeys(package for packages in lists for package in packages))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
