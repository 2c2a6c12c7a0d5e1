"""The normative statements of MQTT 3.1.1 hold on each broker, as `docs/conformance.md` says."""

from collections.abc import AsyncIterator
from pathlib import Path
from traceback import format_exception

import pytest
from statements import STATEMENTS, Statement
from wire import Conversation

from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.mosquitto import MosquittoBroker

pytestmark = pytest.mark.live
PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
KINDS = {"embedded": EmbeddedBroker, "mosquitto": MosquittoBroker}
VIOLATED: dict[str, set[str]] = {"embedded": set(), "mosquitto": {"3.3.1-2", "3.3.5-1"}}
"""The statements that a broker violates, by their first number."""


def first(statement: Statement) -> str:
    return statement.ids.split(", ")[0]


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def kind_and_port(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, int]]:
    broker = KINDS[request.param]()
    await broker.start()
    yield request.param, broker.port
    await broker.crash()


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.ids)
async def test_the_statement_holds_as_the_page_states(
    kind_and_port: tuple[str, int], statement: Statement
) -> None:
    kind, port = kind_and_port
    talk = Conversation(port)

    violations: list[BaseException] = []
    try:
        await statement.check(talk)
    except (AssertionError, TimeoutError) as error:
        violations.append(error)
    talk.close()

    assert bool(violations) is (first(statement) in VIOLATED[kind]), "".join(
        line for error in violations for line in format_exception(error)
    )


def test_the_page_lists_every_statement_and_where_it_holds() -> None:
    rows = [
        f"| {statement.ids} | {statement.text} | "
        + " | ".join("no" if first(statement) in VIOLATED[kind] else "yes" for kind in KINDS)
        + " |"
        for statement in STATEMENTS
    ]

    page = PAGE.read_text(encoding="utf-8")

    assert [line for line in page.splitlines() if line.startswith(("| 1", "| 2", "| 3", "| 4"))] == rows
