"""The histories of hubs and companies for a bench, and the rules of the contract."""

import pytest
from lab_play import HUB, OTHER, Json, LabWorld
from lab_server import Server

from hubsim_contract.wire.rules import FAMILY_IDS, RULE_IDS

pytestmark = pytest.mark.live


def kinds(shown: Json) -> list[str]:
    return [row["fact"] for row in shown["rows"]]


async def test_a_hub_keeps_its_history_when_another_company_gets_it(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    await dealer.send("DELETE", f"/hubs/{HUB}")
    anna = await world.owner("anna")
    created = await anna.send("POST", "/objects", {"name": "Cellar"})
    await anna.send("POST", f"/objects/{created['object']}/hubs", {"hub": HUB, "model": "hub-2-plus"})

    shown = await world.get(f"/hubs/{HUB}/history")

    assert [kind for kind in kinds(shown) if kind in ("hub_added", "hub_removed")] == [
        "hub_added",
        "hub_removed",
        "hub_added",
    ]
    assert shown["rows"] == sorted(shown["rows"], key=lambda row: row["at_ms"])


async def test_a_deleted_company_has_a_history(world: LabWorld) -> None:
    olga = await world.owner("olga")
    await olga.send("DELETE", "/company")

    shown = await world.get(f"/companies/{olga.company}/history")

    assert kinds(shown)[0] == "company_created"
    assert kinds(shown)[-1] == "company_deleted"


async def test_a_history_continues_on_the_next_page(world: LabWorld) -> None:
    dealer = await world.dealer_with_hub()
    whole = await world.get(f"/companies/{dealer.company}/history")

    first = await world.get(f"/companies/{dealer.company}/history?limit=2")
    page = first["next_page"]
    second = await world.get(f"/companies/{dealer.company}/history?limit=200&page={page}")

    assert len(first["rows"]) == 2
    assert first["rows"] + second["rows"] == whole["rows"]
    assert second["next_page"] is None


async def test_hubs_and_companies_that_never_existed_have_no_history(world: LabWorld) -> None:
    hub = await world.refused("GET", f"/hubs/{OTHER}/history")
    malformed = await world.refused("GET", "/hubs/door/history")
    company = await world.refused("GET", "/companies/company-99/history")

    assert [status for status, _, _ in (hub, malformed, company)] == [404, 422, 404]
    assert [name for _, name, _ in (hub, malformed, company)] == [
        "hub_not_found",
        "invalid_hub_id",
        "company_not_found",
    ]


async def test_each_rule_of_the_contract_has_its_text(world: LabWorld) -> None:
    shown = await world.get("/rules")

    assert {rule["id"] for rule in shown["rules"]} == RULE_IDS
    assert {family["id"] for family in shown["families"]} == FAMILY_IDS
    assert all(rule["text"] and rule["reason"] for rule in shown["rules"])


async def test_the_rules_are_polish_for_a_client_that_prefers_polish(server: Server) -> None:
    answer = await server.client.get("/lab/rules", headers={"Accept-Language": "pl"})

    texts = {rule["id"]: rule["text"] for rule in answer.json()["rules"]}
    assert texts["MQ-7.qos"] == "Każda wiadomość ma QoS 1."
    assert (answer.headers["content-language"], answer.headers["vary"]) == ("pl", "Accept-Language")
