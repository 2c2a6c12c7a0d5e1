"""Fixtures of PRO Desktop and the PRO app: one server and one browser, a world for each test."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from pro_desk import Desk, LabWorld, running_browser, running_server

Opens = Callable[..., Desk]


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with running_browser(tmp_path_factory.mktemp("home")) as chromium:
        yield chromium


@pytest.fixture
def language() -> str:
    return "en"


@pytest.fixture
def world(server_url: str, request: pytest.FixtureRequest) -> Iterator[LabWorld]:
    """A world made of the file in the constant `WORLD` of the test's module."""
    running = LabWorld(server_url, request.module.WORLD)
    yield running
    running.close()


@pytest.fixture
def desk(browser: Browser, world: LabWorld, language: str) -> Iterator[Opens]:
    """Return a function that opens PRO Desktop as a person: `desk("olga")`."""
    desks: list[Desk] = []
    contexts = []

    def opens(person: str, **how: object) -> Desk:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        desks.append(Desk(context, world, language).opens(person, **how))
        return desks[-1]

    yield opens
    for context in contexts:
        context.close()
    assert [complaint for each in desks for complaint in each.complaints] == []
