"""A table makes a scenario from each row, and parameters give the steps of each case their values."""

import msgspec
import pytest
from small_scenarios import HOLDS

from hubsim_scenarios.language.fragments import Source
from hubsim_scenarios.language.language import ScenarioFile
from hubsim_scenarios.language.steps import Expect, PersonStep, Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language

TABLE_LINE = HOLDS.splitlines().index("steps:") + 1


def found(table: str, led: str = "green", *, matrix: str = "") -> ScenarioFile:
    head = (f"matrix: {matrix}\n" if matrix else "") + f"table: {table}\nsteps:\n"
    text = HOLDS.replace("led: green}", f"led: {led}}}").replace("steps:\n", head)
    return language().cases("x.yaml", text)


def cases(table: str, led: str = "green", *, matrix: str = "") -> tuple[Scenario, ...]:
    read = found(table, led, matrix=matrix)
    assert read.mistakes == (), "\n".join(map(str, read.mistakes))
    return read.scenarios


def mistakes(table: str, led: str = "green", *, matrix: str = "") -> list[str]:
    read = found(table, led, matrix=matrix)
    assert read.scenarios == ()
    return [
        f"{each.line - TABLE_LINE}:{each.text}" + (f"; {each.hint}" if each.hint else "")
        for each in read.mistakes
    ]


def test_each_row_is_a_case() -> None:
    first, second = cases("[{model: hub-2, links: [ethernet]}, {model: hub-2-plus, links: []}]")

    assert first.title.endswith("[model=hub-2, links=ethernet]")
    assert second.case == {"model": "hub-2-plus", "links": "none"}
    assert second.world.hubs["villa"].links == ()


def test_the_name_of_a_row_stands_for_its_values() -> None:
    first, second = cases("[{case: a cable, links: [ethernet]}, {links: []}]")

    assert (first.title.partition(" [")[2], first.case) == ("case=a cable]", {"case": "a cable"})
    assert second.case == {"links": "none"}


def test_a_table_is_combined_with_a_matrix() -> None:
    read = cases(
        "[{case: near, villa.power: on}, {case: far, villa.power: off}]",
        matrix="{model: [hub-2, hub-2-plus]}",
    )

    assert [each.case for each in read] == [
        {"case": "near", "model": "hub-2"},
        {"case": "far", "model": "hub-2"},
        {"case": "near", "model": "hub-2-plus"},
        {"case": "far", "model": "hub-2-plus"},
    ]


def test_a_parameter_gives_each_case_its_value() -> None:
    read = cases("[{$led: green}, {$led: red}]", "$led")

    plays = [play_virtual(each).result for each in read]

    assert [play.verdict for play in plays] == [Verdict.PASS, Verdict.FAIL]
    assert [each.case["$led"] for each in read] == ["green", "red"]


def test_a_matrix_has_parameters_too() -> None:
    text = HOLDS.replace("steps:\n", "matrix: {$led: [green, red]}\nsteps:\n").replace(
        "led: green", "led: $led"
    )

    read = language().cases("x.yaml", text).scenarios

    assert [play_virtual(each).result.verdict for each in read] == [Verdict.PASS, Verdict.FAIL]


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("$what", "activate", "{as: ivan, do: $what, hub: villa}"),
        ("$who", "ivan", "{as: $who, do: activate, hub: villa}"),
        ("$wait", "90 s", "{expect: villa, led: green, within: $wait}"),
        ("$why", "not_active", "{as: ivan, do: stop_now, hub: villa, refused: $why}"),
        ("$seen", "{led: green, star: off}", "{expect: villa, shows: $seen}"),
        ("$time", "+3 d", "{clock: $time}"),
        ("$name", "Garage", "{as: ivan, do: create_object, name: $name}"),
        ("$fault", "drop", "{fault: $fault, message: orders, hub: villa}"),
    ],
)
def test_a_parameter_can_be_any_value_of_a_step(name: str, value: str, line: str) -> None:
    steps = HOLDS.partition("steps:\n")[0] + f"table: [{{{name}: {value}}}]\nsteps:\n  - {line}\n"
    written = language().cases("x.yaml", steps)
    plain = language().cases(
        "x.yaml", steps.replace(f"table: [{{{name}: {value}}}]\n", "").replace(name, value)
    )

    assert written.mistakes == ()
    assert _content(written.scenarios[0]) == _content(plain.scenarios[0])


def _content(case: Scenario) -> dict[str, object]:
    fields = msgspec.structs.asdict(case.steps[0])
    return {key: value for key, value in fields.items() if key not in ("source", "place")}


def test_one_step_shows_the_parameter_and_plays_the_value() -> None:
    (case,) = cases("[{$led: green}]", "$led")

    step = case.steps[-1]
    assert isinstance(step, Expect)
    assert "led: $led" in step.source
    assert isinstance(case.steps[0], PersonStep)


@pytest.mark.parametrize(
    ("table", "led", "expected"),
    [
        (
            "{model: hub-2}",
            "green",
            ["0:a list of rows, each a mapping from a place to its value, is expected here, not a mapping"],
        ),
        (
            "[]",
            "green",
            ["0:a list of rows, each a mapping from a place to its value, is expected here, not a list"],
        ),
        ("[hub-2]", "green", ["0:a mapping from a place to its value is expected here, not a word"]),
        ("[{model: hub-9}]", "green", ["0:'hub-9' is not a hub model; did you mean 'hub-2'?"]),
        (
            "[{case: only a name}]",
            "green",
            ["0:a row of a table needs at least one value in addition to its name"],
        ),
        (
            "[{model: hub-2, links: []}, {model: hub-2}]",
            "green",
            ["0:the row needs 'links', as the first row has it"],
        ),
        (
            "[{model: hub-2}, {model: hub, modell: hub}]",
            "green",
            ["0:the first row has no 'modell'; all rows have the same keys; did you mean 'model'?"],
        ),
        ("[{model: hub-2}, {model: hub-2}]", "green", ["0:an earlier row has the same values"]),
        ("[{case: a, model: hub}, {case: a, model: hub-2}]", "green", ["0:an earlier row is also named 'a'"]),
        ("[{$led: green}]", "green", ["0:no step uses the parameter $led"]),
        ("[{$led: gren}]", "$led", ["0:'gren' is not a led colour; did you mean 'green'?"]),
        (
            "[{$Led: green}]",
            "green",
            [
                (
                    "0:'$Led' cannot be the name of a parameter; "
                    "use small letters, digits, - and _ after $, and begin with a letter"
                )
            ],
        ),
        (
            "[{$led: green}]",
            "$leds",
            [
                "0:no step uses the parameter $led",
                (
                    "3:no step before keeps a value as 'leds', and no parameter has this name; "
                    "did you mean '$led'?"
                ),
            ],
        ),
    ],
)
def test_a_wrong_table_is_a_mistake(table: str, led: str, expected: list[str]) -> None:
    assert mistakes(table, led) == expected


def test_a_value_that_does_not_fit_is_reported_once_with_its_place_in_the_table() -> None:
    assert mistakes("[{model: hub, $led: blu}, {model: hub-2, $led: blu}]", "$led") == [
        "0:'blu' is not a led colour; use one of: green, off, red, white"
    ]


def test_a_table_and_a_matrix_do_not_fill_the_same_place() -> None:
    (only,) = mistakes("[{model: hub-2}]", matrix="{model: [hub]}")

    assert only.endswith("the axis 'model' fills the same place as the axis 'model'")


def test_a_table_has_a_limit() -> None:
    rows = ", ".join(f"{{carrier.cut_delay_ms: {second} s}}" for second in range(201))

    assert mistakes(f"[{rows}]") == ["0:the table has 201 cases; at most 200 are allowed"]


def test_more_cases_than_can_be_enumerated_are_refused_at_once() -> None:
    axes = ", ".join(f"$p{number}: [{', '.join(map(str, range(100)))}]" for number in range(12))

    found = mistakes("[{model: hub-2}]", matrix=f"{{{axes}}}")

    assert found == ["0:the matrix has 1000000000000000000000000 cases; at most 200 are allowed"]


def test_values_that_make_the_steps_too_large_are_refused() -> None:
    many = ", ".join(["wifi"] * 5000)
    rows = ", ".join(f"{{$c: [{many}, x{number}]}}" for number in range(5))
    step = "  - {expect: villa, channels: $c}\n"
    text = HOLDS.partition("steps:\n")[0] + f"table: [{rows}]\nsteps:\n" + step * 50

    (only,) = language().cases("x.yaml", text).mistakes

    assert "make the steps too large" in only.text


def test_the_name_of_a_value_of_a_fragment_cannot_be_a_parameter() -> None:
    class OneFragment:
        def find(self, name: str) -> Source | None:
            keeps = "{expect: shed, battery_percent: {keep: full}}"
            text = f"fragment: F\nworld: {{hubs: {{shed: {{model: hub}}}}}}\nsteps:\n  - {keeps}\n"
            return Source(f"fragments/{name}.yaml", text.encode())

        def names(self) -> list[str]:
            return ["f"]

    used = HOLDS.replace("world:", "begin: f\nworld:").replace("led: green}", "battery_percent: $full}")
    clash = used.replace("steps:\n", "table: [{$full: 100}]\nsteps:\n")

    assert language().cases("x.yaml", used, OneFragment()).mistakes == ()
    (only,) = language().cases("x.yaml", clash, OneFragment()).mistakes
    assert only.text == "a fragment keeps a value as $full; rename the parameter"
