"""The Polish texts of what the lab, its bench and its plays refuse, by the fact `reason` of the problem.

One reason can have several situations, such as `cannot`. Their sentences are found by the English ones.
Details that come from a library or from the user's own file stay as they are.
"""

from collections.abc import Mapping
from types import MappingProxyType

from hubsim_cloud.http.sentences import Sentences

DETAIL = "detail"
"""In a template: the English sentence, or its translation if it is one of `_SITUATIONS`."""

NOT_THERE: Mapping[str, str] = MappingProxyType(
    {
        "no_such_hub": "Na stanowisku nie ma takiego huba.",
        "no_such_person": "Nikt nie ma tego adresu: sprawdź listę osób.",
        "no_such_snapshot": "Nie ma migawki o tej nazwie.",
        "no_such_world": "Nie ma świata o tej nazwie.",
        "world_not_found": "Nie ma świata o tej nazwie.",
        "no_such_fault": "Nie ma takiej uzbrojonej usterki: zadziałała lub została rozbrojona.",
        "no_such_play": "Nie ma takiego przebiegu: sprawdź listę przebiegów.",
        "no_such_scenario": "Nie ma takiego scenariusza: sprawdź listę scenariuszy.",
        "no_such_case": "Ten scenariusz nie ma takiego przypadku: sprawdź jego przypadki.",
        "no_such_seed": "Nie ma świata początkowego o tej nazwie: sprawdź ich listę.",
        "no_journal": "Ten świat nie ma dziennika: nagrywać można tylko światy laboratorium.",
    }
)
"""The details of `not_on_bench`, by reason."""

LAB_REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        # the bench
        "already_plugged": "To łącze jest już podłączone.",
        "not_plugged": "To łącze nie jest podłączone.",
        "no_such_link": "Ten model huba nie ma takiego łącza.",
        "no_such_slot": "Ten model huba nie ma takiego gniazda SIM.",
        "slot_empty": "To gniazdo SIM jest puste.",
        "slot_taken": "W tym gnieździe SIM jest już karta: najpierw ją wyjmij.",
        "card_in_use": "Ta karta jest w innym gnieździe lub w innym hubie: najpierw ją stamtąd wyjmij.",
        "card_broken": "Uszkodzona karta nie ma kodu PIN ani listy, które można zmienić.",
        "bad_card": "Numery karty są nieprawidłowe lub ten model huba nie przyjmuje kart Ajax SIM.",
        "battery_out_of_range": "Poziom baterii wynosi od 0 do 100 procent.",
        "hub_off": "Hub jest wyłączony: najpierw go włącz.",
        "no_cellular_data": "Hub nie ma połączenia przez kartę SIM, więc nie może przesłać danych.",
        "amount_out_of_range": "Ilość danych wynosi od 1 do 1 000 000 MB.",
        "apn_too_long": "Nazwa APN ma najwyżej 100 znaków.",
        "hub_exists": "Ten hub jest już na stanowisku.",
        "no_ajax_sim": "W tym hubie nie ma karty Ajax SIM: włóż ją.",
        # worlds and snapshots
        "clock_moved_back": "Zegar świata można przesuwać tylko do przodu.",
        "world_exists": "Świat o tej nazwie już istnieje.",
        "snapshot_exists": "Migawka o tej nazwie już istnieje: najpierw ją usuń.",
        "bad_snapshot_file": "Nie można otworzyć tego pliku: {detail}",
        "too_many_worlds": "Otwarto już największą dozwoloną liczbę światów: najpierw usuń jeden z nich.",
        "too_many_snapshots": "Zapisano już największą dozwoloną liczbę migawek: najpierw usuń jedną z nich.",
        "bad_name": "Nieprawidłowa nazwa: użyj od 1 do 63 liter, cyfr, kropek, łączników i podkreśleń.",
        "bad_settings": "Ustawienia świata są nieprawidłowe: {detail}",
        "bad_market": "Kraje i pakiety świata są nieprawidłowe: {detail}",
        "bad_file": "Plik zawiera błędy: {detail}",
        "cannot_fill": "Nie udało się wypełnić świata: {detail}",
        "no_seeds": "Ten serwer nie czyta plików świata: uruchom go poleceniem hubsim.",
        # plays
        "not_played": "Nie ma jeszcze tego wyniku: ten krok lub przebieg się nie zakończył.",
        "play_is_over": "Przebieg już się zakończył.",
        "too_many_plays": "Trwa już największa dozwolona liczba przebiegów: zatrzymaj jeden z nich.",
        "world_in_use": "W tym świecie trwa już inny przebieg.",
        # the rest
        "not_a_member": "Ta osoba nie pracuje w tej firmie.",
        "from_elsewhere": "Laboratorium służy tylko temu komputerowi: użyj http://127.0.0.1.",
        "not_idle": "Świat nie doszedł na czas do spoczynku: coś jest jeszcze w drodze.",
        "cannot": "Laboratorium nie może tego zrobić: {detail}",
    }
)
"""The details of `lab_refused`, by reason."""

_SITUATIONS = Sentences(
    {
        "a world file has its own start and things: omit snapshot and start_ms": (
            "plik świata ma własny początek i własne rzeczy: pomiń snapshot i start_ms."
        ),
        "a reset keeps the settings of the world: open a new world for a file with settings": (
            "reset zachowuje ustawienia świata: dla pliku z ustawieniami otwórz nowy świat."
        ),
        "the main world cannot be removed; it can be reset": (
            "świata głównego nie można usunąć; można go zresetować."
        ),
        "a snapshot has its own clock, settings and market: omit them": (
            "migawka ma własny zegar, własne ustawienia, kraje i pakiety: pomiń je."
        ),
        "the {process} belongs to the server: a lab cannot stop it": (
            "{process} należy do serwera: laboratorium nie może go zatrzymać."
        ),
        "the {process} belongs to the server: a lab cannot start it": (
            "{process} należy do serwera: laboratorium nie może go uruchomić."
        ),
        "{topic}: a lab does not keep earlier messages": (
            "{topic}: laboratorium nie przechowuje wcześniejszych wiadomości."
        ),
        "{topic}: only {count} different messages were published so far": (
            "{topic}: liczba różnych dotychczas opublikowanych wiadomości: {count}."
        ),
        "the broker itself has no connection to cut; use `stop_process`": (
            "sam broker nie ma połączenia, które można zerwać; użyj `stop_process`."
        ),
        "{topics}: the broker did not accept it within {limit} s": (
            "{topics}: broker nie przyjął tego w ciągu {limit} s."
        ),
        "the broker refuses this message of a third party": "broker odrzuca tę wiadomość osoby trzeciej.",
        "the broker refuses a third party's connection: {reason}": (
            "broker odrzuca połączenie osoby trzeciej: {reason}."
        ),
        "the main world has no trace, which `order` and `replay` need: play in a new world": (
            "świat główny nie ma śladu, którego wymagają `order` i `replay`: użyj nowego świata."
        ),
        "give one of `file` and `seed`": "podaj jedno z `file` i `seed`.",
        "the carrier of this fleet is in another process: use its shard 1": (
            "operator tej floty jest w innym procesie: użyj jej części 1."
        ),
        "the stored worlds do not fit the fleet: {reason}": "zapisane światy nie pasują do floty: {reason}.",
    }
)
"""The sentences of reasons with several situations."""
_FILE_LEAD = "the file cannot be opened: "
_FILE_SITUATIONS = Sentences(
    {
        "it is not the file of a snapshot: save one with `GET /lab/snapshots/NAME/file`": (
            "to nie jest plik migawki: zapisz ją przez `GET /lab/snapshots/NAME/file`."
        ),
        "it is longer than its header says": ("jest dłuższy, niż podaje jego nagłówek."),
        "its format is {format}, and {expected} is expected": (
            "ma format {format}, a oczekiwany jest {expected}."
        ),
        "it has version {version} of the format, and {expected} is expected: use a newer hubsim": (
            "ma wersję {version} formatu, a oczekiwana jest {expected}: użyj nowszej wersji hubsim."
        ),
        "it has version {version} of the format, and {expected} is expected: save it again": (
            "ma wersję {version} formatu, a oczekiwana jest {expected}: zapisz go ponownie."
        ),
        "its header cannot be read: {reason}": ("nie można odczytać jego nagłówka: {reason}."),
        "it does not have the parts of a snapshot: {parts}": ("nie ma części migawki: {parts}."),
        "{part} has {size} bytes, at most {most} are allowed": (
            "{part} ma {size} bajtów, dozwolone jest najwyżej {most}."
        ),
        "it ends within {part}": ("kończy się w środku części {part}."),
        "{part} is damaged: its SHA-256 is not the one of the header": (
            "część {part} jest uszkodzona: jej SHA-256 różni się od podanego w nagłówku."
        ),
        "it is damaged: {reason}": ("jest uszkodzony: {reason}."),
        "{part} cannot be read: {reason}": ("nie można odczytać części {part}: {reason}."),
    }
)
"""The faults of the file of a snapshot."""


def situation_text(english: str) -> str:
    """Return the Polish sentence for an English one with its values, or the English one if there is none."""
    if english.startswith(_FILE_LEAD):
        return _FILE_SITUATIONS.find(english.removeprefix(_FILE_LEAD)) or english
    return _SITUATIONS.find(english) or english


def lab_refusal_text(reason: str, english: str) -> str:
    """Return the Polish text of a refusal by the lab or the bench; the English one for an unknown reason."""
    known = LAB_REFUSALS.get(reason)
    return english if known is None else known.replace(f"{{{DETAIL}}}", situation_text(english))
