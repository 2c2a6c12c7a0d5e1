"""The page `ui-texts.md`: the texts of the apps in English and Polish."""

from collections.abc import Mapping
from typing import Any

from hubsim_cloud.domain.types import ServiceAction
from hubsim_cloud.domain.ui_texts import (
    BUTTONS,
    CANCEL,
    CONFIRM,
    QUESTIONS,
    SCREENS,
    SECOND_TILES,
    TILE_ACTIVE,
    TILES,
    UiText,
)
from hubsim_contract.wire.service import Tile

_HEAD = "| name | English | Polish |\n|---|---|---|\n"


def ui_texts_page() -> str:
    """Return the page in Markdown."""
    second_name = f"| `{Tile.ACTIVATED}`, under Stop now | {TILE_ACTIVE.en} | {TILE_ACTIVE.pl} |\n"
    return (
        "# Texts of the apps\n\n"
        "The guide quotes the tiles, the screens and the buttons; the sentences of the pop-ups and the\n"
        "button Cancel are ours. Views and scenarios use the names.\n\n"
        f"## Tiles under the hub\n\n{_HEAD}{_rows(TILES)}{second_name}\n"
        f"## Second tile\n\n{_HEAD}{_rows(SECOND_TILES)}\n"
        f"## Screens after an action\n\n{_HEAD}{_rows(SCREENS)}\n"
        "## Pop-ups of confirmation\n\n"
        "Each action on services opens a pop-up (view `confirmation`); the button in it sends the command.\n"
        f"The other button is {CANCEL.en} ({CANCEL.pl}).\n\n"
        "| action | opened by | confirmed by | sentence |\n|---|---|---|---|\n"
        f"{''.join(map(_pop_up, ServiceAction))}"
    )


def _rows(texts: Mapping[Any, UiText]) -> str:
    return "".join(f"| `{name}` | {text.en} | {text.pl} |\n" for name, text in texts.items())


def _pop_up(action: ServiceAction) -> str:
    cells = (f"{text.en} / {text.pl}" for text in (BUTTONS[action], CONFIRM[action], QUESTIONS[action]))
    return f"| `{action}` | {' | '.join(cells)} |\n"
