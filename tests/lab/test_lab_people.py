"""The people of a world, and sessions by a click."""

import pytest
from lab_play import PASSWORD, LabWorld
from lab_server import Server

pytestmark = pytest.mark.live
IVAN = {"email": "ivan@example.com", "name": "ivan", "password": PASSWORD}
INSTALLER = {"email": "ivan@example.com", "role": "installer"}


async def signs_up(world: LabWorld, name: str) -> None:
    await world.send("POST", "/v1/accounts", {**IVAN, "email": f"{name}@example.com", "name": name})


async def test_people_are_listed_with_their_companies_and_roles(world: LabWorld) -> None:
    olga = await world.owner("olga")
    await signs_up(world, "ivan")
    await olga.send("POST", "/company/employees", INSTALLER)

    shown = await world.get("/people")

    assert [person["email"] for person in shown["people"]] == ["olga@example.com", "ivan@example.com"]
    personal, employed = shown["people"][1]["accounts"]
    assert (personal["account"], personal["role"]) == (None, None)
    assert (employed["account"], employed["role"], employed["joined"]) == (olga.company, "installer", False)
    assert shown["next_page"] is None


async def test_people_are_found_by_name_and_company(world: LabWorld) -> None:
    await world.owner("olga")
    await signs_up(world, "ivan")

    by_address = await world.get("/people?search=IVAN@")
    by_company = await world.get("/people?search=ltd+olga")
    nobody = await world.get("/people?search=zoe")

    found = [[person["name"] for person in shown["people"]] for shown in (by_address, by_company, nobody)]
    assert found == [["ivan"], ["olga"], []]


async def test_pages_of_people_continue(world: LabWorld) -> None:
    for name in ("olga", "ivan", "anna"):
        await signs_up(world, name)

    first = await world.get("/people?limit=2")
    second = await world.get(f"/people?limit=2&page={first['next_page']}")
    wrong = await world.refused("GET", f"/people?search=x&page={first['next_page']}")

    assert [person["name"] for person in first["people"] + second["people"]] == ["olga", "ivan", "anna"]
    assert wrong[1] == "bad_page_token"


async def test_a_click_signs_a_person_in_and_switches_to_the_company(world: LabWorld, server: Server) -> None:
    olga = await world.owner("olga")
    body = {"client": "pro_app", "company": olga.company}

    begun = await world.call("POST", "/lab/people/Olga@example.com/session", body)
    session = begun.json()
    shown = await world.send("GET", "/v1/session", token=session["token"])
    metrics = (await server.client.get("/worlds/" + world.name + "/metrics")).text

    assert begun.status_code == 201
    assert {name: session[name] for name in shown} == shown
    assert (shown["app"], shown["account"]) == ("pro_app", olga.company)
    assert 'sign_ins_total{outcome="accepted"} 2' in metrics


async def test_a_click_makes_an_invited_employee_join(world: LabWorld) -> None:
    olga = await world.owner("olga")
    await signs_up(world, "ivan")
    await olga.send("POST", "/company/employees", INSTALLER)

    await world.send("POST", "/lab/people/ivan@example.com/session", {"company": olga.company})

    (ivan,) = (await olga.send("GET", "/company/employees"))["employees"]
    assert ivan["joined"] is True


async def test_a_click_on_an_unknown_person_or_company_is_refused(world: LabWorld) -> None:
    olga = await world.owner("olga")
    await signs_up(world, "ivan")

    unknown = await world.refused("POST", "/people/zoe@example.com/session", {})
    elsewhere = await world.refused("POST", "/people/ivan@example.com/session", {"company": olga.company})
    no_client = await world.refused("POST", "/people/ivan@example.com/session", {"client": "browser"})

    shown = (await world.call("POST", "/lab/people/zoe@example.com/session", {})).json()

    assert unknown == (404, "not_on_bench", "no_such_person")
    assert shown["title"] == "Not found in the lab"
    assert elsewhere == (409, "lab_refused", "not_a_member")
    assert no_client[:2] == (422, "invalid_request")


async def test_a_click_works_while_attempts_with_passwords_are_refused(world: LabWorld) -> None:
    await signs_up(world, "ivan")
    guess = {"email": "ivan@example.com", "password": "wrong", "app": "pro_app"}
    while (await world.call("POST", "/v1/sessions", guess)).status_code != 429:
        pass

    begun = await world.call("POST", "/lab/people/ivan@example.com/session", {})

    assert begun.status_code == 201
