"""What somebody types at a halt: a word of the prompt's own, or a step.

Pure. A step is typed as it stands in a file, `{clock: +3 d}`, or without the brackets and the keys that go
without saying: `as ivan activate hub: villa`, `bench villa remove_sim slot: 1`, `clock +3 d`.
"""

from collections.abc import Callable, Mapping

import msgspec

from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.language.step_tables import LEADS, OTHER_LEADS
from hubsim_scenarios.language.vocabulary import Vocabulary

MAX_LINE_CHARS = 10_000
"""A longer line is refused unread: no step is so long, and its mistakes would bury the screen."""
MOST_MESSAGES = 1_000
"""More of the last events nobody reads; the trace has them."""


class BadCommand(Exception):
    """Nothing that was typed can be done. The text says why, and what was probably meant."""


class Next(msgspec.Struct, frozen=True):
    """Play so many steps."""

    steps: int = 1


class GoOn(msgspec.Struct, frozen=True):
    """Play to the next break, or to the end."""


class Until(msgspec.Struct, frozen=True):
    """Play to a break that holds once; `word` as `--break-on` takes it."""

    word: str


class ShowLayers(msgspec.Struct, frozen=True):
    """Show all layers of a hub, or of every hub."""

    hub: str | None = None


class ShowMessages(msgspec.Struct, frozen=True):
    """Show the last events of the trace."""

    count: int = 12


class ShowSteps(msgspec.Struct, frozen=True):
    """Show the steps around here."""


class Do(msgspec.Struct, frozen=True):
    """Play a step by hand. `text` is in flow style."""

    text: str


class ExpectSeen(msgspec.Struct, frozen=True):
    """Take down how a hub looks now, as an expectation."""

    hub: str


class Write(msgspec.Struct, frozen=True):
    """Write what was done as a scenario file."""

    file: str


class Help(msgspec.Struct, frozen=True):
    """Say what can be typed."""


class Quit(msgspec.Struct, frozen=True):
    """End the play here."""


Wish = Next | GoOn | Until | ShowLayers | ShowMessages | ShowSteps | Do | ExpectSeen | Write | Help | Quit


class CommandWord(msgspec.Struct, frozen=True):
    """A word of the prompt."""

    takes: str
    """What may stand behind it; in brackets what need not."""
    about: str
    make: Callable[[str], Wish]


def _count(text: str, most: int) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) <= most:
        raise BadCommand(f"{quoted(text)} is no number from 1 to {most}")
    return int(text)


def _needed(text: str, what: str) -> str:
    if not text:
        raise BadCommand(f"{what} is missing")
    return text


def _alone(wish: Wish) -> Callable[[str], Wish]:
    def make(rest: str) -> Wish:
        if rest:
            raise BadCommand(f"nothing stands behind this word, not {quoted(rest)}")
        return wish

    return make


WORDS: Mapping[str, CommandWord] = {
    "next": CommandWord(
        "[N]", "play the next step, or N; Enter does it too", lambda text: Next(_count(text or "1", 10_000))
    ),
    "continue": CommandWord("", "play to the next break, or to the end", _alone(GoOn())),
    "until": CommandWord(
        "BREAK",
        "play to a step (7), a line (:42) or a clause (X2)",
        lambda text: Until(_needed(text, "a step, a line or a clause")),
    ),
    "look": CommandWord(
        "[HUB]", "all three layers of a hub, or of all", lambda text: ShowLayers(text or None)
    ),
    "messages": CommandWord(
        "[N]", "the last events", lambda text: ShowMessages(_count(text or "12", MOST_MESSAGES))
    ),
    "steps": CommandWord("", "the steps before and behind this place", _alone(ShowSteps())),
    "write": CommandWord(
        "FILE",
        "write what was done as a scenario",
        lambda text: Write(_needed(text, "the name of a file")),
    ),
    "help": CommandWord("", "this", _alone(Help())),
    "quit": CommandWord("", "end the play here", _alone(Quit())),
}
"""The words of the prompt. Each can be cut to its first letters, as long as it is the only one."""

SHORT_FORMS = {
    "as": "as PERSON ACTION [fields]",
    "bench": "bench HUB HAND [fields]",
    "fault": "fault FAULT [fields]",
    "clock": "clock MOVE",
    "expect": "expect HUB [fields]",
    "never": "never HUB for: TIME, fields",
    "order": "order [events]",
}
"""How each kind of step is typed; an expectation of a hub without fields takes down what is seen."""


def parse_command(line: str, vocabulary: Vocabulary) -> Wish:
    """Return what a line asks for. Raises `BadCommand`."""
    if len(line) > MAX_LINE_CHARS:
        raise BadCommand(f"the line has more than {MAX_LINE_CHARS} characters, more than anything here takes")
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
        raise BadCommand(f"{quoted(word)} is no word here and begins no step; {OTHER_LEADS[word.lower()]}")
    fitting = [known for known in WORDS if known.startswith(word.lower())]
    if word.lower() in WORDS:
        fitting = [word.lower()]
    if word == "?":
        fitting = ["help"]
    if len(fitting) == 1:
        return WORDS[fitting[0]].make(rest)
    hint = f"{' or '.join(fitting)}?" if fitting else did_you_mean(word, [*WORDS, *LEADS])
    raise BadCommand(
        f"{quoted(word)} is no word here and begins no step; {hint or 'help says what there is'}"
    )


def _step(lead: str, rest: str, vocabulary: Vocabulary) -> Wish:
    """Return the wish for a step that was typed without brackets."""
    match lead:
        case "as" | "bench":
            who, word, fields = _two(rest, SHORT_FORMS[lead])
            verb = "sees" if lead == "as" and word in vocabulary.queries else "do"
            return Do(_flow([(lead, who), (verb, word)], fields))
        case "clock":
            return Do(_flow([("clock", _needed(rest, "a move such as +3 d"))], ""))
        case "order":
            return Do(f"{{order: {_needed(rest, 'a list of events')}}}")
        case _:
            who, _, fields = _needed(rest, SHORT_FORMS[lead]).partition(" ")
            if lead == "expect" and not fields.strip():
                return ExpectSeen(who.rstrip(","))
            return Do(_flow([(lead, who)], fields))


def _two(rest: str, form: str) -> tuple[str, str, str]:
    parts = rest.split(maxsplit=2)
    if len(parts) < 2:  # noqa: PLR2004 (who, and what)
        raise BadCommand(f"something is missing: {form}")
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 (and the fields)


def _flow(leads: list[tuple[str, str]], fields: str) -> str:
    said = ", ".join(f"{key}: {value.rstrip(',')}" for key, value in leads)
    rest = fields.strip().lstrip(",").strip()
    return f"{{{said}, {rest}}}" if rest else f"{{{said}}}"


def refused_as(text: str, name: str) -> str:
    """Return a step in flow style that expects this refusal as well."""
    return f"{text.rstrip().removesuffix('}').rstrip().rstrip(',')}, refused: {name}}}"
