"""The texts of the apps in English and Polish: tiles, screens, buttons, and pop-ups of confirmation.

Tiles, screens and the four buttons are quoted from the guide. The guide does not quote the sentences of the
pop-ups and the button that leaves one; those are ours.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from hubsim_cloud.domain.types import Screen, ServiceAction
from hubsim_contract.wire.service import SecondTile, Tile


class UiText(msgspec.Struct, frozen=True):
    """One text in both languages."""

    en: Annotated[str, Meta(extra={"word": "english_text"})]
    pl: Annotated[str, Meta(extra={"word": "polish_text"})]


TILES: Mapping[Tile, UiText] = MappingProxyType(
    {
        Tile.ACTIVATION_REQUIRED: UiText("Activation required", "Wymagana aktywacja"),
        Tile.ACTIVATED: UiText("Activated", "Aktywowane"),
        Tile.EXPIRES_SOON: UiText("Expires soon", "Wygasa wkrótce"),
    }
)
"""The tile under the hub. `Tile.NONE` has no text."""

TILE_ACTIVE = UiText("Activated", "Aktywny")
"""The second name of the tile "Activated", which the Polish guide uses under Stop now."""

SECOND_TILES: Mapping[SecondTile, UiText] = MappingProxyType(
    {
        SecondTile.ACCESS_MAY_EXPIRE: UiText(
            "Access to some features may expire if they are not activated",
            "Dostęp do niektórych funkcji może wygasnąć, jeśli nie zostaną one aktywowane",
        )
    }
)
"""The warning next to the tile. `SecondTile.NONE` has no text."""

SCREENS: Mapping[Screen, UiText] = MappingProxyType(
    {
        Screen.SERVICES_WILL_EXPIRE_SOON: UiText("Services will expire soon", "Usługi wkrótce wygasną"),
        Screen.SERVICES_ACTIVATED: UiText("Services activated", "Aktywowane usługi"),
        Screen.DEVICE_LIST: UiText("device list", "lista urządzeń"),
    }
)

BUTTONS: Mapping[ServiceAction, UiText] = MappingProxyType(
    {
        ServiceAction.ACTIVATE: UiText("Activate", "Aktywuj"),
        ServiceAction.SCHEDULE_DEACTIVATION: UiText("Deactivate", "Dezaktywuj"),
        ServiceAction.RESUME: UiText("Resume", "Wznów"),
        ServiceAction.STOP_NOW: UiText("Stop now", "Zatrzymaj teraz"),
    }
)
"""The button of each action; it opens the pop-up, which has this text as its title."""

CONFIRM: Mapping[ServiceAction, UiText] = MappingProxyType(
    {**BUTTONS, ServiceAction.STOP_NOW: UiText("Stop", "Zatrzymaj")}
)
"""The button in the pop-up that confirms the action."""

CANCEL = UiText("Cancel", "Anuluj")
"""The button in the pop-up that leaves it without the action."""

QUESTIONS: Mapping[ServiceAction, UiText] = MappingProxyType(
    {
        ServiceAction.ACTIVATE: UiText(
            "The services of this hub start now. Ajax invoices the chosen Reseller.",
            "Usługi tego huba zostaną aktywowane teraz. Ajax wystawi fakturę wybranemu Resellerowi.",
        ),
        ServiceAction.SCHEDULE_DEACTIVATION: UiText(
            "The services of this hub run until the end of the month, and end on the 1st of the next one.",
            "Usługi tego huba będą dostępne do końca miesiąca i wygasną pierwszego dnia następnego miesiąca.",
        ),
        ServiceAction.RESUME: UiText(
            "The services of this hub will not end on the first day of the next month.",
            "Usługi tego huba nie zostaną wyłączone pierwszego dnia następnego miesiąca.",
        ),
        ServiceAction.STOP_NOW: UiText(
            "The services of this hub end immediately, and its Ajax SIM is cut off.",
            "Usługi tego huba zostaną natychmiast dezaktywowane, a karta Ajax SIM przestanie działać.",
        ),
    }
)
"""The sentence in the pop-up: what the action will do."""

ALL_TEXTS: tuple[UiText, ...] = (
    *TILES.values(),
    TILE_ACTIVE,
    *SECOND_TILES.values(),
    *SCREENS.values(),
    *BUTTONS.values(),
    *CONFIRM.values(),
    CANCEL,
    *QUESTIONS.values(),
)
"""All texts; a text can be there twice."""
