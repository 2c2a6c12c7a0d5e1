"""The official parser of AsyncAPI accepts the exported documents, and finds a mistake in a broken one."""

import subprocess
import sys
from pathlib import Path

import pytest

from hubsim_scenarios.contract_export.asyncapi import carrier_document, hub_document

pytestmark = pytest.mark.asyncapi
PACKAGES = Path(sys.prefix) / "asyncapi"
CHECK = Path(__file__).parent / "asyncapi" / "check.mjs"


def diagnoses(folder: Path, *documents: str) -> list[str]:
    """Return what the parser finds in the documents, one line for each diagnosis."""
    files = [folder / f"{number}.yaml" for number in range(len(documents))]
    for file, document in zip(files, documents, strict=True):
        file.write_text(document, encoding="utf-8")
    command = ["node", str(CHECK), str(PACKAGES), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    assert done.stderr == ""
    assert (done.returncode == 0) == (done.stdout == "")
    return done.stdout.splitlines()


def test_the_documents_have_no_mistakes_and_are_of_the_latest_version(tmp_path: Path) -> None:
    assert (PACKAGES / "node_modules").is_dir(), "run: make asyncapi"

    assert diagnoses(tmp_path, hub_document(), carrier_document()) == []


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        ("action: send", "action: shout", "operations"),
        ("'#/components/schemas/Presence'", "'#/components/schemas/Absence'", "components.messages"),
        ("cleanSession: true", "cleanSession: maybe", "servers.broker"),
    ],
)
def test_a_mistake_in_a_document_is_found(right: str, wrong: str, place: str, tmp_path: Path) -> None:
    document = hub_document()
    assert right in document

    found = diagnoses(tmp_path, document.replace(right, wrong))

    assert any(place in line for line in found), found
