"""The comparison of patterns with seen values."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from small_world import HEAD, scenario, step, step_mistakes

from hubsim_scenarios.language.matching import match
from hubsim_scenarios.language.patterns import Matching, Pattern
from hubsim_scenarios.language.steps import Expect, PersonSees
from hubsim_scenarios.language.wording import PLAIN

IDS = {"wolf": "company-7", "front-door": "0A1B2C3D"}


def pattern(text: str) -> Pattern:
    found = step(f"{{as: ivan, sees: your_resellers, shows: {text}}}")
    assert isinstance(found, PersonSees)
    assert found.shows is not None
    return found.shows


def compared(text: str, seen: object) -> str:
    """Return the mismatch as text, or '' when the pattern matches."""
    mismatch = match(pattern(text), seen, IDS.__getitem__)
    return str(mismatch) if mismatch else ""


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("approved", "approved"),
        ("on", True),
        ("no", False),
        ("NO", "NO"),
        ("5", 5),
        ("5", "5"),
        ("'5'", "5"),
        ("null", None),
        ("'@wolf'", "company-7"),
        ("{a: 1}", {"a": 1, "b": 2}),
        ("[1, 2]", [1, 2]),
        ("[1, 2]", (1, 2)),
        ("[]", []),
        ("{has: [2, 1]}", [1, 3, 2]),
        ("{has: [{a: 1}]}", [{"a": 2}, {"a": 1, "b": 0}]),
        ("{count: 2}", ["a", "b"]),
        ("{count: 1}", {"a": 1}),
        ("{has: [a], count: 2}", ["b", "a"]),
        ("{not: pending}", "approved"),
        ("{not: {a: 1}}", {"a": 2}),
        ("{not: null}", 0),
        ("{not: {has: [x]}}", ["y"]),
        ("{empty: yes}", []),
        ("{empty: yes}", None),
        ("{empty: yes}", ""),
        ("{empty: no}", ["a"]),
        ("{empty: no}", False),
        (
            "{rows: [{status: approved}, {status: {not: approved}}]}",
            {"rows": [{"status": "approved"}, {"status": "x"}]},
        ),
    ],
)
def test_a_pattern_matches(text: str, seen: object) -> None:
    assert compared(text, seen) == ""


@pytest.mark.parametrize(
    ("text", "seen", "mismatch"),
    [
        (
            "{rows: [{status: approved}]}",
            {"rows": [{"status": "pending"}]},
            "shows.rows[0].status: expected 'approved', saw 'pending'",
        ),
        ("on", False, "shows: expected 'on', saw off"),
        ("on", "off", "shows: expected 'on', saw 'off'"),
        ("'5'", 5, "shows: expected '5', saw 5"),
        ("1", True, "shows: expected '1', saw on"),
        ("null", "null", "shows: expected null, saw 'null'"),
        ("text", None, "shows: expected 'text', saw null"),
        ("'@wolf'", "company-8", "shows: expected the id of wolf, saw 'company-8'"),
        ("{a: 1}", [1], "shows: expected {a: '1'}, saw [1]"),
        (
            "{stauts: x}",
            {"status": "x"},
            "shows.stauts: expected 'x', saw no such field (did you mean 'status'?)",
        ),
        ("{a: {not: x}}", {}, "shows.a: expected not 'x', saw no such field"),
        ("[1]", [1, 2], "shows: expected 1 item ['1'], saw 2 items [1, 2]"),
        ("[1, 2]", [2, 1], "shows[0]: expected '1', saw 2"),
        ("{has: [a, b]}", ["a"], "shows: expected a list with 'a', 'b', saw ['a']"),
        ("{has: [a]}", "a", "shows: expected a list with 'a', saw 'a'"),
        ("{count: 2}", [], "shows: expected 2 items, saw []"),
        ("{has: [a], count: 2}", ["a"], "shows: expected 2 items, saw ['a']"),
        ("{not: a}", "a", "shows: expected not 'a', saw 'a'"),
        ("{empty: yes}", [0], "shows: expected nothing, saw [0]"),
        ("{empty: no}", {}, "shows: expected something, saw {}"),
    ],
)
def test_a_mismatch_has_its_path_and_both_values(text: str, seen: object, mismatch: str) -> None:
    assert compared(text, seen) == mismatch


def test_a_set_of_channels_compares_in_any_order_and_a_list_of_icons_does_not() -> None:
    found = step("{expect: front-door, channels: [wifi, ethernet], icons: [mains, star]}")
    assert isinstance(found, Expect)
    expected = Matching(found.fields)

    fits = match(expected, {"channels": ["ethernet", "wifi"], "icons": ["mains", "star"]}, str)
    turned = match(expected, {"channels": ["ethernet", "wifi"], "icons": ["star", "mains"]}, str, "hub")
    other = match(expected, {"channels": ["ethernet", "ethernet"], "icons": []}, str, "hub")

    assert fits is None
    assert str(turned) == "hub.icons[0]: expected 'mains', saw 'star'"
    assert str(other) == (
        "hub.channels: expected ['wifi', 'ethernet'] in any order, saw ['ethernet', 'ethernet']"
    )


def test_a_typed_flag_matches_only_a_flag() -> None:
    found = step("{expect: front-door, star: on}")
    assert isinstance(found, Expect)

    assert match(Matching(found.fields), {"star": True}, str) is None
    assert match(Matching(found.fields), {"star": "on"}, str) is not None
    assert match(Matching(found.fields), {"star": 1}, str) is not None


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        (
            "{expect: front-door, tile: {not: activatd}}",
            "1:38: 'activatd' is not a tile; did you mean 'activated'?",
        ),
        ("{expect: front-door, tile: {has: [activated]}}", "1:38: 'has' is for lists only; a tile"),
        ("{expect: front-door, channels: ethernet}", "1:36: a list in any order (each item: a channel"),
        ("{expect: front-door, star: [on]}", "1:32: on or off is expected here, not a list"),
        ("{expect: front-door, channels: {count: some}}", "1:44: 'some' is not a whole number of at least 0"),
        ("{expect: front-door, channels: {has: wifi}}", "1:42: a list is expected here, not a word"),
        ("{expect: front-door, icons: {empty: perhaps}}", "1:41: 'perhaps' is not on or off"),
        (
            "{as: ivan, sees: your_resellers, shows: {has: [a], b: c}}",
            "1:56: 'b' cannot be combined with the pattern word 'has'",
        ),
        (
            "{as: ivan, sees: your_resellers, shows: '@wolv'}",
            "1:45: no thing is called 'wolv'; did you mean 'wolf'?",
        ),
        ("{order: [{count: 2}]}", "1:14: an event is a mapping of its fields"),
        ("{order: [sent]}", "1:14: a mapping of event fields is expected here, not a word"),
        ("{order: []}", "1:5: an order step needs at least one event"),
    ],
)
def test_an_impossible_pattern_is_refused_when_the_file_is_read(line: str, mistake: str) -> None:
    found = step_mistakes(line)

    assert len(found) == 1
    assert found[0].startswith(mistake)


BUILTINS = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.sampled_from(["a", "on", "5", "", "no name"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from("abc"), inner, min_size=1, max_size=3
        )  # {} is a mistake in a pattern
    ),
    max_leaves=8,
)


@given(BUILTINS)
def test_a_value_matches_the_pattern_with_the_same_content(seen: object) -> None:
    text = yaml.safe_dump(seen, default_flow_style=True, width=10_000).removesuffix("...\n").strip()
    same = pattern(text)

    assert match(same, seen, IDS.__getitem__) is None
    assert PLAIN.pattern(same)


def test_a_file_without_patterns_is_read() -> None:
    assert scenario(HEAD + "  - {clock: +1 s}\n").steps
