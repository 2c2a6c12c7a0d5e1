"""Writes a draft as the text of a scenario, in the layout of `hubsim fmt`.

Every draft gives a text. If the language cannot read the text, for example because it is too long, the error
has the text and its mistakes.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from hubsim_cloud.domain.market import DEFAULT_MARKET
from hubsim_cloud.lab.journal import JournalStart
from hubsim_contract.clock import LAST_YEAR, LATEST_MS
from hubsim_contract.wire.messages import Signal
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.layout.layout import CannotFormat, format_scenario
from hubsim_scenarios.layout.quoting import in_quotes
from hubsim_scenarios.layout.step_line import flow
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.recording.author_values import CannotExpress, settings_of
from hubsim_scenarios.recording.draft import Draft, DraftStep
from hubsim_scenarios.recording.inventory import CardUse, Inventory, KnownHub
from hubsim_scenarios.recording.times import start_text
from hubsim_scenarios.worlds.world import Settings
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.hardware.settings import HardwareSettings


class Unreadable(Exception):
    """The language cannot read the written text. `text` is all of it; the message has the mistakes."""

    def __init__(self, text: str, mistakes: str) -> None:
        super().__init__(mistakes)
        self.text = text


def changed_settings(beginning: JournalStart) -> dict[str, dict[str, Any]]:
    """Return the initial settings of a world that differ from the defaults. Raises `CannotExpress`."""
    if beginning.models:
        raise CannotExpress(f"a scenario cannot contain hub models: {', '.join(beginning.models)}")
    if beginning.market != DEFAULT_MARKET:
        raise CannotExpress("a scenario cannot contain a market: its countries and packages are in a file")
    if not 0 <= beginning.world_ms <= LATEST_MS:
        raise CannotExpress(f"its start is outside the range of the world clock, 1970 to {LAST_YEAR}")
    try:
        settings = Settings(
            cloud=beginning.cloud,
            carrier=msgspec.convert(beginning.carrier, CarrierSettings),
            hub=msgspec.convert(beginning.hub, HardwareSettings),
        )
    except msgspec.ValidationError as error:
        raise CannotExpress(f"its settings are from another version of hubsim ({error})") from error
    groups = {name: getattr(settings, name) for name in Settings.__struct_fields__}
    return settings_of(groups, language().settings.fields)


def scenario_text(
    draft: Draft, title: str, expected: Sequence[Sequence[str]] = (), head: Iterable[str] = ()
) -> str:
    """Return the text of the scenario. Raises `Unreadable`.

    `expected` are the expectations after each step, then those at the end. `head` are comments at the top.
    """
    text = _text(draft, title, expected, head)
    try:
        return format_scenario(text, language())
    except CannotFormat as error:
        raise Unreadable(text, _mistakes(text) or error.reason) from error


def read(text: str, file: str) -> Scenario:
    """Return the scenario of a text that `scenario_text` returned."""
    scenario = language().read(file, text)
    assert isinstance(scenario, Scenario), scenario
    return scenario


def _mistakes(text: str) -> str:
    found = language().read("the recording", text)
    return "" if isinstance(found, Scenario) else "\n".join(map(str, found))


def _text(draft: Draft, title: str, expected: Sequence[Sequence[str]], head: Iterable[str]) -> str:
    lines = [_comment(text) for text in head]
    lines += [
        f"scenario: {in_quotes(title)}",
        f"clock: {start_text(draft.beginning.world_ms, draft.zone)}",
    ]
    settings = changed_settings(draft.beginning)
    if settings:
        lines += ["settings:", *(f"  {name}: {flow(values)}" for name, values in settings.items())]
    lines += _world(draft.things)
    lines += ["steps:", *_steps(draft, expected)]
    return "\n".join(lines) + "\n"


def _steps(draft: Draft, expected: Sequence[Sequence[str]]) -> Iterable[str]:
    index = 0
    for line in draft.lines:
        if not isinstance(line, DraftStep):
            yield f"  {_comment(f'Not in a scenario: {line.text}')}"
            continue
        yield f"  - {draft.step_text(line)}"
        yield from (f"  - {each}" for each in (expected[index] if index < len(expected) else ()))
        index += 1
    yield from (f"  - {each}" for each in (expected[index] if index < len(expected) else ()))


def _comment(text: str) -> str:
    return "# " + " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _world(things: Inventory) -> list[str]:
    people = [f"    {name}: {_flags(flags)}" for name, flags in things.people.items()]
    sims = [
        f"    {name}: {flow(card) if isinstance(card, dict) else card}"
        for name, card in things.sims().items()
    ]
    hubs = [f"    {hub.name}: {_hub(hub, things)}" for hub in things.hubs.values()]
    sections = {"people": people, "sims": sims, "hubs": hubs}
    found = [line for name, lines in sections.items() if lines for line in (f"  {name}:", *lines)]
    return ["world:", *found] if found else []


def _flags(flags: dict[str, bool]) -> str:
    return "{" + ", ".join(f"{name}: {'yes' if flag else 'no'}" for name, flag in flags.items()) + "}"


def _hub(hub: KnownHub, things: Inventory) -> str:
    setup = hub.setup
    if setup is None:
        return flow({"model": hub.model, "power": False})
    slots = {slot: things.card_text(CardUse(card.iccid)) for slot, card in sorted(setup.slots.items())}
    return flow(
        {
            "model": hub.model,
            "links": list(setup.links) or None,
            "slots": None if hub.late else slots or None,
            "power": False if hub.late or not setup.powered else None,
            "coverage": None if setup.coverage else False,
            "signal": None if setup.signal is Signal.STRONG else setup.signal,
        }
    )
