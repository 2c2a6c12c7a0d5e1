"""The page about real hubs: its commands run unchanged, and its tables have every act and every field."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from held_port import held_port
from pages_run import DOCS, blocks, commands, missing, write

from hubsim_conform.device.acts import DeviceAct, read_act
from hubsim_conform.device.capabilities import Capabilities, DeclaredBounds

PAGE = (DOCS / "attach.md").read_text(encoding="utf-8")
IN_SIMULATOR = {
    "restart",
    "set_generations",
    "use_data",
    "hang_modem",
    "set_roaming",
    "set_apn",
    "clear_forbidden",
}
"""Bench actions that reach a device as other acts, so the page does not list them."""


def rows(heading: str) -> list[list[str]]:
    """Return the names in the first column of the tables of a section."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [
        re.findall(r"`([a-z_]+)`", line.split("|")[1])
        for line in section.splitlines()
        if line.startswith("|")
    ]


@pytest.fixture
def port() -> Iterator[int]:
    """The port for the hub of the page."""
    with held_port() as port:
        yield port


@pytest.mark.foreign
@pytest.mark.process
def test_the_commands_of_the_page_play_a_scenario_on_the_hub_in_c(tmp_path: Path, port: int) -> None:
    (tmp_path / "examples").symlink_to(DOCS.parent / "examples")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    started: list[subprocess.Popen[bytes]] = []

    def run(words: str, shown: list[str]) -> None:
        if words.endswith("&"):
            command = f"exec {words.removesuffix('&')}"
            started.append(subprocess.Popen(command, shell=True, cwd=tmp_path, env=environment))  # noqa: S602 (ours)
            return
        done = subprocess.run(  # noqa: S602 (a command of our page)
            words,
            shell=True,
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert missing(shown, done.stdout.splitlines()) == [], done.stdout

    try:
        for block in blocks("attach.md"):
            if block.kind == "yaml":
                write(block, tmp_path)
            for words, shown in (
                commands(block.text.replace("1884", str(port))) if block.kind == "console" else ()
            ):
                run(" ".join(words), shown)
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_the_page_lists_every_act_that_a_device_gets() -> None:
    named = {name for names in rows("The actuator") for name in names}

    kinds = {str(kind.__struct_config__.tag) for kind in get_args(DeviceAct)}

    assert named - {"act"} == kinds - IN_SIMULATOR


def test_every_example_of_an_act_is_one() -> None:
    examples = re.findall(r"`(\{\"do\".+?\})`", PAGE)

    assert len(examples) >= 7
    for example in examples:
        read_act(example)


def test_the_page_lists_every_field_of_a_capabilities_file() -> None:
    named = {name for names in rows("Capabilities") for name in names}

    assert named == (set(Capabilities.__struct_fields__) | set(DeclaredBounds.__struct_fields__)) - {"bounds"}


def test_the_page_has_the_defaults_of_the_bounds() -> None:
    defaults = {field.name: field.default for field in msgspec.structs.fields(DeclaredBounds)}
    section = PAGE.partition("\n| bound |")[2].partition("\n\n")[0]

    for line in section.splitlines()[2:]:
        _, names, shown, *_ = line.split("|")
        fields, values = re.findall(r"`([a-z_]+)`", names), [float(value) for value in shown.split(",")]
        assert [defaults[name] for name in fields] in (values, values * len(fields))
