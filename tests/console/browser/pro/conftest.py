"""Fixtures of PRO Desktop and the PRO app: a separate world for each test, and people at work in it."""

from collections.abc import Iterator
from typing import Any

import pytest
from console_tab import DemoServer
from playwright.sync_api import Browser
from pro_desk import Desk, LabWorld, Opens


@pytest.fixture
def language() -> str:
    return "en"


@pytest.fixture
def world(demo_server: DemoServer, request: pytest.FixtureRequest) -> Iterator[LabWorld]:
    """A world made of the file in the constant `WORLD` of the test's module."""
    made = LabWorld(demo_server, request.module.WORLD)
    yield made
    made.close()


@pytest.fixture
def desk(console_browser: Browser, world: LabWorld, language: str) -> Iterator[Opens]:
    """Each person has a separate browser. The test fails if a page complains."""
    desks: list[Desk] = []

    def opens(person: str, *, width: int = 1280, theme: str = "light", **how: Any) -> Desk:
        context = console_browser.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        desks.append(Desk(context, world, language, theme))
        return desks[-1].opens(person, **how)

    yield opens
    for each in desks:
        each.page.context.close()
    assert [complaint for each in desks for complaint in each.complaints] == []
