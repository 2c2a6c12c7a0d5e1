"""The commands of the Makefile always run, also if a file or a folder has the name of one."""

import re
from pathlib import Path

MAKEFILE = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")


def test_each_command_is_phony() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    commands = re.findall(r"^([a-z][a-z -]*):(?!=)", MAKEFILE, re.MULTILINE)

    assert "console" in commands
    assert sorted(phony.split()) == sorted(" ".join(commands).split())
