"""Finds hubs that cannot be built, because their model has no such SIM slot or network link."""

from collections.abc import Iterable, Iterator

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.world import HubDeclaration
from hubsim_simulator.hardware.profile import load_profile, model_names


def impossible(cases: Iterable[Scenario]) -> dict[str, str]:
    """Return the first problem of each impossible hub, by name.

    Models that the user has added are not checked here, but in the play.
    """
    found: dict[str, str] = {}
    for scenario in cases:
        shown = ", ".join(f"{axis}={value}" for axis, value in scenario.case.items())
        for alias, hub in scenario.world.hubs.items():
            for text in _wrong(hub) if hub.model in model_names() else ():
                found.setdefault(alias, f"{text} (in the case {shown})" if shown else text)
    return found


def _wrong(hub: HubDeclaration) -> Iterator[str]:
    profile = load_profile(hub.model)
    built_in = {"ethernet": profile.ethernet, "wifi": profile.wifi}
    for slot, card in hub.slots.items():
        if card is not None and slot > profile.sim_slots:
            slots = "1 SIM slot" if profile.sim_slots == 1 else f"{profile.sim_slots} SIM slots"
            yield f"a {hub.model} has {slots}, so it cannot have a card in slot {slot}"
    for link in hub.links:
        if not built_in[link]:
            yield f"a {hub.model} has no {link}"
