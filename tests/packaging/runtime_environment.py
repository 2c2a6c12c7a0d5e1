"""An environment with hubsim and its runtime dependencies only, made without network.

The dependencies are links to the packages of the environment of the tests, which also has the developer
tools.
"""

import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS = frozenset({"hubsim", "hubsim-agent"})


def runtime_dependencies() -> dict[str, Distribution]:
    """Return what our two distributions need on this machine, with all that those need, by name."""
    found: dict[str, Distribution] = {}
    pending = [("hubsim", frozenset[str]()), ("hubsim-agent", frozenset())]
    done = set(pending)
    while pending:
        name, extras = pending.pop()
        known = distribution(name)
        if name not in OURS:
            found[name] = known
        for text in known.requires or ():
            requirement = Requirement(text)
            if applies(requirement, extras):
                needed = str(canonicalize_name(requirement.name)), frozenset(requirement.extras)
                pending += {needed} - done
                done.add(needed)
    return found


def applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    """Whether a requirement counts on this machine, for a distribution with these extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def make(folder: Path, wheels: Iterable[Path]) -> Path:
    """Make the environment with our wheels in it; return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)  # noqa: S603 (ours)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    for each in runtime_dependencies().values():
        tops = {file.parts[0] for file in each.files or () if not file.parts[0].startswith("__pycache__")}
        for top in tops - {".."}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(each.locate_file(top))).resolve())
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(site)
    return folder / "bin" / "python"
