"""The exported orders of arrival: the newest message counts in every order, by numbers alone."""

from collections import defaultdict
from collections.abc import Iterator
from math import factorial
from typing import Any

from exported import rows

from hubsim_contract.wire.rules import RULE_IDS

VECTORS = rows("order")
Json = dict[str, Any]


def test_the_state_at_the_end_is_the_same_for_every_order_of_a_set() -> None:
    ends = defaultdict(list)
    for vector in VECTORS:
        end = {name: value for name, value in vector["arrivals"][-1]["after"].items() if name != "answers"}
        ends[vector["name"]].append(end)

    assert all(end == same[0] for same in ends.values() for end in same)
    assert any(len(same) == factorial(len(VECTORS[0]["arrivals"])) for same in ends.values())


def test_every_rule_of_a_vector_is_a_rule() -> None:
    assert {rule for vector in VECTORS for rule in vector["rules"]} <= RULE_IDS


def test_the_cloud_keeps_the_highest_numbers_of_what_has_arrived() -> None:
    for vector in of("cloud"):
        seen: list[Json] = []
        for arrival in vector["arrivals"]:
            seen.append(arrival["message"])
            after = arrival["after"]

            presences = [each for each in seen if each.get("connection")]
            newest = max((pair(each, "connection") for each in presences), default=[0, 0])
            reports = [pair(each, "sequence") for each in seen if "sequence" in each]
            assert after["connection"] == newest
            assert after["online"] == (bool(presences) and not any(gone(each, newest) for each in presences))
            assert after["report"] == max(reports, default=None)
            assert after["events"] == sorted(
                [boot, number]
                for boot, number in {tuple(pair(each, "number")) for each in seen if "kind" in each}
            )


def test_a_message_counts_exactly_if_it_changes_the_state() -> None:
    for vector in of("cloud"):
        before = {"online": False, "connection": [0, 0], "report": None, "events": []}
        for arrival in vector["arrivals"]:
            assert arrival["counts"] == (arrival["after"] != before)
            before = arrival["after"]


def test_the_carrier_executes_the_highest_sequence_and_answers_every_order() -> None:
    for vector in of("carrier"):
        highest: Json = {"sequence": 0}
        for arrival in vector["arrivals"]:
            order, answers = arrival["message"], arrival["after"]["answers"]

            assert arrival["counts"] == (order["sequence"] > highest["sequence"])
            highest = max(highest, order, key=lambda each: each["sequence"])
            assert arrival["after"]["profile"] == highest["profile"]
            assert [answers[-1]["sequence"], answers[-1]["stage"]] == [highest["sequence"], "executed"]
            superseded = [answer["sequence"] for answer in answers if answer["stage"] == "superseded"]
            assert superseded == ([order["sequence"]] if order["sequence"] < highest["sequence"] else [])


def of(receiver: str) -> Iterator[Json]:
    found = [vector for vector in VECTORS if vector["receiver"] == receiver]
    assert found
    yield from found


def pair(message: Json, name: str) -> list[int]:
    return [message["boot"], message[name]]


def gone(message: Json, newest: list[int]) -> bool:
    """Whether this is the presence that ends the newest connection."""
    return message.get("online") is False and pair(message, "connection") == newest
