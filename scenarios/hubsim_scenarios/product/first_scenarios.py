"""The scenarios that `hubsim new` writes: one for each journey, with the model, country and start of a user.

Pure. Each text is in the layout of `hubsim fmt`, has no warnings, and passes in every world, if the services
are offered in the country.
"""

from collections.abc import Mapping

import msgspec

from hubsim_cloud.domain.countries import countries
from hubsim_simulator.hardware.profile import load_profile

START = "2026-01-15 09:00"
COUNTRY = "PL"
MODEL = "hub-2-plus"


class Journey(msgspec.Struct, frozen=True):
    """One journey: its question, its title, and its steps."""

    about: str
    title: str
    covers: str
    steps: tuple[str, ...]
    card: str = "ajax"
    """The card in slot 1."""


_ACTIVATED = (
    "{as: ivan, do: activate, hub: villa, screen: device_list}",
    "{expect: villa, tile: activated, star: on, carrier: {profile: active}, within: 30 min}",
)
_ENDED = "{expect: villa, tile: activation_required, star: off, carrier: {profile: inactive}, within: 10 min}"
_EXPIRING = (
    *_ACTIVATED,
    "{as: ivan, do: schedule_deactivation, hub: villa, screen: services_will_expire_soon}",
    "{expect: villa, tile: expires_soon, star: on}",
)

JOURNEYS: Mapping[str, Journey] = {
    "activate": Journey(
        "An installer activates the services of a hub.",
        "An installer activates the services of a hub",
        "A3",
        _ACTIVATED,
    ),
    "no-card": Journey(
        "A hub without an Ajax SIM gets no services.",
        "A hub gets no services until it has an Ajax SIM",
        "A3",
        (
            "{as: ivan, do: activate, hub: villa, refused: sim_not_installed}",
            "{bench: villa, do: insert_sim, slot: 1, sim: ajax}",
            *_ACTIVATED,
        ),
        card="empty",
    ),
    "month-end": Journey(
        "The services end with the month.",
        "Services that are deactivated end on the first of the next month",
        "S1, S3, S4",
        (
            *_EXPIRING,
            "{clock: start of next month}",
            _ENDED,
        ),
    ),
    "resume": Journey(
        "The customer stays: the services are resumed before they end.",
        "Services that are resumed do not end with the month",
        "U1, U2",
        (
            *_EXPIRING,
            "{as: ivan, do: resume, hub: villa, screen: services_activated}",
            "{clock: start of next month}",
            "{expect: villa, tile: activated, star: on, carrier: {profile: active}}",
        ),
    ),
    "stop-now": Journey(
        "The customer leaves: the services end immediately.",
        "Services that are stopped end immediately, and the SIM is cut off",
        "X1, X2",
        (
            *_ACTIVATED,
            "{as: ivan, do: stop_now, hub: villa, screen: device_list}",
            _ENDED,
        ),
    ),
    "lost-message": Journey(
        "A message to the hub gets lost, and the cloud sends it again.",
        "A hub shows the services although the first message gets lost",
        "A3",
        ("{fault: drop, message: desired, hub: villa}", *_ACTIVATED),
    ),
}


def first_scenario(journey: str, model: str, country: str, start: str) -> str:
    """Return the text of a first scenario. `start` is a local time in the country's zone."""
    chosen = JOURNEYS[journey]
    link = "ethernet" if load_profile(model).ethernet else "wifi"
    steps = "\n".join(f"  - {step}" for step in chosen.steps)
    return f"""\
scenario: {chosen.title}
covers: [{chosen.covers}]
clock: {start} {countries()[country].zone}
world:
  people: [olga, ivan, rita]
  companies:
    wolf: {{owner: olga, country: {country}, dealer: yes, employees: {{ivan: installer}}}}
  resellers:
    northwatch: {{owner: rita, country: {country}, dealers: {{wolf: approved}}}}
  hubs:
    villa: {{model: {model}, company: wolf, object: house, links: [{link}], slots: {{1: {chosen.card}}}}}
steps:
{steps}
"""
