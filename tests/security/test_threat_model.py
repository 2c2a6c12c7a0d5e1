"""docs/threat-model.md: each row names code and a test that exist, and each name is one of the program's."""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from hubsim_cloud.http.problems import ProblemName
from hubsim_contract.mqtt.access import Party
from hubsim_server.settings import SECRETS, ServerSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
FENCE = re.compile(r"```.*?```", re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"[a-z]+(?:_[a-z]+)*")
LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]+))?\)")
HEAD = "| threat | what hubsim does | code | proof |"
SETTINGS = frozenset(ServerSettings.__struct_fields__)
NAMES = SETTINGS | {each.value for each in (*ProblemName, *Party)}
BOUNDS = {
    name for name in SETTINGS if "limit" in name or "connections" in name or name.endswith(("_s", "_hours"))
} - {"idempotency_hours"}
"""The settings that bound what a client can use. An idempotency key is kept for honest clients."""


def rows() -> list[tuple[str, str, str]]:
    """Return threat, code and proof of each row of the tables with a proof."""
    found: list[tuple[str, str, str]] = []
    inside = False
    for line in PAGE.splitlines():
        if line == HEAD:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            threat, _, code, proof = (cell.strip() for cell in line.strip("|").split(" | "))
            found.append((threat, code, proof))
    return found


@cache
def names_in(file: Path) -> frozenset[str]:
    """Return the names of the tests in the file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(each.name for each in functions if each.name.startswith("test_"))


def test_the_page_has_rows_for_each_boundary() -> None:
    boundaries = re.findall(r"^## [1-5]\. .*$", PAGE, re.MULTILINE)
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)

    assert len(boundaries) == 5
    assert all(HEAD in each for each in sections if re.match(r"[1-5]\. ", each))
    assert len(rows()) == PAGE.count(".py::")


@pytest.mark.parametrize(("threat", "code", "proof"), rows(), ids=[threat for threat, _, _ in rows()])
def test_the_code_and_the_test_of_a_row_exist(threat: str, code: str, proof: str) -> None:
    (place,) = CODE.findall(code)
    (test,) = CODE.findall(proof)

    file, _, name = test.partition("::")

    assert find_spec(place) is not None if place.startswith("hubsim_") else (ROOT / place).is_file(), threat
    assert (ROOT / file).is_file(), threat
    assert name in names_in(ROOT / file), threat


def test_each_name_in_the_page_is_one_of_the_program() -> None:
    named = {each for each in CODE.findall(FENCE.sub("", PAGE)) if NAME.fullmatch(each)}

    assert named - NAMES == set()


def test_the_page_names_each_secret_and_each_bound_of_the_settings() -> None:
    named = set(CODE.findall(FENCE.sub("", PAGE)))

    assert named >= SECRETS | BOUNDS | {"keyring", "tls_key", "lab", "http_names"}


@pytest.mark.parametrize(
    ("page", "folder"), [(PAGE, ROOT / "docs"), (SECURITY, ROOT)], ids=["threat model", "SECURITY.md"]
)
def test_the_links_lead_to_pages_and_headings_that_exist(page: str, folder: Path) -> None:
    for target, heading in LINK.findall(page):
        text = (folder / target).read_text(encoding="utf-8")
        headings = {
            line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line[:1] == "#"
        }
        assert not heading or heading in headings, f"{target}#{heading}"


def test_readers_of_the_server_find_both_pages() -> None:
    service = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")

    assert {"threat-model.md", "../SECURITY.md"} <= {target for target, _ in LINK.findall(service)}
