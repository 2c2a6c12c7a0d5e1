"""The pairing of the plays of two traces."""

from hubsim_scenarios.traces.matching import pairs
from hubsim_scenarios.traces.reader import RecordedPlay
from hubsim_scenarios.traces.records import PlayBegan


def play(file: str, *, seed: int = 1, title: str = "A hub", line: int = 1, **case: str) -> RecordedPlay:
    head = PlayBegan(
        at_ms=0,
        format=1,
        hubsim="9.9.9",
        scenario=title,
        file=file,
        case=case,
        seed=seed,
        world="virtual",
        zone="UTC",
    )
    return RecordedPlay(line=line, head=head, events=(), end=None)


def paired(first: list[RecordedPlay], second: list[RecordedPlay]) -> list[tuple[int | None, int | None]]:
    """Return the pairs by their indexes in both lists."""
    return [
        (None if one is None else first.index(one), None if other is None else second.index(other))
        for one, other in pairs(first, second)
    ]


def test_plays_in_another_order_are_paired() -> None:
    first = [play("a.yaml"), play("b.yaml"), play("c.yaml")]
    second = [play("c.yaml"), play("a.yaml"), play("b.yaml")]

    assert sorted(paired(first, second)) == [(0, 1), (1, 2), (2, 0)]


def test_the_same_title_in_two_files_is_two_scenarios() -> None:
    first, second = [play("a.yaml"), play("b.yaml")], [play("b.yaml"), play("a.yaml")]

    assert sorted(paired(first, second)) == [(0, 1), (1, 0)]


def test_cases_of_a_matrix_are_paired_by_their_values() -> None:
    first = [play("a.yaml", links="none"), play("a.yaml", links="wifi")]
    second = [play("a.yaml", links="wifi"), play("a.yaml", links="none")]

    assert sorted(paired(first, second)) == [(0, 1), (1, 0)]


def test_a_changed_title_does_not_matter() -> None:
    assert paired([play("a.yaml", title="Before")], [play("a.yaml", title="After")]) == [(0, 0)]


def test_plays_with_the_same_seed_are_paired_first() -> None:
    first, second = [play("a.yaml", seed=1), play("a.yaml", seed=2)], [play("a.yaml", seed=2)]

    assert paired(first, second) == [(1, 0), (0, None)]


def test_remaining_plays_are_paired_under_another_seed_folder_or_name() -> None:
    first = [play("x/a.yaml", seed=1), play("x/b.yaml", title="B"), play("old.yaml", title="Renamed")]
    second = [play("new.yaml", title="Renamed"), play("y/b.yaml", title="Bee"), play("x/a.yaml", seed=7)]

    assert sorted(paired(first, second)) == [(0, 2), (1, 1), (2, 0)]


def test_plays_with_equal_keys_are_paired_in_their_order() -> None:
    others = [play("b.yaml", title="B"), play("c.yaml", title="C")]
    first = [play("a.yaml", line=1), play("a.yaml", line=9), *others]
    second = [*others, play("a.yaml", line=21), play("a.yaml", line=29)]

    assert sorted(paired(first, second)) == [(0, 2), (1, 3), (2, 0), (3, 1)]


def test_plays_under_other_seeds_are_paired_in_their_order() -> None:
    first, second = (
        [play("a.yaml", seed=1), play("a.yaml", seed=2)],
        [play("a.yaml", seed=7), play("a.yaml", seed=8)],
    )

    assert paired(first, second) == [(0, 0), (1, 1)]


def test_a_play_without_a_partner_is_yielded_alone() -> None:
    first, second = [play("a.yaml", title="One")], [play("b.yaml", title="Other")]

    assert paired(first, second) == [(0, None), (None, 0)]
