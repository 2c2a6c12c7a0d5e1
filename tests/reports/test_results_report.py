"""The results as JSON, and their schema."""

import json
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from reported import FAILING, PASSING, one_of_each, played, run, skipped

from hubsim_scenarios.product.guide import CLAUSES
from hubsim_scenarios.reports.results import Results, results_json, results_schema


def report(*records: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(results_json(list(records), run()))
    return read


def test_the_results_match_their_schema() -> None:
    schema = jsonschema_rs.validator_for(json.loads(results_schema()))

    schema.validate(report(*one_of_each()))


@pytest.mark.parametrize(
    ("field", "value"), [("verdict", "perhaps"), ("seed", "one"), ("steps", None), ("took_s", "long")]
)
def test_the_schema_refuses_invalid_results(field: str, value: object) -> None:
    schema = jsonschema_rs.validator_for(json.loads(results_schema()))
    wrong = report(played(*PASSING))
    wrong["plays"][0][field] = value

    with pytest.raises(jsonschema_rs.ValidationError):
        schema.validate(wrong)


def test_results_are_the_same_after_reading_and_writing() -> None:
    written = results_json(one_of_each(), run())

    read = msgspec.json.decode(written, type=Results)

    assert msgspec.json.encode(read) + b"\n" == written


def test_the_run_has_versions_seed_world_and_real_time() -> None:
    facts = report(played(*PASSING))["run"]

    assert (facts["hubsim"], facts["seed"], facts["world"], facts["took_s"]) == (
        "9.9.9",
        1,
        "virtual",
        12.346,
    )
    assert facts["began_at"] == "2026-11-23T10:15:30Z"
    assert facts["python"]
    assert facts["platform"]


def test_a_play_has_its_steps_with_snapshots_and_both_times() -> None:
    (play,) = report(played(*PASSING))["plays"]

    first, second, *_ = play["steps"]
    assert play["verdict"] == "pass"
    assert (first["refused"], second["told"]) == ("not_active", "Ivan activates the services")
    assert (first["line"], first["after_s"]) == (15, 1.0)
    assert play["steps"][3]["hubs"]["villa"]["app"]["tile"] == "activated"
    assert play["opening"]["villa"]["app"]["tile"] == "activation_required"
    assert play["world_ended_ms"] - play["world_began_ms"] == 2 * 3_600_000
    assert play["again"] == "hubsim run --virtual --seed 1 folder/short.yaml"


def test_a_failed_play_has_its_step_its_reason_and_the_state_at_the_end() -> None:
    (play,) = report(played(*FAILING))["plays"]

    assert play["reason"] == "villa: shows.led: expected 'red', saw 'green'"
    assert (play["failed"]["line"], play["failed"]["step"]) == (16, "{expect: villa, led: red}")
    assert play["aftermath"]["looks"]["villa"]["shows"]["led"] == "green"
    assert any(line.split() == ["expected", "'red'"] for line in play["explanation"])
    assert (len(play["steps"]), play["steps_in_file"]) == (1, 3)


def test_a_skipped_play_has_no_real_times() -> None:
    (play,) = report(skipped())["plays"]

    assert (play["verdict"], play["began_at"], play["took_s"], play["steps"]) == ("skipped", None, 0.0, [])


def test_verdicts_are_counted_and_every_clause_of_the_guide_is_there() -> None:
    written = report(*one_of_each())

    assert written["counts"] == {"pass": 1, "fail": 1, "blocked": 1, "skipped": 1}
    assert [clause["clause"] for clause in written["guide"]] == list(CLAUSES)
    a7 = next(clause for clause in written["guide"] if clause["clause"] == "A7")
    c1 = next(clause for clause in written["guide"] if clause["clause"] == "C1")
    assert (a7["status"], a7["holds"]) == ("failed", False)
    assert [play["verdict"] for play in a7["plays"]] == ["pass", "fail", "blocked", "skipped"]
    assert (c1["status"], c1["holds"], c1["plays"]) == ("not_covered", None, [])
