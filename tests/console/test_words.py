"""The texts of the console: found in the sources, translated, compiled, exact where the guide has them."""

from pathlib import Path

import pytest

from tools.console.catalogs import (
    compiled,
    compiled_quotes,
    entries,
    missing,
    mistakes,
    quoted_texts,
    template,
)
from tools.console.sources import Text, TextMistake, texts, texts_of

ROOT = Path(__file__).parents[2]
WEB = ROOT / "console/web/src"
PARTS = ROOT / "console/locale/pl/parts"
HEAD = 'msgid ""\nmsgstr "Language: pl\\nContent-Type: text/plain; charset=UTF-8\\n"\n\n'
GUIDE_TERMS = {
    "Company": "Firma",
    "Dealer": "Sprzedawca",
    "Reseller": "Reseller",
    "Company owner": "Właściciel firmy",
    "Senior service manager": "Starszy menadżer usług",
    "Service manager": "Menadżer usług",
    "Installer": "Instalator",
    "Create company": "Utwórz firmę",
    "Service settings": "Ustawienia usług",
    "Additional Ajax services": "Dodatkowe usługi Ajax",
    "Employees": "Pracownicy",
    "Add employee": "Dodaj pracownika",
    "Add": "Dodaj",
    "Services": "Usługi",
    "Your Resellers": "Twoi Resellerzy",
    "Add Reseller": "Dodaj Resellera",
    "Invite by e-mail": "Zaproś przez e-mail",
    "Send request": "Wyślij żądanie",
    "Objects": "Obiekty",
    "Object": "Obiekt",
    "Package": "Pakiet",
}
"""Terms of the guide (guide.pl.txt) that are not texts of the cloud."""


def folder_with(folder: Path, **files: str) -> Path:
    for name, body in files.items():
        (folder / f"{name}.po").write_text(HEAD + body, encoding="utf-8")
    return folder


def translated(one: str, text: str) -> str:
    return f'msgid "{one}"\nmsgstr "{text}"\n'


def test_texts_are_found_with_their_places() -> None:
    source = (
        'a = t("One {n}", { n });\nb = c\n  ? tn("{n} hub", "{n} hubs", n)\n  : msg(\'Two\');\nformat("no");'
    )

    assert list(texts_of("x.svelte", source)) == [
        Text("One {n}", None, "x.svelte", 1),
        Text("{n} hub", "{n} hubs", "x.svelte", 3),
        Text("Two", None, "x.svelte", 4),
    ]


def test_a_template_is_not_a_key() -> None:
    with pytest.raises(TextMistake, match=r"x\.ts:2: .*quotes"):
        list(texts_of("x.ts", "\nt(`Hub ${id}`)"))


def test_a_number_needs_two_texts() -> None:
    with pytest.raises(TextMistake, match=r"x\.ts:1: tn\(\) needs two texts"):
        list(texts_of("x.ts", 'tn("{n} hub", n)'))


def test_a_missing_translation_is_reported_and_printed_for_translators(tmp_path: Path) -> None:
    used = [Text("One", None, "x.ts", 3), Text("{n} hub", "{n} hubs", "y.ts", 4)]
    known = entries(folder_with(tmp_path, frame=translated("One", "Jeden")))

    assert mistakes(used, known) == ["y.ts:4: '{n} hub' has no translation"]
    assert template(missing(used, known)) == (
        '#: y.ts:4\nmsgid "{n} hub"\nmsgid_plural "{n} hubs"\nmsgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""\n'
    )


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (translated("Old", "Stary"), "no page uses 'Old'"),
        (translated("One {n}", "Jeden"), "the same values in braces"),
        (translated("One {n}", ""), "the translation is empty"),
        ("#, fuzzy\n" + translated("One {n}", "Jeden {n}"), "marked as fuzzy"),
        (translated("Stop now", "Stop"), "comes from the cloud"),
        (
            'msgid "{n} hub"\nmsgid_plural "{n} hubs"\nmsgstr[0] "{n}"\nmsgstr[1] "{n}"\n',
            "the translation is empty",
        ),
    ],
)
def test_a_wrong_translation_is_reported_with_its_line(tmp_path: Path, body: str, trouble: str) -> None:
    used = [Text("One {n}", None, "x.ts", 1), Text("{n} hub", "{n} hubs", "x.ts", 2)]

    found = mistakes(used, entries(folder_with(tmp_path, frame=body)))

    assert any(line.startswith("frame.po:") and trouble in line for line in found), found


def test_two_translations_of_one_text_are_reported_with_both_places(tmp_path: Path) -> None:
    parts = folder_with(tmp_path, frame=translated("One", "Jeden"), pro=translated("One", "Pierwszy"))

    found = mistakes([Text("One", None, "x.ts", 1)], entries(parts))

    assert found == ["pro.po:4: 'One' has another translation in frame.po:4"]


def test_every_text_of_the_console_is_translated_and_used() -> None:
    assert mistakes(texts(WEB), entries(PARTS)) == []


def test_the_compiled_texts_are_up_to_date() -> None:
    assert (WEB / "words/pl.json").read_text(encoding="utf-8") == compiled(entries(PARTS))
    assert (WEB / "words/guide.json").read_text(encoding="utf-8") == compiled_quotes()


@pytest.mark.parametrize("term", GUIDE_TERMS)
def test_the_terms_of_the_guide_are_exact(term: str) -> None:
    polish = {entry.one: entry.translation for entry in entries(PARTS)} | quoted_texts()

    assert polish[term] == GUIDE_TERMS[term]
