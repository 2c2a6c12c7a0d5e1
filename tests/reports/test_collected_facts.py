"""The facts that are collected during a play."""

from datetime import UTC, datetime

from reported import ACTIVATED, BEGAN_AT, PASSING, played, scenario

from hubsim_scenarios.play.collector import Collector
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.play import StepDone, Watched


def test_every_step_has_the_real_time_since_the_start_of_the_play() -> None:
    notes = played(*PASSING).notes

    assert notes.began_at == BEGAN_AT
    assert notes.opened_s == 0.5
    assert notes.steps_s == (1.0, 1.5, 2.0, 2.5, 3.0)
    assert notes.took_s == 3.5


def test_the_hubs_are_collected_as_they_were_before_the_first_step() -> None:
    notes = played(*PASSING).notes

    assert notes.opening["villa"]["app"]["tile"] == "activation_required"


def test_collecting_does_not_change_the_trace() -> None:
    plain = play_virtual(scenario(*PASSING))

    assert played(*PASSING).trace.lines() == plain.trace.lines()


def test_other_callbacks_are_called_too() -> None:
    steps: list[StepDone] = []
    opened: list[int] = []
    collector = Collector(Watched(steps.append, lambda at_ms, _: opened.append(at_ms)))

    play_virtual(scenario(ACTIVATED), watched=collector.watched(record=False))

    assert [done.number for done in steps] == [1]
    assert len(opened) == 1


def test_a_play_begins_now_unless_an_instant_is_given() -> None:
    before = datetime.now(UTC)

    notes = Collector().notes()

    assert notes.began_at is not None
    assert before <= notes.began_at <= datetime.now(UTC)
