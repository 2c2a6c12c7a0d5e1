"""Mutants of the app and PRO Desktop: the card of a hub, and the views of people."""

from collections.abc import Callable, Mapping
from typing import Any

from hubsim_cloud.domain.refusals import Refusal
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.proving.mutant import Ever, First, Mutant, Part
from hubsim_scenarios.proving.seams import Changes, Seam

CardChange = Callable[[Mapping[str, Any], str], dict[str, Any]]
"""Takes the card of a hub and the hub; returns the fields that differ."""
_CARD = frozenset({"tile", "star", "second_tile"})


def _cards(change: CardChange) -> Changes:
    """Change the card of each hub, in the app and in every view that contains it."""

    def changed(value: Any, hub: str) -> Any:
        if isinstance(value, Mapping):
            about = str(value.get("hub", hub))
            after = {name: changed(part, about) for name, part in value.items()}
            return {**after, **change(after, about)} if after.keys() >= _CARD else after
        if isinstance(value, list | tuple):
            return type(value)(changed(part, hub) for part in value)
        return value

    def view(shown: Any, _query: str) -> Any:
        return shown if isinstance(shown, Refusal) else changed(shown, "")

    return {Seam.APP: changed, Seam.VIEW: view}


def _tile_frozen() -> Changes:
    first = First()
    return _cards(lambda card, hub: {"tile": first(hub, card["tile"])})


def _tile_stays() -> Changes:
    ever = Ever()
    return _cards(lambda card, hub: {"tile": "activated"} if ever(hub, card["tile"] == "activated") else {})


def _star_missing() -> Changes:
    return _cards(lambda card, _hub: {"star": False, "icons": _icons(card, star=False)})


def _star_stays() -> Changes:
    ever = Ever()

    def change(card: Mapping[str, Any], hub: str) -> dict[str, Any]:
        star = ever(hub, card["star"])
        return {"star": star, "icons": _icons(card, star=star)}

    return _cards(change)


def _icons(card: Mapping[str, Any], *, star: bool) -> Any:
    """Return the icon row of the card, with or without the star, which is the last icon."""
    others = [icon for icon in card["icons"] if icon != "star"]
    return type(card["icons"])([*others, *(["star"] if star else [])])


def _fixed(**fields: Any) -> Callable[[], Changes]:
    return lambda: _cards(lambda _card, _hub: fields)


def _frozen(field: str) -> Callable[[], Changes]:
    def changes() -> Changes:
        first = First()
        return _cards(lambda card, hub: {field: first(hub, card[field])})

    return changes


def _profile_at_once() -> Changes:
    shown = {"activating": "active", "cutting": "inactive"}
    return _cards(lambda card, _hub: {"sim_profile": shown.get(card["sim_profile"], card["sim_profile"])})


def _tabs(change: Callable[[list[str]], list[str]]) -> Callable[[], Changes]:
    def view(shown: Any, query: str) -> Any:
        if query != "navigation" or isinstance(shown, Refusal):
            return shown
        return {**shown, "tabs": type(shown["tabs"])(change(list(shown["tabs"])))}

    return lambda: {Seam.VIEW: view}


def _blank(name: str) -> Callable[[], Changes]:
    def view(shown: Any, query: str) -> Any:
        return shown if query != name or isinstance(shown, Refusal) else blanked(shown)

    return lambda: {Seam.VIEW: view}


def blanked(value: Any) -> Any:
    """Return a view without content: no rows, zeros, empty texts, nothing selected."""
    if isinstance(value, Mapping):
        return {name: blanked(part) for name, part in value.items()}
    if isinstance(value, bool | int | str | list | tuple):
        return type(value)()
    return value


_APP = Part.APP
APP_MUTANTS = (
    Mutant(
        "app_tile_frozen", _APP, "The app keeps the tile that it shows first.", ("A4", "A7"), _tile_frozen
    ),
    Mutant(
        "app_tile_stays_activated",
        _APP,
        "The tile in the app stays Activated.",
        ("S3", "S4", "X3"),
        _tile_stays,
    ),
    Mutant("app_star_missing", _APP, "The app never shows the star.", ("A7",), _star_missing),
    Mutant(
        "app_star_stays", _APP, "The star in the app stays after the services.", ("S4", "X3"), _star_stays
    ),
    Mutant(
        "app_warning_missing",
        _APP,
        "The app does not show the second tile.",
        ("S3",),
        _fixed(second_tile="none"),
    ),
    Mutant(
        "app_end_missing",
        _APP,
        "The app does not show when services end.",
        ("S1", "S3"),
        _fixed(ends_at_ms=None),
    ),
    Mutant(
        "app_profile_at_once",
        _APP,
        "The app shows an order to the carrier as executed at once.",
        ("domain: layers",),
        _profile_at_once,
    ),
    Mutant(
        "app_presence_frozen",
        _APP,
        "The app does not show that a hub goes offline or comes back.",
        ("domain: timing",),
        _frozen("online"),
    ),
    Mutant(
        "app_channels_frozen",
        _APP,
        "The app shows the channels that a hub had first.",
        ("domain: channels",),
        _frozen("channels"),
    ),
    Mutant(
        "app_icons_frozen",
        _APP,
        "The app shows the icons that a hub had first.",
        ("domain: icons",),
        _frozen("icons"),
    ),
    Mutant(
        "services_tab_missing",
        _APP,
        "The tab Services never appears.",
        ("D3",),
        _tabs(lambda tabs: [tab for tab in tabs if tab != "services"]),
    ),
    Mutant(
        "services_tab_always",
        _APP,
        "The tab Services is always there.",
        ("D3",),
        _tabs(lambda tabs: tabs if "services" in tabs else [*tabs, "services"]),
    ),
    *(
        Mutant(f"view_blank_{name}", _APP, f"The view {name} is blank.", (), _blank(name))
        for name in vocabulary().queries
    ),
)
