"""The hubs of `examples/` use nothing of hubsim, and only what their platforms have."""

import ast
import json
import runpy
from pathlib import Path

import pytest

from hubsim_conform.device.acts import act_json, read_act
from hubsim_conform.device.capabilities import read_capabilities

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OF_MICROPYTHON = {"json", "os", "random", "select", "socket", "sys", "time"}
"""The modules of MicroPython's Unix port that the hub uses."""
ACTS = [
    '{"do":"insert_sim","slot":1,"card":{"kind":"ajax","iccid":"89883000000000000011","imsi":"901800000000001"}}',
    '{"do":"lock_sim","slot":1}',
    '{"do":"set_lid","open":true}',
    '{"do":"plug","link":"wifi"}',
    '{"do":"set_battery","percent":42}',
    '{"do":"set_clock","ahead_s":-86400}',
    '{"do":"set_registration","registration":"roaming","generation":"4G","signal":"weak","active_sim":1}',
]


def test_the_hub_in_micropython_style_imports_its_own_modules_and_those_of_micropython() -> None:
    files = sorted((EXAMPLES / "hub-micropython").glob("*.py"))
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]

    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported_from = {(node.level, node.module) for node in nodes if isinstance(node, ast.ImportFrom)}

    assert imported - OF_MICROPYTHON == {"signal"}  # on CPython only, for SIGTERM
    assert imported_from <= {(0, file.stem) for file in files}


def test_the_hub_in_c_includes_two_libraries_and_the_standard() -> None:
    included = {
        line.split()[1]
        for file in (EXAMPLES / "hub-c").glob("*.[ch]")
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("#include <") and "/" not in line.split()[1].replace("cjson/", "")
    }

    assert {name for name in included if name not in OF_C} == {"<cjson/cJSON.h>", "<mosquitto.h>"}


OF_C = {
    *("<math.h>", "<signal.h>", "<stdarg.h>", "<stdbool.h>", "<stddef.h>", "<stdio.h>", "<stdlib.h>"),
    *("<string.h>", "<time.h>", "<unistd.h>"),
}


@pytest.mark.parametrize("name", ["hub-c", "hub-micropython"])
@pytest.mark.parametrize("file", ["capabilities.toml", "capabilities-fast.toml"])
def test_each_hub_declares_what_it_has(name: str, file: str) -> None:
    assert read_capabilities(EXAMPLES / name / file).name == name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    factory = runpy.run_path(str(EXAMPLES / "hub-micropython" / "hardware.py"))["FACTORY"]
    (tmp_path / "hardware.json").write_text(json.dumps(factory), encoding="utf-8")
    return tmp_path


def test_the_actuator_does_the_acts_in_the_hardware_file(folder: Path) -> None:
    actuate = runpy.run_path(str(EXAMPLES / "actuate.py"))["main"]

    codes = [actuate(folder, act_json(read_act(act))) for act in ACTS]

    hardware = json.loads((folder / "hardware.json").read_bytes())
    assert codes == [0] * len(ACTS)
    assert hardware["sims"][0] == {"slot": 1, "card": "locked", "iccid": "89883000000000000011"}
    assert (hardware["lid_open"], hardware["links"], hardware["battery_percent"]) == (
        True,
        ["ethernet", "wifi"],
        45,
    )
    assert (hardware["registration"], hardware["signal"], hardware["active_sim"]) == ("roaming", "weak", 1)


@pytest.mark.parametrize(
    "act", ['{"do":"set_coverage","present":false}', '{"do":"remove_sim","slot":3}', '{"do":"hang_modem"}']
)
def test_the_actuator_names_what_it_cannot_do(
    folder: Path, act: str, capsys: pytest.CaptureFixture[str]
) -> None:
    actuate = runpy.run_path(str(EXAMPLES / "actuate.py"))["main"]
    before = (folder / "hardware.json").read_bytes()

    assert actuate(folder, act) == 3
    assert (folder / "hardware.json").read_bytes() == before
    assert capsys.readouterr().err.strip()


def test_a_prepared_hub_has_exactly_the_hardware_of_the_act(folder: Path) -> None:
    actuate = runpy.run_path(str(EXAMPLES / "actuate.py"))["main"]
    for act in ACTS:
        actuate(folder, act)

    actuate(folder, '{"do":"prepare","links":["wifi"],"mains":false,"powered":false}')

    hardware = json.loads((folder / "hardware.json").read_bytes())
    assert [sim["card"] for sim in hardware["sims"]] == ["missing", "missing"]
    assert (hardware["links"], hardware["mains"], hardware["powered"]) == (["wifi"], False, False)
    assert (hardware["registration"], hardware["lid_open"], hardware["erasures"]) == (
        "not_registered",
        False,
        1,
    )
