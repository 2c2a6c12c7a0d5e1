"""The layout of scenario files: it changes their form but not their meaning."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hubsim_scenarios.language.errors import Place
from hubsim_scenarios.language.fragments import FragmentFile
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.layout.layout import CannotFormat, format_scenario
from hubsim_scenarios.layout.writer import WIDTH
from hubsim_scenarios.product.files import CATALOG, find
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language

FILES = find([CATALOG], fragments=True)
ANYWHERE = Path("x.yaml")
HEAD = """\
scenario: A small one
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, ivan]
  companies:
    wolf: {owner: olga, country: PL, dealer: yes, employees: {ivan: installer}}
  hubs:
    villa: {model: hub-2, company: wolf, object: house, links: [ethernet]}
steps:
"""


def formatted(text: str, file: Path = ANYWHERE) -> str:
    return format_scenario(text, language(), FragmentFolders(file))


def steps(*lines: str) -> str:
    """Return the formatted steps of a small scenario."""
    result = formatted(HEAD + "".join(f"{line}\n" for line in lines))
    assert result.startswith(HEAD)
    return result.removeprefix(HEAD)


def meaning(text: str, file: Path = ANYWHERE) -> list[Scenario | FragmentFile]:
    """Return the content of a file without places: all cases of a scenario, or a fragment."""
    found = language().cases("x.yaml", text, FragmentFolders(file))
    content: list[Scenario | FragmentFile] = [*found.scenarios]
    if file.parent.name == "fragments":
        content = [language().fragments.alone("x.yaml", text)]
    assert content, found.mistakes
    return [
        replace(one, steps=tuple(replace(step, place=Place(1, 1), source="") for step in one.steps))
        for one in content
    ]


@pytest.mark.parametrize("file", FILES[::6], ids=lambda file: file.name[:3])
def test_formatting_a_formatted_file_changes_nothing(file: Path) -> None:
    once = formatted(file.read_text(encoding="utf-8"), file)

    assert formatted(once, file) == once


def disturbed(text: str, chance: random.Random) -> str:
    """Return the text with comments and blank lines inserted where YAML allows them."""
    lines = []
    for number, line in enumerate(text.splitlines()):
        inside = not re.match(r"(  )?( - |\w|  [\w-]+:)", line)
        draw = chance.random()
        if draw < 0.15 and not inside:
            lines += [
                "",
                f"{' ' * (len(line) - len(line.lstrip()))}# above {number}: it's {{so}}, [and] 'so'",
            ]
        if draw > 0.9 and line.endswith(("}", "]")) and "#" not in line:
            lines.append(f"{line}   # after {number}")
        else:
            lines.append(line)
    return "\n".join([*lines, "# the end", ""])


@settings(max_examples=30, deadline=None)
@given(file=st.sampled_from(FILES), seed=st.integers(0, 2**32))
def test_formatting_preserves_all_comments_and_the_meaning(file: Path, seed: int) -> None:
    text = disturbed(file.read_text(encoding="utf-8"), random.Random(seed))  # noqa: S311 (no secret)

    result = formatted(text, file)

    assert sorted(re.findall(r"# (?:above|after|the end).*", result)) == sorted(
        re.findall(r"# (?:above|after|the end).*", text)
    )
    assert meaning(result, file) == meaning(text, file)
    assert formatted(result, file) == result


@pytest.mark.parametrize(
    ("written", "result"),
    [
        (
            "  - {note: Why, hub: villa, refused: not_active, do: stop_now, as: ivan, app: pro_app}",
            "  - {as: ivan, app: pro_app, do: stop_now, hub: villa, refused: not_active, note: Why}\n",
        ),
        (
            "  - {within: 3 s, star: off, tile: none, expect: villa}",
            "  - {expect: villa, star: off, tile: none, within: 3 s}\n",
        ),
        ("  -   { clock :   +3 d }", "  - {clock: +3 d}\n"),
        ("  - {clock: '+3 d', note: \"Three days\"}", "  - {clock: +3 d, note: Three days}\n"),
        ('  - {clock: +3 d, note: "One, two: three"}', '  - {clock: +3 d, note: "One, two: three"}\n'),
        ("  - {clock: +3 d,\n     note: Apart}", "  - {clock: +3 d,\n     note: Apart}\n"),
        ("  - clock: +3 d\n    note: A block, as it was", "  - clock: +3 d\n    note: A block, as it was\n"),
        (
            "  - note: A heading\n    within: 3 s\n    expect: villa\n    star: off",
            "  - note: A heading\n    expect: villa\n    star: off\n    within: 3 s\n",
        ),
        (
            "  - {clock: +3 d}   # three days\n  # and then\n\n\n  - {clock: +4 d}",
            "  - {clock: +3 d}  # three days\n  # and then\n\n  - {clock: +4 d}\n",
        ),
        (
            "  - {clock: +3 d, # why\n     note: x}  # after",
            "  # after\n  - clock: +3 d  # why\n    note: x\n",
        ),
        (
            "  - clock: +3 d\n    # about the note\n    note: >-\n        two\n        lines",
            "  - clock: +3 d\n    # about the note\n    note: >-\n      two\n      lines\n",
        ),
        ("- {clock: +3 d}\n- {clock: +4 d}", "  - {clock: +3 d}\n  - {clock: +4 d}\n"),
    ],
)
def test_steps_are_formatted(written: str, result: str) -> None:
    assert steps(written) == result


def test_a_step_that_does_not_fit_in_a_line_becomes_a_block() -> None:
    long = ", ".join(f"{word}: on" for word in ("star", "powered", "mains", "lid_open", "online", "armed"))

    result = steps(f"  - {{expect: villa, {long}, app: {{star: on}}, note: {'so ' * 20}on}}")

    assert result.startswith("  - expect: villa\n    star: on\n    powered: on\n")
    assert "    app: {star: on}\n" in result


def test_quotes_with_a_meaning_are_kept() -> None:
    quoted = "  - {as: ivan, sees: company_history, shows: {rows: [{by: '@ivan', details: {name: 'null'}}]}}"

    assert steps(quoted) == quoted + "\n"


def test_numbers_and_flags_keep_their_quotes() -> None:
    quoted = "  - {as: olga, do: create_object, name: '0012', note: 'yes'}"

    assert steps(quoted) == quoted + "\n"


def test_the_parts_of_a_file_have_a_fixed_order() -> None:
    clock = "# about the clock\nclock: 2026-01-15 09:00 Europe/Warsaw\n"
    world = HEAD[HEAD.index("world:") :]

    result = formatted(f"{clock}{world}  - {{clock: +1 s}}\nscenario: Last\n")

    assert result.startswith(f"scenario: Last\n{clock}world:")


def test_each_thing_of_the_world_is_on_a_separate_line() -> None:
    result = formatted(
        HEAD.replace("  companies:\n    wolf", "  companies: {wolf").replace("installer}}", "installer}}}")
        + "  - {clock: +1 s}\n"
    )

    assert result.startswith(HEAD)


def test_a_comment_below_the_last_thing_of_a_section_remains_in_it() -> None:
    below = "    # no shed: it has no SIM\nsteps:"

    result = formatted(HEAD.replace("steps:", below) + "  - {clock: +1 s}\n    # the end\n# the very end\n")

    assert result == HEAD.replace("steps:", below) + "  - {clock: +1 s}\n  # the end\n# the very end\n"


def test_windows_line_ends_become_unix_line_ends() -> None:
    assert "\r" not in formatted((HEAD + "  - {clock: +1 s}\n").replace("\n", "\r\n"))


def test_a_modeline_remains_the_first_line() -> None:
    line = "# yaml-language-server: $schema=scenario.schema.json\n"

    assert formatted(f"{line}{HEAD}  - {{clock: +1 s}}\n").startswith(f"{line}scenario: ")


def test_a_file_with_mistakes_is_not_formatted() -> None:
    with pytest.raises(CannotFormat) as refused:
        formatted(HEAD + "  - {clok: +1 s}\n")

    assert refused.value.reason == "it has mistakes; `hubsim validate` lists them"


def test_long_prose_is_folded_without_a_change_of_its_text() -> None:
    about = "Words " * 40 + "end."

    result = formatted(HEAD.replace("clock:", f"about: {about}\nclock:") + "  - {clock: +1 s}\n")

    assert "about: >-\n  Words" in result
    assert max(map(len, result.splitlines())) <= WIDTH
    outcome = language().read("x", result)
    assert isinstance(outcome, Scenario)
    assert outcome.about == about


def test_a_matrix_is_formatted() -> None:
    matrix = "matrix: {villa.model: [hub-2,  hub-2-plus]}  # both\n"

    result = formatted(HEAD.replace("steps:", f"{matrix}steps:") + "  - {clock: +1 s}\n")

    assert "matrix: {villa.model: [hub-2, hub-2-plus]}  # both\nsteps:" in result
