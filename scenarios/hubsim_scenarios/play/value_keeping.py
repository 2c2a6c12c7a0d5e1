"""Keeps the values that steps see, and makes actions from fields that may contain kept values."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from hubsim_scenarios.language.keeping import values_to_keep
from hubsim_scenarios.language.patterns import Pattern, Seen
from hubsim_scenarios.language.vocabulary import KeptRef
from hubsim_scenarios.language.wording import PLAIN
from hubsim_scenarios.play.context import PlayContext, StepFailed
from hubsim_scenarios.translation.story_language import say

ActionT = TypeVar("ActionT", bound=msgspec.Struct)


def keep(context: PlayContext, matched: Iterable[tuple[Pattern, Seen]]) -> dict[str, Seen]:
    """Keep the values of patterns that have matched, and return them by name.

    Raises `StepFailed` if one name gets two values: a field without a group is checked in several snapshots.
    """
    kept: dict[str, Seen] = {}
    for pattern, seen in matched:
        for name, value in values_to_keep(pattern, seen, context.aliases.any_id):
            if kept.setdefault(name, value) != value:
                raise StepFailed(
                    say(
                        "two values to keep as '{name}': {first} and {second}; "
                        "name the snapshot, such as app: or shows:",
                        name=name,
                        first=PLAIN.seen(kept[name]),
                        second=PLAIN.seen(value),
                    )
                )
    context.aliases.kept.update(kept)
    return kept


def made(action: type[ActionT], written: Mapping[str, Any], fields: Mapping[str, Any]) -> ActionT:
    """Return the action with these fields. `written` are the fields of the step, with references.

    The reader has checked the fields that are in the file. The values of references are checked here. Raises
    `StepFailed` for a value that the action does not accept.
    """
    built = action(**fields)
    refs = [ref for ref in written.values() if isinstance(ref, KeptRef)]
    if not refs:
        return built
    try:
        return msgspec.convert(msgspec.to_builtins(built), action)
    except msgspec.ValidationError as error:
        names = ", ".join(ref.text for ref in refs)
        text = say("a kept value does not fit the action ({names}): {error}", names=names, error=error)
        raise StepFailed(text) from error
