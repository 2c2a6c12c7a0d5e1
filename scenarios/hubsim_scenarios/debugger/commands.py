"""Parses a line that the user types at a halt: a command of the prompt, or a step.

Pure. A step is typed as in a file, `{clock: +3 d}`, or in a short form without the brackets and the obvious
keys: `as ivan activate hub: villa`, `bench villa remove_sim slot: 1`, `clock +3 d`.
"""

from collections.abc import Callable, Mapping

import msgspec

from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.language.step_tables import LEADS, OTHER_LEADS
from hubsim_scenarios.language.vocabulary import Vocabulary

MAX_LINE_CHARS = 10_000
"""A longer line is rejected without parsing: no step is as long, and its errors would fill the screen."""
MAX_MESSAGES = 1_000
"""The limit of the `messages` command. The trace has all events."""


class BadCommand(Exception):
    """The typed line is neither a command nor a step. The text says why, and what the user probably meant."""


class Next(msgspec.Struct, frozen=True):
    """Play the next steps."""

    steps: int = 1


class Continue(msgspec.Struct, frozen=True):
    """Play to the next breakpoint, or to the end."""


class Until(msgspec.Struct, frozen=True):
    """Play to a temporary breakpoint. `word` has the form of `--break-on`."""

    word: str


class ShowLayers(msgspec.Struct, frozen=True):
    """Show all layers of a hub. None: of every hub."""

    hub: str | None = None


class ShowMessages(msgspec.Struct, frozen=True):
    """Show the last events of the trace."""

    count: int = 12


class ShowSteps(msgspec.Struct, frozen=True):
    """Show the steps around the current one."""


class Do(msgspec.Struct, frozen=True):
    """Play a manual step. `text` is in flow style."""

    text: str


class ExpectSeen(msgspec.Struct, frozen=True):
    """Record the current state of a hub as an expectation."""

    hub: str


class Write(msgspec.Struct, frozen=True):
    """Save the played and manual steps as a scenario file."""

    file: str


class Help(msgspec.Struct, frozen=True):
    """Show the commands and the short forms of steps."""


class Quit(msgspec.Struct, frozen=True):
    """End the play before the current step."""


Command = (
    Next | Continue | Until | ShowLayers | ShowMessages | ShowSteps | Do | ExpectSeen | Write | Help | Quit
)


class CommandWord(msgspec.Struct, frozen=True):
    """A command of the prompt."""

    takes: str
    """Its argument, for the help text. Brackets mean that it is optional."""
    about: str
    make: Callable[[str], Command]


def _count(text: str, most: int) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) <= most:
        raise BadCommand(f"{quoted(text)} is not a number from 1 to {most}")
    return int(text)


def _needed(text: str, form: str) -> str:
    """Return the text. If it is empty, raise `BadCommand` with the complete form."""
    if not text:
        raise BadCommand(f"the line is incomplete: type {form}")
    return text


def _without_argument(command: Command) -> Callable[[str], Command]:
    def make(rest: str) -> Command:
        if rest:
            raise BadCommand(f"unexpected argument {quoted(rest)}: type the command alone")
        return command

    return make


WORDS: Mapping[str, CommandWord] = {
    "next": CommandWord(
        "[N]", "play the next step, or N steps; also Enter", lambda text: Next(_count(text or "1", 10_000))
    ),
    "continue": CommandWord("", "play to the next breakpoint, or to the end", _without_argument(Continue())),
    "until": CommandWord(
        "BREAK",
        "play to a step (7), a line (:42) or a clause (X2)",
        lambda text: Until(_needed(text, "until BREAK: a step (7), a line (:42) or a clause (X2)")),
    ),
    "look": CommandWord(
        "[HUB]", "show all three layers of a hub, or of every hub", lambda text: ShowLayers(text or None)
    ),
    "messages": CommandWord(
        "[N]", "show the last events", lambda text: ShowMessages(_count(text or "12", MAX_MESSAGES))
    ),
    "steps": CommandWord("", "show the steps around the current one", _without_argument(ShowSteps())),
    "write": CommandWord(
        "FILE",
        "save the session as a scenario",
        lambda text: Write(_needed(text, "write FILE, for example write found.yaml")),
    ),
    "help": CommandWord("", "show this help", _without_argument(Help())),
    "quit": CommandWord("", "end the play", _without_argument(Quit())),
}
"""The commands of the prompt. Each can be shortened to a prefix that fits no other command."""

SHORT_FORMS = {
    "as": "as PERSON ACTION [fields]",
    "bench": "bench HUB ACTION [fields]",
    "fault": "fault FAULT [fields]",
    "together": "together [members]",
    "clock": "clock MOVE",
    "expect": "expect HUB [fields]",
    "never": "never HUB for: TIME, fields",
    "order": "order [events]",
}
"""How each kind of step is typed. An expectation without fields records the current state of the hub."""


def parse_command(line: str, vocabulary: Vocabulary) -> Command:
    """Return the command in a line. Raises `BadCommand`."""
    if len(line) > MAX_LINE_CHARS:
        raise BadCommand(f"the line has more than {MAX_LINE_CHARS} characters: type a shorter one")
    text = line.strip().removeprefix("- ").strip()
    if not text:
        return Next()
    if text.startswith("{"):
        return Do(text)
    word, _, rest = text.partition(" ")
    rest = rest.strip()
    if word.rstrip(":") in LEADS:
        return _step(word.rstrip(":"), rest, vocabulary)
    if word.lower() in OTHER_LEADS:
        raise BadCommand(f"unknown command {quoted(word)}; {OTHER_LEADS[word.lower()]}")
    fitting = [known for known in WORDS if known.startswith(word.lower())]
    if word.lower() in WORDS:
        fitting = [word.lower()]
    if word == "?":
        fitting = ["help"]
    if len(fitting) == 1:
        return WORDS[fitting[0]].make(rest)
    hint = f"{' or '.join(fitting)}?" if fitting else did_you_mean(word, [*WORDS, *LEADS])
    raise BadCommand(f"unknown command {quoted(word)}; {hint or 'type help for a list'}")


def _step(lead: str, rest: str, vocabulary: Vocabulary) -> Command:
    """Return the command for a step that was typed without brackets."""
    match lead:
        case "as" | "bench":
            who, word, fields = _two(rest, SHORT_FORMS[lead])
            verb = "sees" if lead == "as" and word in vocabulary.queries else "do"
            return Do(_flow([(lead, who), (verb, word)], fields))
        case "clock":
            return Do(_flow([("clock", _needed(rest, "clock MOVE, for example clock +3 d"))], ""))
        case "order" | "together":
            return Do(f"{{{lead}: {_needed(rest, SHORT_FORMS[lead])}}}")
        case _:
            who, _, fields = _needed(rest, SHORT_FORMS[lead]).partition(" ")
            if lead == "expect" and not fields.strip():
                return ExpectSeen(who.rstrip(","))
            return Do(_flow([(lead, who)], fields))


def _two(rest: str, form: str) -> tuple[str, str, str]:
    parts = rest.split(maxsplit=2)
    if len(parts) < 2:  # noqa: PLR2004 (who, and what)
        raise BadCommand(f"the line is incomplete: type {form}")
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 (and the fields)


def _flow(leads: list[tuple[str, str]], fields: str) -> str:
    first = ", ".join(f"{key}: {value.rstrip(',')}" for key, value in leads)
    rest = fields.strip().lstrip(",").strip()
    return f"{{{first}, {rest}}}" if rest else f"{{{first}}}"


def refused_as(text: str, name: str) -> str:
    """Return the step, in flow style, with this refusal as its expected result."""
    return f"{text.rstrip().removesuffix('}').rstrip().rstrip(',')}, refused: {name}}}"
