"""Problems in Polish: every name has a text, and the facts fill it in."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_world import HUB, Api, served
from hypothesis import given
from hypothesis import strategies as st
from raised_lab_errors import FILE_LEAD, VALUE, mistakes, raised_lab_errors

from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.domain.types import Role
from hubsim_cloud.http.lab_refusal_texts import LAB_REFUSALS, NOT_THERE, situation_text
from hubsim_cloud.http.languages import ResponseLanguage, preferred_language
from hubsim_cloud.http.mistake_texts import polish_mistake
from hubsim_cloud.http.problem_response import document_of
from hubsim_cloud.http.problem_texts import POLISH, VARIANTS, polish_text
from hubsim_cloud.http.problems import Mistake, Problem, ProblemName, title_of
from hubsim_simulator.hardware.refusals import BenchRefusal

PL = {"Accept-Language": "pl"}
NAMES = [*RefusalName, *ProblemName]


UNTRANSLATED = {VALUE, f"{FILE_LEAD}{VALUE}", f"{FILE_LEAD}{VALUE} {VALUE}"}
"""Sentences that come from elsewhere as a whole."""
HINTS = ("; did you mean email?", "; known: email, name", "; none is expected here")
"""What `meant` returns, which stands for a value in the text of a mistake."""


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with served(tmp_path / "cloud.db") as api:
        yield api


@pytest.mark.parametrize("name", NAMES)
def test_every_problem_has_a_polish_text(name: RefusalName | ProblemName) -> None:
    text = POLISH[name.value]

    assert text.title != title_of(name)
    assert text.title[0].isupper()
    assert re.fullmatch(r"\S.*[.]", text.detail), text.detail


def test_there_is_no_text_without_a_problem() -> None:
    assert POLISH.keys() == {name.value for name in NAMES}


@pytest.mark.parametrize("reason", BenchRefusal)
def test_every_refusal_of_a_bench_action_has_a_polish_text(reason: BenchRefusal) -> None:
    assert ("lab_refused", "reason", reason.value) in VARIANTS


@pytest.mark.parametrize(("error", "reason", "sentence"), sorted(set(raised_lab_errors())))
def test_every_refusal_of_the_lab_has_a_polish_text(error: str, reason: str, sentence: str) -> None:
    texts = NOT_THERE if error in {"NotThere", "NoSuchHub"} else {**LAB_REFUSALS, **NOT_THERE}

    assert reason in texts
    if reason in {"cannot", "bad_snapshot_file"} and sentence not in UNTRANSLATED:
        assert situation_text(sentence) != sentence


def test_every_reason_of_the_lab_exists() -> None:
    reasons = {reason for _, reason, _ in raised_lab_errors()} | {*BenchRefusal, "no_such_hub"}

    assert (LAB_REFUSALS.keys() | NOT_THERE.keys()) - reasons == set()


def test_a_situation_keeps_its_values() -> None:
    english = "the broker belongs to the server: a lab cannot stop it"
    polish = document_of(
        Problem(ProblemName.LAB_REFUSED, english, facts={"reason": "cannot"}), ResponseLanguage.POLISH
    )

    assert polish.detail.endswith("broker należy do serwera: laboratorium nie może go zatrzymać.")


def test_a_mistake_in_a_file_stays_in_the_detail() -> None:
    polish = document_of(
        Problem(ProblemName.LAB_REFUSED, "x.yaml:3:1: unknown {key}", facts={"reason": "bad_file"}),
        ResponseLanguage.POLISH,
    )

    assert polish.detail == "Plik zawiera błędy: x.yaml:3:1: unknown {key}"


@pytest.mark.parametrize("name", NAMES)
def test_no_text_has_a_bracket_left(name: RefusalName | ProblemName) -> None:
    facts = dict.fromkeys(re.findall(r"{([a-z_]+)}", POLISH[name.value].detail), "x")

    for known in ({}, facts):
        assert not re.search(r"[{}\[\]]", polish_text(name.value, known).detail)


def test_a_part_without_its_fact_is_left_out() -> None:
    with_role = polish_text("not_permitted", {"role": Role.INSTALLER.value, "app": "pro_app"}).detail
    without = polish_text("not_permitted", {}).detail

    assert "dla roli: Instalator w aplikacji: Ajax PRO" in with_role
    assert "Instalator" not in without


def test_a_value_of_a_fact_is_not_read_as_a_template() -> None:
    assert "{hub}[x]" in polish_text("hub_not_found", {"hub": "{hub}[x]"}).detail


def test_the_cards_of_a_hub_have_their_own_texts() -> None:
    details = {
        polish_text("sim_not_installed", {"hub": HUB, "cards": cards}).detail
        for cards in ("unknown", "outdated", "none")
    }

    assert len(details) == 3


def test_the_places_of_mistakes_are_in_the_detail() -> None:
    mistakes = (Mistake("/email", "a text is expected"), Mistake("", "an object is expected"))
    problem = Problem(ProblemName.INVALID_REQUEST, "x", errors=mistakes)

    assert document_of(problem, ResponseLanguage.ENGLISH).detail == "x"
    assert "wartości: /email, treść żądania." in document_of(problem, ResponseLanguage.POLISH).detail


@pytest.mark.parametrize("english", sorted({*mistakes()} - {VALUE}))
def test_every_mistake_has_a_polish_text(english: str) -> None:
    texts = [english.removesuffix(VALUE) + hint for hint in HINTS] if "unknown" in english else [english]

    assert [text for text in texts if polish_mistake(text) == text] == []


@pytest.mark.parametrize(
    ("english", "polish"),
    [
        ("unknown field; did you mean email?", "nieznane pole; czy chodziło o email?"),
        ("text of a length of at most 5 is expected", "oczekiwano: tekst o długości co najwyżej 5"),
        (
            "a whole number or null is expected, not text",
            "oczekiwano: liczba całkowita lub null, a nie: tekst",
        ),
        ("true or false is expected", "oczekiwano: true lub false"),
        ("owner or installer is expected", "oczekiwano: owner lub installer"),
        ("expected a whole number from 1 to 500", "oczekiwana liczba całkowita od 1 do 500"),
        ("an unknown text of a library", "an unknown text of a library"),
    ],
)
def test_a_mistake_is_explained_in_polish(english: str, polish: str) -> None:
    assert polish_mistake(english) == polish


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("pl", "pl"),
        ("pl-PL,pl;q=0.9,en;q=0.8", "pl"),
        ("PL", "pl"),
        ("en,pl", "en"),
        ("en;q=0.5, pl;q=0.7", "pl"),
        ("de, pl;q=0.1", "pl"),
        ("de", "en"),
        ("*", "en"),
        ("pl;q=0", "en"),
        ("pl;q=x", "en"),
        ("pl;q=1e9", "en"),
    ],
)
def test_the_language_is_the_one_that_the_client_prefers(header: str, language: str) -> None:
    assert preferred_language(header) == language


@given(st.text(max_size=60))
def test_any_header_gives_a_language(header: str) -> None:
    assert preferred_language(header) in set(ResponseLanguage)


async def test_a_refusal_is_polish_for_a_client_that_prefers_polish(api: Api) -> None:
    olga = await api.dealer_with_hub()
    headers = {**PL, "Authorization": f"Bearer {olga.token}"}

    polish = await api.client.get("/v1/hubs/0000AAFF", headers=headers)
    english = await api.client.get("/v1/hubs/0000AAFF", headers=headers | {"Accept-Language": "en"})
    invalid = await api.client.get("/v1/objects?limit=x&search=a", headers=headers)

    assert polish.json()["title"] == "Nie ma takiego huba"
    assert "Hub 0000AAFF nie jest w żadnym obiekcie" in polish.json()["detail"]
    assert (polish.headers["content-language"], polish.headers["vary"]) == ("pl", "Accept-Language")
    assert {**polish.json(), "title": "", "detail": ""} == {**english.json(), "title": "", "detail": ""}
    assert english.json()["title"] == "Hub not found"
    assert "?limit" in invalid.json()["detail"]


async def test_problems_before_the_routes_are_polish_too(api: Api) -> None:
    unknown_world = await api.client.get("/worlds/x/v1/session", headers=PL)
    unknown_path = await api.client.get("/nothing", headers=PL)
    odd_host = await api.client.get("/v1/session", headers={**PL, "Host": "a b"})

    titles = [answer.json()["title"] for answer in (unknown_world, unknown_path, odd_host)]
    assert titles == ["Nie ma takiego świata", "Nie znaleziono", "Nieprawidłowy nagłówek"]
