"""The language in which a play is described: English, or Polish with the terms of the guide.

As with gettext, the language is that of the current run: `in_language` sets it, and all functions that make
texts read it. Titles, notes and names are those of the author. The words of the language of scenarios stay as
they are, because the author writes them. `polish.toml` has the Polish texts.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from hubsim_cloud.domain import ui_texts
from hubsim_cloud.domain.ui_texts import UiText

POLISH_FILE = Path(__file__).parent / "polish.toml"


class StoryLanguage(StrEnum):
    """A language of stories."""

    ENGLISH = "en"
    POLISH = "pl"


class StoryTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The texts of one language, by the English ones. A missing text stays English."""

    phrases: Mapping[str, str] = {}
    counts: Mapping[str, tuple[str, str, str]] = {}
    """Texts with a number, by the English plural: for 1, for 2 to 4 (not 12 to 14), and for other numbers."""
    names: Mapping[str, str] = {}
    """Names of actions, views, bench actions, faults and their fields."""
    months: tuple[str, ...] = ()
    short_months: tuple[str, ...] = ()
    date_months: tuple[str, ...] = ()
    """The months after a day: `25 marca`."""


_CURRENT: ContextVar[StoryLanguage] = ContextVar("story language", default=StoryLanguage.ENGLISH)


@contextmanager
def in_language(language: StoryLanguage) -> Iterator[None]:
    """Describe plays in this language within the context."""
    token = _CURRENT.set(language)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_language() -> StoryLanguage:
    """Return the language of the run."""
    return _CURRENT.get()


def is_english() -> bool:
    """Return whether the language of the run is English."""
    return current_language() is StoryLanguage.ENGLISH


@cache
def texts_of(language: StoryLanguage) -> StoryTexts:
    """Return the texts of a language."""
    if language is StoryLanguage.ENGLISH:
        return StoryTexts()
    return msgspec.convert(tomllib.loads(POLISH_FILE.read_text(encoding="utf-8")), StoryTexts)


def msg(text: str) -> str:
    """Return the text unchanged. The call marks a text that is passed to `say` later, for the tests."""
    return text


def say(text: str, /, **values: object) -> str:
    """Return a text in the language of the run, with its values."""
    found = texts_of(current_language()).phrases.get(text, text)
    return found.format(**values) if values else found


def say_count(one: str, many: str, /, count: int, **values: object) -> str:
    """Return a text with a number, `{count}`, in the language of the run; `one` is the English text for 1."""
    forms = texts_of(current_language()).counts.get(many)
    if forms is None:
        found = one if count == 1 else many
    else:
        is_few = count % 10 in {2, 3, 4} and count % 100 not in {12, 13, 14}
        found = forms[0 if count == 1 else 1 if is_few else 2]
    return found.format(count=count, **values)


def name_of(word: str) -> str:
    """Return the name of an action, view, bench action, fault or field."""
    return texts_of(current_language()).names.get(word, word.replace("_", " "))


def role_name(role: str) -> str:
    """Return a role of employees: in Polish the term of the guide, in English the word of scenarios."""
    return role if is_english() else name_of(role)


def month_of(at: datetime) -> str:
    """Return month and year."""
    months = texts_of(current_language()).months
    return f"{months[at.month - 1]} {at.year}" if months else at.strftime("%B %Y")


def day_of(at: datetime) -> str:
    """Return day and month: `15 Jan`."""
    months = texts_of(current_language()).short_months
    return f"{at:%d} {months[at.month - 1] if months else at.strftime('%b')}"


def date_of(at: datetime) -> str:
    """Return day, month and year: `25 March 2026`."""
    months = texts_of(current_language()).date_months
    return f"{at.day} {months[at.month - 1] if months else at.strftime('%B')} {at.year}"


def guide_texts(kind: Literal["tiles", "second_tiles", "screens"]) -> dict[str, str]:
    """Return the guide's texts by name, for tiles, second tiles or screens."""
    found: Mapping[StrEnum, UiText] = {
        "tiles": ui_texts.TILES,
        "second_tiles": ui_texts.SECOND_TILES,
        "screens": ui_texts.SCREENS,
    }[kind]  # type: ignore[assignment]  # the keys are enums of names
    texts = {name.value: text.en if is_english() else text.pl for name, text in found.items()}
    return {"none": say("no tile"), **texts} if kind == "tiles" else texts
