"""Search and filter in lists: words in any order, without regard to case and accents."""

import pytest
from service_play import AJAX, AJAX_2, HUB, HUB_2, ServicePlay, slot

from hubsim_cloud.domain.commands import Activate, CreateObject, SendRequest
from hubsim_cloud.domain.queries import (
    DeviceList,
    Employees,
    Objects,
    Requests,
    ResellerDirectory,
    YourDealers,
    YourResellers,
)
from hubsim_cloud.domain.search import Search
from hubsim_cloud.domain.types import ConnectionState, EmployeeRole
from hubsim_contract.wire.messages import ServiceState


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True),
        ("lodz", True),
        ("ŁÓDŹ", True),
        ("piotrkowska LO", True),
        ("0000aa", True),
        ("łodz x", False),
        ("dzpio", False),
    ],
)
def test_every_word_must_be_in_one_of_the_texts(text: str, found: bool) -> None:
    assert Search(text).finds("Łódź, Piotrkowska 1", None, HUB) is found


def test_objects_are_found_by_name_hub_and_service() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.does(dealer, CreateObject(name="Dwór Łęczyca"))
    play.adds_hub(dealer, HUB_2)
    play.reports(HUB_2, (slot(AJAX_2),))
    play.does(dealer, Activate(hub=HUB_2))

    def names(**asked: object) -> list[tuple[str, int]]:
        view = play.sees(dealer, Objects(**asked))  # type: ignore[arg-type]  # its fields
        return [(row.name, len(row.hubs)) for row in view.objects]  # type: ignore[attr-defined]

    assert names() == [("Villa", 1), ("Dwór Łęczyca", 0), ("Villa", 1)]
    assert names(search="leczyca") == [("Dwór Łęczyca", 0)]
    assert names(search=HUB_2) == names(service=ServiceState.ACTIVE) == [("Villa", 1)]
    assert names(search="villa", service=ServiceState.EXPIRING) == []


def test_hubs_of_an_object_are_found_by_model_and_service() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub(slot(AJAX))
    place = play.hub().object
    assert place is not None

    def hubs(**asked: object) -> list[str]:
        view = play.sees(dealer, DeviceList(object=place, **asked))  # type: ignore[arg-type]  # its fields
        return [card.hub for card in view.hubs]  # type: ignore[attr-defined]

    assert hubs(search="hub-2") == hubs(service=ServiceState.ACTIVATION_REQUIRED) == [HUB]
    assert hubs(search="fire") == hubs(service=ServiceState.ACTIVE) == []


def test_people_and_companies_are_found_by_name() -> None:
    play = ServicePlay()
    dealer, reseller = play.dealer("olga"), play.reseller("northwatch")
    play.connected(dealer, reseller)
    assert reseller.account is not None
    play.does(play.dealer("marek"), SendRequest(reseller=reseller.account))
    play.employee(dealer, "ivan", EmployeeRole.INSTALLER)

    def count(actor: object, query: object, field: str) -> int:
        return len(getattr(play.sees(actor, query), field))  # type: ignore[arg-type]

    assert [count(dealer, Employees(search=text), "employees") for text in ("IVAN", "zoe")] == [1, 0]
    assert [
        count(dealer, ResellerDirectory(country="PL", search=text), "resellers") for text in ("north", "zoe")
    ] == [1, 0]
    assert [count(dealer, YourResellers(search=text), "resellers") for text in ("north", "zoe")] == [1, 0]
    assert [count(reseller, YourDealers(search=text), "dealers") for text in ("olga", "zoe")] == [1, 0]
    assert count(reseller, YourDealers(state=ConnectionState.APPROVED), "dealers") == 1
    assert count(reseller, YourDealers(state=ConnectionState.SUSPENDED), "dealers") == 0
    assert count(dealer, YourResellers(state=ConnectionState.REJECTED), "resellers") == 0
    assert [count(reseller, Requests(search=text), "requests") for text in ("marek", "olga")] == [1, 0]
