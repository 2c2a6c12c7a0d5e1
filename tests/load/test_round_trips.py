"""Round trips of documents: each hub reports the newest version, and every document has one fate."""

from hypothesis import given
from hypothesis import strategies as st

from hubsim_server.load.round_trips import RoundTrips

HUB = "0000AA01"
STEPS = st.lists(
    st.tuples(st.sampled_from(["next", "publish", "report"]), st.sampled_from("AB"), st.integers(0, 9))
)


def test_the_round_trip_ends_with_the_report_of_the_version() -> None:
    trips = RoundTrips()
    trips.published(HUB, 7, 10.0)
    trips.reported(HUB, 6, 11.0)
    before = trips.unanswered

    trips.reported(HUB, 7, 12.0)

    assert (before, trips.unanswered, trips.completed) == (1, 0, 1)
    longest_s = trips.durations.percentile_s(100)
    assert longest_s is not None
    assert 2 <= longest_s <= 2.05


def test_a_replaced_document_is_superseded_and_its_successor_measured() -> None:
    trips = RoundTrips()
    trips.published(HUB, 1, 0.0)
    trips.published(HUB, 2, 5.0)

    trips.reported(HUB, 2, 6.0)

    assert (trips.sent, trips.completed, trips.superseded, trips.unanswered) == (2, 1, 1, 0)
    longest_s = trips.durations.percentile_s(100)
    assert longest_s is not None
    assert longest_s < 1.05


def test_the_observed_copy_of_an_own_document_is_not_counted_again() -> None:
    trips = RoundTrips()
    trips.published(HUB, 1, 0.0)
    trips.published(HUB, 1, 0.1)
    trips.reported(HUB, 1, 0.2)
    trips.published(HUB, 1, 0.3)

    assert (trips.sent, trips.superseded, trips.unanswered) == (1, 0, 0)


@given(steps=STEPS)
def test_every_document_is_completed_superseded_or_unanswered(steps: list[tuple[str, str, int]]) -> None:
    trips = RoundTrips()
    for number, (what, hub, version) in enumerate(steps):
        if what == "report":
            trips.reported(hub, version, number)
        else:
            trips.published(hub, trips.next_version(hub) if what == "next" else version, number)

        assert trips.sent == trips.completed + trips.superseded + trips.unanswered
        assert len(trips.durations) == trips.completed


@given(steps=STEPS)
def test_the_next_version_is_newer_than_all_before(steps: list[tuple[str, str, int]]) -> None:
    trips, highest = RoundTrips(), 0
    for number, (what, hub, version) in enumerate(steps):
        if hub == "A":
            highest = max(highest, version)
        if what == "report":
            trips.reported(hub, version, number)
        else:
            trips.published(hub, version, number)

    assert trips.next_version("A") == highest + 1
