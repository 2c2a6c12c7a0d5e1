"""A draft as the text of a scenario, in the layout of `hubsim fmt`.

Promises that whatever was recorded gives a text: one that the language cannot read (because it is too long)
comes out as it is, with its mistakes.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from hubsim_cloud.lab.journal import JournalStart
from hubsim_contract.wire.messages import Signal
from hubsim_scenarios.language.moves import LAST_MS
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.layout.layout import CannotLayOut, laid_out
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
    """The language cannot read what was written. `text` is all of it; the message has the mistakes."""

    def __init__(self, text: str, mistakes: str) -> None:
        super().__init__(mistakes)
        self.text = text


def settings_said(beginning: JournalStart) -> dict[str, dict[str, Any]]:
    """Return the settings that a world began with and that are not as usual. Raises `CannotExpress`."""
    if beginning.models:
        raise CannotExpress(f"a scenario does not bring hub models along: {', '.join(beginning.models)}")
    if not 0 <= beginning.world_ms <= LAST_MS:
        raise CannotExpress("no scenario begins when it did: the world clock goes from 1970 to 2099")
    try:
        settings = Settings(
            cloud=beginning.cloud,
            carrier=msgspec.convert(beginning.carrier, CarrierSettings),
            hub=msgspec.convert(beginning.hub, HardwareSettings),
        )
    except msgspec.ValidationError as error:
        raise CannotExpress(f"its settings are of another version of hubsim ({error})") from error
    groups = {name: getattr(settings, name) for name in Settings.__struct_fields__}
    return settings_of(groups, language().settings.fields)


def written(draft: Draft, title: str, behind: Sequence[Sequence[str]] = (), head: Iterable[str] = ()) -> str:
    """Return the text of the scenario. Raises `Unreadable`.

    `behind` are the expectations that stand behind each step, and at last those of the end; `head` are
    comments above everything.
    """
    text = _text(draft, title, behind, head)
    try:
        return laid_out(text, language())
    except CannotLayOut as error:
        raise Unreadable(text, _mistakes(text) or error.reason) from error


def read(text: str, file: str) -> Scenario:
    """Return the scenario of a text that was written here."""
    scenario = language().read(file, text)
    assert isinstance(scenario, Scenario), scenario
    return scenario


def _mistakes(text: str) -> str:
    found = language().read("the recording", text)
    return "" if isinstance(found, Scenario) else "\n".join(map(str, found))


def _text(draft: Draft, title: str, behind: Sequence[Sequence[str]], head: Iterable[str]) -> str:
    lines = [_comment(text) for text in head]
    lines += [
        f"scenario: {in_quotes(title)}",
        f"clock: {start_text(draft.beginning.world_ms, draft.zone)}",
    ]
    settings = settings_said(draft.beginning)
    if settings:
        lines += ["settings:", *(f"  {name}: {flow(values)}" for name, values in settings.items())]
    lines += _world(draft.things)
    lines += ["steps:", *_steps(draft, behind)]
    return "\n".join(lines) + "\n"


def _steps(draft: Draft, behind: Sequence[Sequence[str]]) -> Iterable[str]:
    place = 0
    for line in draft.lines:
        if not isinstance(line, DraftStep):
            yield f"  {_comment(f'Not in a scenario: {line.text}')}"
            continue
        yield f"  - {draft.written(line)}"
        yield from (f"  - {expected}" for expected in (behind[place] if place < len(behind) else ()))
        place += 1
    yield from (f"  - {expected}" for expected in (behind[place] if place < len(behind) else ()))


def _comment(text: str) -> str:
    return "# " + " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _world(things: Inventory) -> list[str]:
    people = [f"    {name}: {_flags(said)}" for name, said in things.people.items()]
    sims = [
        f"    {name}: {flow(said) if isinstance(said, dict) else said}"
        for name, said in things.sims().items()
    ]
    hubs = [f"    {hub.name}: {_hub(hub, things)}" for hub in things.hubs.values()]
    sections = {"people": people, "sims": sims, "hubs": hubs}
    found = [line for name, lines in sections.items() if lines for line in (f"  {name}:", *lines)]
    return ["world:", *found] if found else []


def _flags(said: dict[str, bool]) -> str:
    return "{" + ", ".join(f"{name}: {'yes' if flag else 'no'}" for name, flag in said.items()) + "}"


def _hub(hub: KnownHub, things: Inventory) -> str:
    setup = hub.setup
    if setup is None:
        return flow({"model": hub.model, "power": False})
    slots = {slot: things.written(CardUse(card.iccid)) for slot, card in sorted(setup.slots.items())}
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
