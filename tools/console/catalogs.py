"""The Polish texts of the console: gettext files, checked and compiled to the JSON that the pages load.

`console/locale/pl/parts` has one file for each page. A text can be in several files if its translation is the
same. The texts that the guide quotes come from the cloud, so they are in no gettext file.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from hubsim_cloud.domain.ui_texts import ALL_TEXTS, TILE_ACTIVE, UiText
from tools.console.sources import Text, placeholders

LANGUAGE = "pl"
FORMS = 3
"""Polish has three plural forms: 1 hub, 2 huby, 5 hubów."""

Translation = str | tuple[str, ...]


class Entry:
    """One translated text of a gettext file."""

    def __init__(self, message: Message, file: str) -> None:
        self.many: str | None = None
        self.translation: Translation = str(message.string)
        self.one = str(message.id)
        if message.pluralizable:
            self.one, self.many = map(str, message.id)
            self.translation = tuple(map(str, message.string or ()))
        self.place = f"{file}:{message.lineno}"
        self.fuzzy = message.fuzzy

    def mistakes(self) -> list[str]:
        """Return what is wrong with the entry by itself."""
        forms = self.translation if isinstance(self.translation, tuple) else (self.translation,)
        found: list[str] = []
        if self.fuzzy:
            found.append("the translation is marked as fuzzy; check it and remove the mark")
        if self.many is not None and len(forms) != FORMS:
            found.append(f"a text with a number needs {FORMS} forms")
        if not all(forms):
            found.append("the translation is empty")
        elif any(placeholders(form) != placeholders(self.one) for form in forms):
            found.append(f"the translation needs the same values in braces as {self.one!r}")
        return [f"{self.place}: {text}" for text in found]


def entries(folder: Path) -> list[Entry]:
    """Return the entries of all gettext files in a folder."""
    found: list[Entry] = []
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            catalog: Catalog = read_po(file, locale=LANGUAGE)
        found.extend(Entry(message, path.name) for message in catalog if message.id)
    return found


def quoted_texts() -> dict[str, str]:
    """Return the texts of the guide and of the pop-ups by their English form."""
    return {text.en: text.pl for text in ALL_TEXTS if text is not TILE_ACTIVE}


def mistakes(used: Iterable[Text], translated: Iterable[Entry]) -> list[str]:
    """Return what does not fit: translations that are missing, unused, contradictory or wrong."""
    quoted = quoted_texts()
    used_by_key = {(text.one, text.many): text for text in used}
    found: list[str] = []
    kept: dict[tuple[str, str | None], Entry] = {}
    for entry in translated:
        key = (entry.one, entry.many)
        found.extend(entry.mistakes())
        if entry.one in quoted:
            found.append(f"{entry.place}: {entry.one!r} comes from the cloud; remove it here")
        elif key not in used_by_key:
            found.append(f"{entry.place}: no page uses {entry.one!r}")
        if key in kept and kept[key].translation != entry.translation:
            found.append(f"{entry.place}: {entry.one!r} has another translation in {kept[key].place}")
        kept[key] = entry
    found.extend(
        f"{text.file}:{text.line}: {text.one!r} has no translation"
        for key, text in used_by_key.items()
        if key not in kept and text.one not in quoted
    )
    return found


def missing(used: Iterable[Text], translated: Iterable[Entry]) -> list[Text]:
    """Return the texts without a translation, each once."""
    known = {(entry.one, entry.many) for entry in translated}
    quoted = quoted_texts()
    wanted = {
        (text.one, text.many): text
        for text in used
        if (text.one, text.many) not in known and text.one not in quoted
    }
    return list(wanted.values())


def compiled(translated: Iterable[Entry]) -> str:
    """Return the catalog of the pages as JSON, by the English text."""
    return _json({entry.one: entry.translation for entry in translated})


def compiled_quotes() -> str:
    """Return the texts of the guide as JSON, with the second name of the tile "Activated"."""
    return _json({LANGUAGE: quoted_texts(), "tile_active": _both(TILE_ACTIVE)})


def template(texts: Iterable[Text]) -> str:
    """Return texts as entries of a gettext file, to be translated."""
    return "\n".join(map(_entry, texts))


def _entry(text: Text) -> str:
    head = f"#: {text.file}:{text.line}\nmsgid {json.dumps(text.one, ensure_ascii=False)}\n"
    if text.many is None:
        return f'{head}msgstr ""\n'
    forms = "".join(f'msgstr[{number}] ""\n' for number in range(FORMS))
    return f"{head}msgid_plural {json.dumps(text.many, ensure_ascii=False)}\n{forms}"


def _both(text: UiText) -> Mapping[str, str]:
    return {"en": text.en, "pl": text.pl}


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
