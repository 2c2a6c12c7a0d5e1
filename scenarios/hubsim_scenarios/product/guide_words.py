"""The clauses and chapters of the guide, in the language of the run."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from hubsim_scenarios.product.guide import CHAPTERS, CLAUSES
from hubsim_scenarios.translation.story_language import is_english

POLISH_FILE = Path(__file__).parent / "guide.pl.toml"


@cache
def polish_guide() -> Mapping[str, Mapping[str, str]]:
    """Return the Polish `chapters` by letter, and `clauses` by id."""
    return tomllib.loads(POLISH_FILE.read_text(encoding="utf-8"))


def clause_texts() -> dict[str, str]:
    """Return the text of each clause by its id, in the order of the guide."""
    return (
        dict(CLAUSES) if is_english() else {clause: polish_guide()["clauses"][clause] for clause in CLAUSES}
    )


def chapter(clause: str) -> str:
    """Return the title of the chapter that contains the clause."""
    letter = clause[0]
    return CHAPTERS[letter] if is_english() else polish_guide()["chapters"][letter]
