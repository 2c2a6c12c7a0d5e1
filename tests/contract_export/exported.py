"""The exported files of the repository, as a program in another language reads them."""

import json
from pathlib import Path
from typing import Any

EXPORTED = Path(__file__).resolve().parents[2] / "docs" / "contract"


def rows(name: str) -> list[dict[str, Any]]:
    """Return the lines of a file of vectors."""
    text = (EXPORTED / "vectors" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
