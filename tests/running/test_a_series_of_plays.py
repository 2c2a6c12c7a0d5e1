"""A series hands out jobs and reports plays in order. With fail-fast it ends at the first failure."""

from small_scenarios import FAILS, HOLDS, scenario, several, verdicts

from hubsim_scenarios.play.launch import Played, play_virtual
from hubsim_scenarios.running.schedule import Series, jobs_of


def played(series: Series, place: int) -> Played:
    play_job = series.play_jobs[place]
    return play_virtual(play_job.scenario, play_job.seed)


def test_each_scenario_is_played_under_all_seeds_before_the_next() -> None:
    play_jobs = jobs_of(several(2), 7, repeat=2)

    assert [(play_job.scenario.file, play_job.seed) for play_job in play_jobs] == [
        ("0.yaml", 7),
        ("0.yaml", 8),
        ("1.yaml", 7),
        ("1.yaml", 8),
    ]


def test_plays_are_reported_in_order_however_they_finish() -> None:
    reported: list[Played] = []
    series = Series(jobs_of(several(3), 1), reported.append)
    places = [series.take(), series.take(), series.take()]

    series.finish(2, played(series, 2))
    early = verdicts(reported)
    series.finish(0, played(series, 0))
    series.finish(1, played(series, 1))

    assert places == [0, 1, 2]
    assert series.take() is None
    assert early == []
    assert verdicts(reported) == ["0.yaml 1 pass", "1.yaml 1 pass", "2.yaml 1 pass"]


def test_with_fail_fast_the_first_failure_in_order_is_the_last_reported_play() -> None:
    texts = [HOLDS, FAILS, HOLDS, HOLDS]
    scenarios = [scenario(text, f"{number}.yaml") for number, text in enumerate(texts)]
    series = Series(jobs_of(scenarios, 1), lambda _: None, fail_fast=True)
    for _ in range(3):
        series.take()

    series.finish(2, played(series, 2))
    series.finish(1, played(series, 1))
    after = series.take()
    series.finish(0, played(series, 0))

    assert after is None
    assert verdicts(series.reported) == ["0.yaml 1 pass", "1.yaml 1 fail"]
    assert series.unplayed == 2
