"""Formats the three layers of a hub (service, profile at the carrier, cards) and the hub itself.

Pure: it turns snapshots into lines of plain English text.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.instants import instant_text
from hubsim_scenarios.reports.hub_lines import carrier_words
from hubsim_scenarios.translation.story_language import guide_texts

_LABEL_WIDTH = 9


def layer_lines(alias: str, snapshots: Mapping[str, Snapshot], zone: str) -> list[str]:
    """Return the visible state of a hub, at least one line for each layer. `zone` is for its instants."""
    shows = snapshots["shows"]
    rows = [("service", each) for each in _service(snapshots, zone)]
    rows += [("profile", _profile(snapshots.get("carrier")))]
    rows += [("card", each) for each in _cards(shows)]
    rows += [("hub", each) for each in _hub(shows)]
    rows += [("link", _link(shows))]
    lines, before = [alias], ""
    for label, text in rows:
        lines.append(f"  {('' if label == before else label).ljust(_LABEL_WIDTH)}{text}")
        before = label
    return lines


def _service(snapshots: Mapping[str, Snapshot], zone: str) -> Iterator[str]:
    app, applied = snapshots.get("app"), snapshots.get("applied")
    if app is None:
        yield "the cloud is stopped: the app shows nothing"
        return
    ends = f", ends {instant_text(app['ends_at_ms'], zone)}" if app["ends_at_ms"] is not None else ""
    online = "online" if app["online"] else "offline"
    yield f"{_words(app['service'])}{ends}; app: [{guide_texts('tiles')[app['tile']]}] {_star(app)}, {online}"
    if app["second_tile"] in guide_texts("second_tiles"):
        yield f"[{guide_texts('second_tiles')[app['second_tile']]}]"
    if applied is not None:
        same = "same as in the cloud" if _same(app, applied) else "differs from the cloud"
        yield f"applied version {applied['version']}: {_words(applied['service'])} ({same})"


def _same(app: Snapshot, applied: Snapshot) -> bool:
    return all(app[name] == applied[name] for name in ("service", "tile", "second_tile", "star"))


def _star(look: Snapshot) -> str:
    return "star" if look["star"] else "no star"


def _profile(carrier: Snapshot | None) -> str:
    if carrier is None:
        return "none: the hub has no Ajax SIM"
    ordered = f"; ordered: {carrier['ordered']}" if carrier["ordered"] is not None else ""
    attached = "attached" if carrier["attached_hub"] is not None else "not attached"
    words = ", ".join(carrier_words(carrier))
    return f"{words}{ordered}; {attached}; executed orders up to {carrier['executed_sequence']}"


def _cards(shows: Snapshot) -> Iterator[str]:
    for slot, card in shows["sims"].items():
        used = " (in use)" if str(shows["active_sim"]) == str(slot) else ""
        yield f"SIM {slot} {card}{used}"
    generation = f" {shows['generation']}" if shows["generation"] else ""
    cut = "; cut off" if shows["sim_cut_off"] else ""
    yield f"registration {_words(shows['registration'])}{generation}, signal {shows['signal']}{cut}"


def _hub(shows: Snapshot) -> Iterator[str]:
    if not shows["powered"]:
        yield "off"
        return
    blinking = " blinking" if shows["led_pattern"] == "blinking" else ""
    yield f"LED {shows['led']}{blinking}; shows [{guide_texts('tiles')[shows['tile']]}] {_star(shows)}"
    yield f"icons {' '.join(shows['icons']) or '-'}"
    mains = "mains" if shows["mains"] else "no mains"
    yield f"battery {shows['battery_percent']} %, {mains}, lid {'open' if shows['lid_open'] else 'closed'}"


def _link(shows: Snapshot) -> str:
    by = f" by {shows['connected_by']}" if shows["connected_by"] else ""
    channels = " + ".join(shows["channels"]) or "none"
    waiting = _counted(shows["buffered_events"], "event buffered", "events buffered")
    refused = _counted(shows["refused_messages"], "message refused", "messages refused")
    return f"{_words(shows['link'] or 'link not seen')}{by}; channels {channels}{waiting}{refused}"


def _counted(count: int, one: str, several: str) -> str:
    return f"; {count} {one if count == 1 else several}" if count else ""


def _words(value: Any) -> str:
    return str(value).replace("_", " ")
