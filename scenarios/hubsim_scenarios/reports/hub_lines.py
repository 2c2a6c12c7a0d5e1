"""The state of a hub in a few short lines: app, hub, SIM."""

from collections.abc import Mapping

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.translation.story_language import guide_texts, say
from hubsim_simulator.carrier.ports import DataState


def hub_lines(snapshots: Mapping[str, Snapshot]) -> list[str]:
    """Return the state of a hub."""
    shows, app = snapshots["shows"], snapshots.get("app")
    tiles, second_tiles = guide_texts("tiles"), guide_texts("second_tiles")
    lines = []
    if app is not None:
        star = say("star") if app["star"] else say("no star")
        online = say("online") if app["online"] else say("offline")
        icons, tile = " ".join(app["icons"]) or "-", tiles[app["tile"]]
        text = "app: [{tile}] {star}, {online}; icons {icons}"
        lines.append(say(text, tile=tile, star=star, online=online, icons=icons))
        if app["second_tile"] in second_tiles:
            lines.append(f"     [{second_tiles[app['second_tile']]}]")
    channels = " + ".join(map(say, shows["channels"])) or say("no channel")
    blinking = say(" (blinking)") if shows["led_pattern"] == "blinking" else ""
    led, tile = say(shows["led"]), tiles[shows["tile"]]
    text = "hub: LED {led}{blinking}, {channels}; shows [{tile}]"
    lines.append(say(text, led=led, blinking=blinking, channels=channels, tile=tile))
    cards = ", ".join(f"SIM {slot} {say(card)}" for slot, card in shows["sims"].items())
    carrier = snapshots.get("carrier")
    profile = (
        say("; carrier: profile {profile}", profile=", ".join(carrier_words(carrier))) if carrier else ""
    )
    text = "sim: {cards}; registration {registration}{profile}"
    lines.append(say(text, cards=cards, registration=say(shows["registration"]), profile=profile))
    return lines


def carrier_words(carrier: Snapshot) -> list[str]:
    """Return the profile of a card, and what limits its service."""
    suspended = [say("suspended")] if carrier["suspended"] else []
    data = [say("data {data}", data=carrier["data"])] if carrier["data"] != DataState.OPEN else []
    return [say(carrier["profile"]), *suspended, *data]
