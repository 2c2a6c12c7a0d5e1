"""The timer queue, against a plain list of keys and instants."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hubsim_contract.timer_queue import _FEW, TimerQueue, earliest

KEYS = st.integers(0, 9)
INSTANTS = st.integers(0, 6)


class TimerQueueAgainstAList(RuleBasedStateMachine):
    """After any sequence of puts and drops the queue equals a list in the order of the puts."""

    def __init__(self) -> None:
        super().__init__()
        self.timers: TimerQueue[int] = TimerQueue()
        self.plain: list[tuple[int, int]] = []

    @rule(key=KEYS, at_ms=INSTANTS)
    def put(self, key: int, at_ms: int) -> None:
        self.timers.put(key, at_ms)
        if (key, at_ms) not in self.plain:
            self.plain = [*(each for each in self.plain if each[0] != key), (key, at_ms)]

    @rule(key=KEYS)
    def drop(self, key: int) -> None:
        self.timers.drop(key)
        self.plain = [each for each in self.plain if each[0] != key]

    @invariant()
    def earliest_is_the_smallest_instant(self) -> None:
        assert self.timers.earliest() == min((at_ms for _, at_ms in self.plain), default=None)

    @invariant()
    def keys_are_in_the_order_in_which_they_were_put(self) -> None:
        for instant in range(7):
            assert list(self.timers.keys_at(instant)) == [key for key, at in self.plain if at == instant]

    @invariant()
    def each_key_is_due_when_it_was_put(self) -> None:
        for key in range(10):
            assert self.timers.due(key) == dict(self.plain).get(key)
        assert len(self.timers) == len(self.plain)


TestTimerQueueAgainstAList = TimerQueueAgainstAList.TestCase
TestTimerQueueAgainstAList.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@given(st.lists(st.tuples(KEYS, INSTANTS), max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_queues_with_the_same_keys_at_the_same_instants_are_equal(
    entries: list[tuple[int, int]], draw: Random
) -> None:
    wanted = dict(entries)
    shuffled = list(wanted.items())
    draw.shuffle(shuffled)
    one, other = TimerQueue[int](), TimerQueue[int]()

    for key, at_ms in entries:
        one.put(key, at_ms)
    for key, at_ms in shuffled:
        other.put(key, at_ms)

    assert one == other


def test_different_queues_are_not_equal() -> None:
    one, other = TimerQueue[str](), TimerQueue[str]()
    one.put("a", 1)
    other.put("a", 2)

    assert one != other
    assert one != {"a": 1}


def test_keys_that_are_postponed_many_times_leave_no_entries() -> None:
    timers = TimerQueue[str]()

    for at_ms in range(10_000):
        timers.put("alarm", at_ms)

    assert len(timers._instants) <= _FEW + 3
    assert timers.earliest() == 9_999


def test_the_earliest_of_some_instants_ignores_none() -> None:
    assert earliest() is None
    assert earliest(None, None) is None
    assert earliest(None, 7, 3, None) == 3
    assert earliest(0, 5) == 0
