"""Mutants of the hub: what it displays, its logo, and its hardware as it sees it.

The sources of the expected behaviour are the guide and the hub manuals, as summarised in the domain notes.
"""

from collections.abc import Callable

from msgspec.structs import replace

from hubsim_agent.ports import HubDisplay
from hubsim_contract.wire.messages import Channel, Hardware, Registration, ServiceState, SimCard, SimSlot
from hubsim_contract.wire.service import Tile
from hubsim_scenarios.proving.mutant import Ever, First, Mutant, Part, displayed, settings
from hubsim_scenarios.proving.seams import Changes, Seam
from hubsim_simulator.hardware.led import Led, LedColour, LedPattern
from hubsim_simulator.hardware.settings import DAY_MS


def _tile_frozen() -> Changes:
    first = First()
    return displayed(lambda face, hub: replace(face, tile=first(hub, face.tile)))


def _tile_stays() -> Changes:
    ever = Ever()

    def change(face: HubDisplay, hub: str) -> HubDisplay:
        return replace(face, tile=Tile.ACTIVATED) if ever(hub, face.tile is Tile.ACTIVATED) else face

    return displayed(change)


def _star_missing() -> Changes:
    return displayed(lambda face, _hub: replace(face, star=False))


def _star_stays() -> Changes:
    ever = Ever()
    return displayed(lambda face, hub: replace(face, star=ever(hub, face.star)))


def _warning_missing() -> Changes:
    def change(face: HubDisplay, _hub: str) -> HubDisplay:
        expiring = face.service is ServiceState.EXPIRING
        return replace(face, service=ServiceState.ACTIVE) if expiring else face

    return displayed(change)


def _cut_off_unseen() -> Changes:
    return displayed(lambda face, _hub: replace(face, sim_cut_off=False))


def _cut_off_stays() -> Changes:
    ever = Ever()
    return displayed(lambda face, hub: replace(face, sim_cut_off=ever(hub, face.sim_cut_off)))


def _cloud_always_reachable() -> Changes:
    ever = Ever()
    return displayed(lambda face, hub: replace(face, cloud_reachable=ever(hub, face.cloud_reachable)))


def _logo(before: LedColour, after: LedColour) -> Callable[[], Changes]:
    def change(led: Led, _hub: str) -> Led:
        return Led(after, led.pattern) if led.colour is before else led

    return lambda: {Seam.LED: change}


def _never_blinks() -> Changes:
    return {Seam.LED: lambda led, _hub: Led(led.colour, LedPattern.STEADY)}


def _frozen(field: str) -> Callable[[], Changes]:
    """Return changes that freeze a field of the hardware at its first value, one for each hub."""

    def changes() -> Changes:
        first = First()

        def change(hardware: Hardware, hub: str) -> Hardware:
            return replace(hardware, **{field: first(hub, getattr(hardware, field))})

        return {Seam.HARDWARE: change}

    return changes


def _hardware(change: Callable[[Hardware], Hardware]) -> Callable[[], Changes]:
    return lambda: {Seam.HARDWARE: lambda hardware, _hub: change(hardware)}


def _registration(before: Registration, after: Registration) -> Callable[[], Changes]:
    return _hardware(
        lambda hardware: (
            replace(hardware, registration=after) if hardware.registration is before else hardware
        )
    )


def _card(before: SimCard) -> Callable[[], Changes]:
    """Return changes that show cards in this condition as healthy."""

    def shown(sim: SimSlot) -> SimSlot:
        return replace(sim, card=SimCard.OK) if sim.card is before else sim

    return _hardware(lambda hardware: replace(hardware, sims=tuple(map(shown, hardware.sims))))


def _removal_unseen() -> Changes:
    known: dict[tuple[str, int], SimSlot] = {}

    def change(hardware: Hardware, hub: str) -> Hardware:
        sims = []
        for sim in hardware.sims:
            if sim.card is not SimCard.MISSING:
                known[hub, sim.slot] = sim
            sims.append(known.get((hub, sim.slot), sim))
        return replace(hardware, sims=tuple(sims))

    return {Seam.HARDWARE: change}


def _without(channel: Channel) -> Callable[[], Changes]:
    return _hardware(
        lambda hardware: replace(
            hardware, channels=tuple(each for each in hardware.channels if each is not channel)
        )
    )


def _channel_loss_unseen() -> Changes:
    known: dict[str, set[Channel]] = {}

    def change(hardware: Hardware, hub: str) -> Hardware:
        seen = known.setdefault(hub, set())
        seen.update(hardware.channels)
        return replace(hardware, channels=tuple(sorted(seen)))

    return {Seam.HARDWARE: change}


_HUB = Part.HUB
HUB_MUTANTS = (
    Mutant("tile_frozen", _HUB, "The hub keeps the tile that it shows first.", ("A4", "A7"), _tile_frozen),
    Mutant("tile_stays_activated", _HUB, "The hub's tile stays Activated.", ("S3", "S4", "X3"), _tile_stays),
    Mutant("star_missing", _HUB, "The hub never shows the star.", ("A7",), _star_missing),
    Mutant("star_stays", _HUB, "The hub's star stays after the services.", ("S4", "X3"), _star_stays),
    Mutant("warning_missing", _HUB, "The hub does not show the second tile.", ("S3",), _warning_missing),
    Mutant("cut_off_unseen", _HUB, "The hub never shows its SIM as cut off.", ("X2",), _cut_off_unseen),
    Mutant("cut_off_stays", _HUB, "The hub shows its SIM as cut off forever.", ("A7",), _cut_off_stays),
    Mutant(
        "cloud_always_reachable",
        _HUB,
        "The hub shows the cloud as reachable after it has lost it.",
        ("domain: LED",),
        _cloud_always_reachable,
    ),
    Mutant(
        "logo_never_red",
        _HUB,
        "The logo is green instead of red.",
        ("domain: LED",),
        _logo(LedColour.RED, LedColour.GREEN),
    ),
    Mutant(
        "logo_never_white",
        _HUB,
        "The logo is green instead of white.",
        ("domain: LED",),
        _logo(LedColour.WHITE, LedColour.GREEN),
    ),
    Mutant(
        "logo_never_green",
        _HUB,
        "The logo is white with one channel.",
        ("domain: LED",),
        _logo(LedColour.GREEN, LedColour.WHITE),
    ),
    Mutant(
        "logo_never_off",
        _HUB,
        "The logo is red while the hub is off.",
        ("domain: LED",),
        _logo(LedColour.OFF, LedColour.RED),
    ),
    Mutant(
        "logo_never_blinks", _HUB, "The logo stays steady on the battery.", ("domain: LED",), _never_blinks
    ),
    Mutant("lid_unseen", _HUB, "The hub does not see its lid.", ("domain: icons",), _frozen("lid_open")),
    Mutant("mains_unseen", _HUB, "The hub does not see the mains.", ("domain: icons",), _frozen("mains")),
    Mutant(
        "battery_frozen",
        _HUB,
        "The hub shows the charge that it had first.",
        ("domain: icons",),
        _frozen("battery_percent"),
    ),
    Mutant(
        "signal_frozen",
        _HUB,
        "The hub shows the signal that it had first.",
        ("domain: icons",),
        _frozen("signal"),
    ),
    Mutant(
        "malfunction_unseen",
        _HUB,
        "The hub does not see its malfunctions.",
        ("domain: icons",),
        _frozen("malfunction"),
    ),
    Mutant(
        "active_sim_frozen",
        _HUB,
        "The hub shows the SIM that it used first.",
        ("domain: states",),
        _frozen("active_sim"),
    ),
    Mutant(
        "generation_missing",
        _HUB,
        "The hub does not show the radio generation.",
        ("domain: icons",),
        _hardware(lambda hardware: replace(hardware, generation=None)),
    ),
    Mutant(
        "denial_unseen",
        _HUB,
        "The hub shows `searching` while the network denies the card.",
        ("domain: registration",),
        _registration(Registration.DENIED, Registration.SEARCHING),
    ),
    Mutant(
        "roaming_unseen",
        _HUB,
        "The hub shows `home` while it roams.",
        ("domain: registration",),
        _registration(Registration.ROAMING, Registration.HOME),
    ),
    Mutant(
        "broken_card_unseen",
        _HUB,
        "The hub shows a broken card as healthy.",
        ("domain: layers",),
        _card(SimCard.MALFUNCTION),
    ),
    Mutant(
        "locked_card_unseen",
        _HUB,
        "The hub shows a locked card as healthy.",
        ("domain: layers",),
        _card(SimCard.LOCKED),
    ),
    Mutant(
        "removed_card_unseen",
        _HUB,
        "The hub shows a card that was removed.",
        ("A3", "domain: layers"),
        _removal_unseen,
    ),
    Mutant(
        "cellular_unseen",
        _HUB,
        "The hub does not use the cellular channel.",
        ("A7", "domain: channels"),
        _without(Channel.CELLULAR),
    ),
    Mutant(
        "ethernet_unseen",
        _HUB,
        "The hub does not use the Ethernet channel.",
        ("domain: channels",),
        _without(Channel.ETHERNET),
    ),
    Mutant(
        "wifi_unseen",
        _HUB,
        "The hub does not use the Wi-Fi channel.",
        ("domain: channels",),
        _without(Channel.WIFI),
    ),
    Mutant(
        "channel_loss_unseen",
        _HUB,
        "The hub shows channels that it has lost.",
        ("X2", "domain: channels"),
        _channel_loss_unseen,
    ),
    Mutant(
        "failover_missing",
        _HUB,
        "The modem does not try the other card within a day.",
        ("domain: failover",),
        lambda: settings("hub", sim_failover_ms=DAY_MS),
    ),
)
