"""The figures of a storm show commands that were lost, and those that took effect twice."""

from collections import Counter

from storm_disruptions import Figures
from storm_record import ComparableFact

ACTIVATED: ComparableFact = ("service_activated", "person-1", ("F0000001", "subscription-1", "company-1"))
STOPPED: ComparableFact = ("service_stopped", "person-1", ("F0000001",))


def test_a_missing_and_a_repeated_fact_are_counted() -> None:
    figures = Figures()

    figures.compare(Counter([ACTIVATED, STOPPED]), Counter([ACTIVATED, ACTIVATED]))

    assert (figures.acknowledged, figures.lost, figures.doubled) == (2, 1, 1)
    assert "2 commands acknowledged, 1 lost, 1 doubled" in str(figures)


def test_the_figures_of_several_brokers_are_added() -> None:
    figures = Figures()

    figures.compare(Counter([ACTIVATED]), Counter([ACTIVATED]))
    figures.compare(Counter([STOPPED]), Counter([STOPPED]))

    assert (figures.acknowledged, figures.lost, figures.doubled) == (2, 0, 0)
