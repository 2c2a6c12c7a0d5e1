"""The operator over HTTP: sends builds of PRO Desktop, and reads all invoices."""

from pathlib import Path

from api_world import HUB, NINE_MS, Api, served

from hubsim_cloud.http.problems import REFUSAL_STATUS


async def invoiced(api: Api) -> None:
    """Let three months pass in which a Dealer has one running service."""
    olga = await api.dealer_with_hub()
    await olga.do("POST", f"/hubs/{HUB}/activation", {})
    api.world.clock.hold()
    api.world.clock.move_to(NINE_MS + 90 * 86_400_000)


async def test_the_operator_reads_all_invoices_page_by_page_and_people_do_not(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        await invoiced(api)
        sam = await api.owner("sam")

        first = await api.operator.get("/operator/invoices?limit=2")
        second = await api.operator.get(f"/operator/invoices?limit=2&page={first['next_page']}")
        refused = [await who.refused("GET", "/operator/invoices") for who in (sam, api.anonymous)]

    months = [row["month"] for row in (*first["invoices"], *second["invoices"])]
    assert len(months) == len(set(months)) == 3
    assert months == sorted(months, reverse=True)
    assert {row["total_cents"] for row in first["invoices"]} == {500}
    assert second["next_page"] is None
    assert refused == ["not_permitted", "not_signed_in"]


async def test_only_the_operator_sends_a_build(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        sam = await api.owner("sam")
        body = {"email": "sam@example.com"}

        refused = await sam.refused("POST", "/operator/desktop-builds", body)
        await api.operator.do("POST", "/operator/desktop-builds", body)
        mails = (await sam.get("/mailbox"))["mails"]

    assert refused == "not_permitted"
    assert [(mail["kind"], mail["company"]) for mail in mails] == [("desktop_build", None)]


async def test_the_pop_up_is_a_query_that_changes_nothing(tmp_path: Path) -> None:
    async with served(tmp_path / "cloud.db") as api:
        olga = await api.dealer_with_hub()
        path = f"/hubs/{HUB}/confirmation"

        opened = await olga.get(f"{path}?action=activate")
        too_early = await olga.refused("GET", f"{path}?action=resume")
        unknown = await olga.refused("GET", f"{path}?action=pause")
        before = await olga.get(f"/hubs/{HUB}")
        await olga.do("POST", f"/hubs/{HUB}/activation", {})
        again = await olga.refused("GET", f"{path}?action=activate")

    assert opened["confirm"] == {"en": "Activate", "pl": "Aktywuj"}
    assert before["tile"] == "activation_required"
    assert (too_early, unknown, again) == ("not_expiring", "invalid_request", "already_active")
    assert REFUSAL_STATUS["has_uninvoiced_month"] == 409
