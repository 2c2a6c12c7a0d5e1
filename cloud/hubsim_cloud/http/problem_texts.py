"""The Polish title and detail of every problem and refusal, by its name. The facts fill in the details.

A detail is a template: `{hub}` is a fact, and a part in `[ ]` is left out when one of its facts is missing.
The English texts are where the problems arise; they can say more, for example the name of a company.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from hubsim_cloud.domain.refusals import CARDS_OUTDATED, CARDS_UNKNOWN, RefusalName
from hubsim_cloud.domain.types import App, ConnectionState, Role
from hubsim_cloud.http.lab_refusal_texts import LAB_REFUSALS, NOT_THERE
from hubsim_cloud.http.problems import ProblemName

PLACES = "places"
"""In the detail of `invalid_request`: the places of all mistakes."""


class PolishText(msgspec.Struct, frozen=True):
    """The title of a problem, and the template of its detail."""

    title: str
    detail: str


_REFUSALS: dict[RefusalName, PolishText] = {
    RefusalName.NOT_SIGNED_IN: PolishText(
        "Brak zalogowania", "Zaloguj się na konto PRO. Jeśli sesja wygasła, zaloguj się ponownie."
    ),
    RefusalName.NOT_PERMITTED: PolishText(
        "Brak uprawnień",
        "To działanie nie jest dozwolone[ dla roli: {role}][ w aplikacji: {app}]"
        "[; hub {hub} należy do innej firmy][; obiekt {object} należy do innej firmy]: "
        "zaloguj się na właściwe konto lub zapytaj właściciela firmy.",
    ),
    RefusalName.NOT_A_MEMBER: PolishText(
        "Brak w firmie",
        "Ta osoba nie pracuje w firmie {company} lub jeszcze do niej nie dołączyła: "
        "właściciel firmy dodaje pracowników, a oni dołączają w przełączniku kont.",
    ),
    RefusalName.SERVICE_BUILD_REQUIRED: PolishText(
        "Wymagana wersja z usługami",
        "Ta wersja PRO Desktop nie ma usług: poproś pomoc techniczną o wiadomość z właściwą wersją.",
    ),
    RefusalName.PERSONAL_ACCOUNT_REQUIRED: PolishText(
        "Wymagane konto osobiste", "Jest to możliwe tylko na koncie osobistym: najpierw przełącz się na nie."
    ),
    RefusalName.COMPANY_ACCOUNT_REQUIRED: PolishText(
        "Wymagane konto firmy", "Jest to możliwe tylko w imieniu firmy: wybierz ją w przełączniku kont."
    ),
    RefusalName.EMAIL_TAKEN: PolishText(
        "Adres zajęty", "Adres {email} należy już do innego konta: zaloguj się na nie lub podaj inny adres."
    ),
    RefusalName.INVALID_EMAIL: PolishText(
        "Nieprawidłowy adres", "To nie jest adres e-mail: użyj postaci nazwa@example.com."
    ),
    RefusalName.INFORMATION_MISSING: PolishText(
        "Brak informacji", "Brakuje wymaganej informacji ({missing}): podaj ją."
    ),
    RefusalName.INVALID_TEXT: PolishText(
        "Nieprawidłowy tekst",
        "Tekst ({what}) jest za długi lub zawiera znaki sterujące: skróć go lub usuń te znaki.",
    ),
    RefusalName.UNKNOWN_COUNTRY: PolishText(
        "Nieznany kraj", "Kraj {country} jest nieznany: użyj kodu z dwóch liter, na przykład PL."
    ),
    RefusalName.UNKNOWN_ZONE: PolishText(
        "Nieznana strefa czasowa", "Ta strefa czasowa jest nieznana: użyj nazwy takiej jak Europe/Warsaw."
    ),
    RefusalName.COUNTRY_NOT_SUPPORTED: PolishText(
        "Kraj bez usług",
        "Usługi Ajax nie są dostępne w kraju firmy ({country}): zarejestruj firmę w innym kraju.",
    ),
    RefusalName.ALREADY_A_DEALER: PolishText("Już Sprzedawca", "Firma {company} jest już Sprzedawcą."),
    RefusalName.NOT_A_DEALER: PolishText(
        "Nie Sprzedawca",
        "Firma {company} nie jest Sprzedawcą: jej właściciel może ją zarejestrować w ustawieniach usług.",
    ),
    RefusalName.ALREADY_A_RESELLER: PolishText("Już Reseller", "Firma {company} jest już Resellerem."),
    RefusalName.NOT_A_RESELLER: PolishText(
        "Nie Reseller", "Firma {company} nie jest Resellerem: Resellerów wyznacza operator usługi."
    ),
    RefusalName.COMPANY_NOT_FOUND: PolishText(
        "Nie ma takiej firmy",
        "Firma {company} nie istnieje: została usunięta lub jej identyfikator jest błędny.",
    ),
    RefusalName.ACCOUNT_NOT_FOUND: PolishText(
        "Nie ma takiego konta",
        "Adres {email} nie ma konta PRO: pracownik musi najpierw założyć konto.",
    ),
    RefusalName.ALREADY_AN_EMPLOYEE: PolishText(
        "Już pracownik", "Ta osoba jest już na liście pracowników lub jest właścicielem firmy."
    ),
    RefusalName.EMPLOYEE_NOT_FOUND: PolishText(
        "Nie ma takiego pracownika", "Ta osoba nie jest pracownikiem firmy: sprawdź listę pracowników."
    ),
    RefusalName.OWNER_IMMUTABLE: PolishText(
        "Właściciel jest niezmienny",
        "Właściciela firmy nie można zmienić: innym osobom można nadać role pracowników.",
    ),
    RefusalName.RESELLER_NOT_FOUND: PolishText(
        "Nie ma takiego Resellera", "Ten Reseller nie istnieje: wybierz Resellera z listy."
    ),
    RefusalName.REQUEST_ALREADY_SENT: PolishText(
        "Żądanie już wysłane",
        "Żądanie do tego Resellera zostało już wysłane, a można je wysłać tylko raz"
        "[ (stan połączenia: {state})]: poproś Resellera o zatwierdzenie.",
    ),
    RefusalName.REQUEST_NOT_FOUND: PolishText(
        "Nie ma takiego żądania",
        "Na to połączenie nie można tak odpowiedzieć[, bo jego stan to: {state}]: "
        "sprawdź listy Sprzedawców i żądań.",
    ),
    RefusalName.CONNECTION_NOT_APPROVED: PolishText(
        "Połączenie niezatwierdzone",
        "Reseller nie zatwierdził jeszcze połączenia z tą firmą: wyślij żądanie lub poczekaj.",
    ),
    RefusalName.CONNECTION_SUSPENDED: PolishText(
        "Połączenie zawieszone",
        "Reseller zawiesił połączenie: poproś go o przywrócenie lub wybierz innego Resellera.",
    ),
    RefusalName.RESELLER_REQUIRED: PolishText(
        "Wybierz Resellera", "Firma jest połączona z kilkoma Resellerami: wybierz jednego."
    ),
    RefusalName.OBJECT_NOT_FOUND: PolishText(
        "Nie ma takiego obiektu", "Obiekt {object} nie istnieje: sprawdź listę obiektów."
    ),
    RefusalName.HUB_NOT_FOUND: PolishText(
        "Nie ma takiego huba",
        "Hub {hub} nie jest w żadnym obiekcie: sprawdź jego numer lub dodaj go do obiektu.",
    ),
    RefusalName.HUB_ALREADY_ADDED: PolishText(
        "Hub już dodany", "Hub {hub} jest już w obiekcie: najpierw usuń go stamtąd."
    ),
    RefusalName.INVALID_HUB_ID: PolishText(
        "Nieprawidłowy numer huba", "Numer huba ma 8 cyfr szesnastkowych: popraw {hub}."
    ),
    RefusalName.INVALID_SETTING: PolishText(
        "Nieprawidłowe ustawienie",
        "Ustawienie {setting} ma wartość spoza zakresu: podaj wartość od {lowest} do {highest}.",
    ),
    RefusalName.HUB_OFFLINE: PolishText(
        "Hub jest offline", "Hub {hub} jest offline: najpierw połącz go z Internetem."
    ),
    RefusalName.SAME_HUB: PolishText(
        "Ten sam hub", "Hub źródłowy i docelowy to ten sam hub: wybierz dwa huby."
    ),
    RefusalName.DONOR_ONLINE: PolishText(
        "Hub źródłowy online", "Hub źródłowy {hub} jest online: najpierw go wyłącz."
    ),
    RefusalName.TARGET_OFFLINE: PolishText(
        "Hub docelowy offline", "Hub docelowy {hub} jest offline: najpierw połącz go z Internetem."
    ),
    RefusalName.TARGET_ARMED: PolishText(
        "Hub docelowy uzbrojony", "Hub docelowy {hub} jest uzbrojony: najpierw go rozbrój."
    ),
    RefusalName.PACKAGE_NOT_FOUND: PolishText(
        "Nie ma takiego pakietu", "Pakiet {package} nie istnieje: wybierz jeden z dostępnych pakietów."
    ),
    RefusalName.SIM_NOT_INSTALLED: PolishText(
        "Brak karty SIM", "W hubie {hub} nie ma karty SIM: włóż kartę Ajax SIM."
    ),
    RefusalName.SIM_DEFECTIVE: PolishText(
        "Uszkodzona karta SIM",
        "Nie można odczytać karty SIM w hubie {hub}: odblokuj ją lub włóż kartę Ajax SIM.",
    ),
    RefusalName.FOREIGN_SIM: PolishText(
        "Obca karta SIM", "Żadna karta w hubie {hub} nie jest kartą Ajax SIM: włóż taką kartę."
    ),
    RefusalName.SIM_IN_USE: PolishText(
        "Karta SIM w użyciu",
        "Karta Ajax SIM {iccid} obsługuje usługi innego huba: zatrzymaj je lub włóż inną kartę.",
    ),
    RefusalName.ALREADY_ACTIVE: PolishText(
        "Usługi już aktywne", "Usługi tego huba są już aktywne: nie trzeba ich aktywować."
    ),
    RefusalName.NOT_ACTIVE: PolishText(
        "Usługi nieaktywne", "Usługi tego huba nie są aktywne: najpierw je aktywuj."
    ),
    RefusalName.ALREADY_EXPIRING: PolishText(
        "Usługi już wygasają",
        "Koniec usług tego huba jest już zaplanowany: można je wznowić lub zatrzymać teraz.",
    ),
    RefusalName.NOT_EXPIRING: PolishText(
        "Usługi nie wygasają", "Usługi tego huba nie wygasają: nie ma czego wznawiać."
    ),
    RefusalName.HAS_ACTIVE_SERVICES: PolishText(
        "Są aktywne usługi",
        "[Hub {hub} ma aktywne usługi][Firma {company} ma aktywne usługi]: "
        "najpierw je zatrzymaj lub poczekaj na ich koniec.",
    ),
    RefusalName.HAS_UNINVOICED_MONTH: PolishText(
        "Brak faktury za miesiąc",
        "Firma {company} płaci za usługi, za które nie ma jeszcze faktury: usuń ją po wystawieniu faktury.",
    ),
}
_PROBLEMS: dict[ProblemName, PolishText] = {
    ProblemName.MALFORMED_BODY: PolishText(
        "Nieczytelna treść", "Treść żądania nie jest kompletnym dokumentem JSON w UTF-8."
    ),
    ProblemName.MALFORMED_HEADER: PolishText(
        "Nieprawidłowy nagłówek", "Nagłówka {header} brakuje lub ma złą postać: wyślij go raz i poprawnie."
    ),
    ProblemName.BAD_PAGE_TOKEN: PolishText(
        "Nieprawidłowa strona",
        "Znacznik strony należy do innej listy, innego filtra lub konta: zacznij bez znacznika.",
    ),
    ProblemName.WRONG_CREDENTIALS: PolishText("Błędne dane logowania", "Adres e-mail lub hasło są błędne."),
    ProblemName.TOO_MANY_ATTEMPTS: PolishText(
        "Za dużo prób",
        "Za dużo błędnych haseł dla tego konta lub z tego adresu: spróbuj ponownie[ za {retry_after_s} s].",
    ),
    ProblemName.NOT_FOUND: PolishText("Nie znaleziono", "Pod tym adresem niczego nie ma."),
    ProblemName.WORLD_NOT_FOUND: PolishText("Nie ma takiego świata", "Nie ma świata o tej nazwie."),
    ProblemName.METHOD_NOT_ALLOWED: PolishText(
        "Niedozwolona metoda", "Ten adres nie przyjmuje tej metody: dozwolone są w nagłówku Allow."
    ),
    ProblemName.REQUEST_TIMEOUT: PolishText(
        "Przekroczony czas żądania", "Treść żądania nie dotarła w całości na czas."
    ),
    ProblemName.STALE: PolishText(
        "Nieaktualna wersja", "Ktoś inny już to zmienił: odczytaj dane ponownie[ (wersja {current})]."
    ),
    ProblemName.PAYLOAD_TOO_LARGE: PolishText("Za duża treść", "Treść żądania jest za duża."),
    ProblemName.UNSUPPORTED_MEDIA_TYPE: PolishText(
        "Nieobsługiwany typ treści", "Wyślij treść jako application/json."
    ),
    ProblemName.INVALID_REQUEST: PolishText(
        "Nieprawidłowe żądanie",
        "Żądanie zawiera błędne wartości: {places}. Oczekiwane wartości są w polu errors.",
    ),
    ProblemName.UNEXPECTED_HOST: PolishText(
        "Nieoczekiwana nazwa serwera",
        "Serwer nie odpowiada pod nazwą {host}: użyj jego adresu lub dodaj nazwę do ustawienia http_names.",
    ),
    ProblemName.KEY_REUSED: PolishText(
        "Klucz już użyty",
        "Klucza idempotentności użyto w innym żądaniu: dla każdego żądania użyj nowego klucza.",
    ),
    ProblemName.INTERNAL_ERROR: PolishText(
        "Błąd wewnętrzny", "Chmura ma błąd. Nie wiadomo, czy coś zostało wykonane."
    ),
    ProblemName.STORAGE_UNAVAILABLE: PolishText(
        "Baza danych niedostępna", "Chmura nie może teraz korzystać z bazy danych i niczego nie wykonała."
    ),
    ProblemName.TOO_BUSY: PolishText(
        "Za duże obciążenie", "Za dużo klientów żąda tego naraz i niczego nie wykonano: spróbuj później."
    ),
    ProblemName.NO_SIMULATOR: PolishText(
        "Brak symulatora", "Z brokerem nie jest połączony żaden symulator: uruchom go."
    ),
    ProblemName.NOT_IDLE: PolishText(
        "Świat nie jest w spoczynku", "Świat nie doszedł na czas do spoczynku: coś jest jeszcze w drodze."
    ),
    ProblemName.NOT_ON_BENCH: PolishText(
        "Nie ma tego w laboratorium", "Laboratorium nie ma niczego o tej nazwie."
    ),
    ProblemName.LAB_REFUSED: PolishText(
        "Laboratorium odmawia", "Laboratorium nie może tego zrobić (powód: {reason}). Nic się nie zmieniło."
    ),
    ProblemName.STOPPING: PolishText(
        "Chmura kończy pracę",
        "Chmura kończy pracę i nie wiadomo, czy coś zostało wykonane: wyślij "
        "żądanie ponownie z tym samym kluczem.",
    ),
}
POLISH: Mapping[str, PolishText] = MappingProxyType(
    {name.value: text for table in (_REFUSALS, _PROBLEMS) for name, text in table.items()}
)
"""By the value of the name."""
VARIANTS: Mapping[tuple[str, str, str], str] = MappingProxyType(
    {
        (RefusalName.SIM_NOT_INSTALLED, "cards", CARDS_UNKNOWN): (
            "Hub {hub} nie był jeszcze online, więc chmura nie zna jego kart: włóż "
            "kartę Ajax SIM i połącz hub "
            "z Internetem."
        ),
        (RefusalName.SIM_NOT_INSTALLED, "cards", CARDS_OUTDATED): (
            "Hub {hub} jest offline, a gdy ostatnio był online, nie miał karty "
            "SIM: włóż kartę Ajax SIM i połącz "
            "hub z Internetem."
        ),
        **{(ProblemName.LAB_REFUSED, "reason", reason): text for reason, text in LAB_REFUSALS.items()},
        **{(ProblemName.NOT_ON_BENCH, "reason", reason): text for reason, text in NOT_THERE.items()},
    }
)
"""(name of the problem, name of a fact, its value) to a detail for this case."""
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        Role.OWNER: "Właściciel firmy",
        Role.SENIOR_SERVICE_MANAGER: "Starszy menadżer usług",
        Role.SERVICE_MANAGER: "Menadżer usług",
        Role.INSTALLER: "Instalator",
        App.PRO_APP: "Ajax PRO",
        App.PRO_DESKTOP: "PRO Desktop",
        ConnectionState.INVITED: "zaproszony",
        ConnectionState.REQUESTED: "żądanie wysłane",
        ConnectionState.APPROVED: "zatwierdzone",
        ConnectionState.REJECTED: "odrzucone",
        ConnectionState.SUSPENDED: "zawieszone",
    }
)
"""The Polish words for values of facts."""
_TRANSLATED = frozenset({"role", "app", "state"})
"""The facts whose values are words, not ids or texts of people."""
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FACT = re.compile(r"{([a-z_]+)}")


def polish_text(name: str, facts: Mapping[str, str]) -> PolishText:
    """Return the title and the detail of a problem with these facts. A missing fact leaves `...`."""
    text = POLISH[name]
    variants = (VARIANTS.get((name, fact, value)) for fact, value in facts.items())
    template = next((found for found in variants if found is not None), text.detail)
    return PolishText(text.title, _filled(template, facts))


def _filled(template: str, facts: Mapping[str, str]) -> str:
    def part(match: re.Match[str]) -> str:
        return match[1] if all(fact in facts for fact in _FACT.findall(match[1])) else ""

    def value(match: re.Match[str]) -> str:
        known = facts.get(match[1], "...")
        return _WORDS.get(known, known) if match[1] in _TRANSLATED else known

    return _FACT.sub(value, _OPTIONAL.sub(part, template))
