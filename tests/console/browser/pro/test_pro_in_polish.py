"""The whole journey in Polish, with the terms of the Polish guide."""

import pytest
from playwright.sync_api import expect
from pro_desk import Desk, LabWorld, Opens

pytestmark = pytest.mark.browser

WORLD = """
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan, rita]
  resellers:
    northwatch: {owner: rita, country: PL, name: NorthWatch, email: desk@northwatch.test}
  hubs:
    front-door: {model: hub-2-plus, links: [ethernet], slots: {1: ajax}}
"""
SECOND_TILE = "Dostęp do niektórych funkcji może wygasnąć, jeśli nie zostaną one aktywowane"


@pytest.fixture
def language() -> str:
    return "pl"


def test_the_journey_of_the_guide_has_the_terms_of_its_polish_original(desk: Opens, world: LabWorld) -> None:
    olga, ivan = desk("olga", personal=True), desk("ivan", personal=True)

    becomes_dealer(olga)
    adds_installer(olga, ivan)
    connects(olga, desk("rita", path="services"))
    sets_up_hub(ivan, world)
    handles_services(ivan)


def becomes_dealer(olga: Desk) -> None:
    """Tworzenie firmy. Aby zostać Sprzedawcą."""
    olga.tab("Firma").click()
    olga.clicks("Utwórz firmę")
    olga.fills("Nazwa firmy", "Wolf Security")
    olga.page.get_by_label("Kraj").select_option(label="Polska")
    olga.clicks("Utwórz", "Przełącz się na Wolf Security")
    expect(olga.client.get_by_text("Właściciel firmy").first).to_be_visible()
    olga.tab("Firma").click()
    olga.follows("Ustawienia usług", "Dodatkowe usługi Ajax")
    olga.fills("Numer rejestrowy", "5260001246")
    olga.clicks("Aktywuj")
    expect(olga.tab("Usługi")).to_be_visible()
    expect(olga.client.get_by_text("Firma jest zarejestrowana jako Sprzedawca.")).to_be_visible()


def adds_installer(olga: Desk, ivan: Desk) -> None:
    """Tworzenie roli Menadżera usług."""
    olga.tab("Firma").click()
    olga.follows("Pracownicy")
    olga.clicks("Dodaj pracownika")
    olga.fills("Adres e-mail pracownika", "ivan@example.test")
    role = olga.page.get_by_label("Rola", exact=True)
    expect(role.locator("option")).to_have_text(["Starszy menadżer usług", "Menadżer usług", "Instalator"])
    role.select_option(label="Instalator")
    olga.clicks("Dodaj")
    expect(olga.client.get_by_role("row").filter(has_text="ivan@example.test")).to_contain_text("Zaproszono")
    ivan.clicks("Przełącznik kont")
    ivan.client.get_by_role("group", name="Konta").get_by_role("button", name="Wolf Security").click()
    expect(ivan.tab("Obiekty")).to_be_visible()


def connects(olga: Desk, rita: Desk) -> None:
    """Wysyłanie żądania połączenia do Resellera."""
    olga.tab("Usługi").click()
    olga.follows("Twoi Resellerzy")
    olga.clicks("Dodaj Resellera")
    expect(olga.button("Zaproś przez e-mail")).to_be_visible()
    olga.popup("Dodaj Resellera").get_by_role("button", name="NorthWatch").click()
    olga.clicks("Wyślij żądanie")
    row = olga.client.get_by_role("listitem").filter(has_text="NorthWatch")
    expect(row).to_contain_text("Wysłano żądanie")
    rita.follows("Twoi Sprzedawcy", "Żądania")
    rita.clicks("Zatwierdź: Wolf Security", "Zatwierdź")
    expect(row).to_contain_text("Zatwierdzono")


def sets_up_hub(ivan: Desk, world: LabWorld) -> None:
    """Create an object with a hub that has an Ajax SIM."""
    ivan.tab("Obiekty").click()
    ivan.clicks("Utwórz obiekt")
    ivan.fills("Nazwa obiektu", "Willa Żurawia")
    ivan.clicks("Utwórz", "Dodaj hub")
    ivan.fills("Identyfikator huba", world.hub("hub-2-plus"))
    ivan.clicks("Dodaj")
    world.advance("PT5M")


def handles_services(ivan: Desk) -> None:
    """Aktywacja. Dezaktywacja. Wznawianie. Zatrzymaj teraz."""
    ivan.clicks("Wymagana aktywacja", "Aktywuj", "Aktywuj")
    ivan.clicks("Aktywowane", "Dezaktywuj", "Dezaktywuj")
    expect(ivan.heading("Usługi wkrótce wygasną")).to_be_visible()
    expect(ivan.button(SECOND_TILE)).to_be_visible()
    ivan.follows("Wróć do listy urządzeń")
    ivan.clicks("Wygasa wkrótce", "Wznów", "Wznów")
    expect(ivan.heading("Aktywowane usługi")).to_be_visible()
    ivan.follows("Wróć do listy urządzeń")
    ivan.clicks("Aktywowane", "Zatrzymaj teraz", "Zatrzymaj")
    expect(ivan.heading("Lista urządzeń")).to_have_count(1)
    expect(ivan.button("Wymagana aktywacja")).to_be_visible()


def test_the_language_is_switched_at_once(desk: Opens) -> None:
    olga = desk("olga", personal=True)
    expect(olga.tab("Firma")).to_be_visible()

    olga.page.get_by_role("button", name="English").click()

    expect(olga.tab("Company")).to_be_visible()


def test_refusals_are_in_polish(desk: Opens) -> None:
    olga = desk("olga", personal=True, path="company")

    olga.clicks("Utwórz firmę")
    olga.fills("Nazwa firmy", "   ")
    olga.clicks("Utwórz")

    expect(olga.page.get_by_role("alert")).to_contain_text("information_missing")
