"""A cloud that is killed while it works: every command that it answered is in the database."""

from pathlib import Path

import pytest
from killed_program import lines_until_killed

from hubsim_cloud.service.store import Store

CLOUD = """
import asyncio, pathlib, sys
from hubsim_cloud.domain.commands import SignUp
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.rows import Key
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Store
from hubsim_contract.core import Now
from hubsim_contract.wire.topics import Topics

class Clock:
    def now(self):
        return Now(1_768_464_000_000, 1_768_464_000_000)

class NullWatcher:
    def record(self, *_): pass
    def kept(self, *_): pass
    def complain(self, *_): pass
    def judged(self, *_): pass
    def served(self): pass

async def sign_up(service, name):
    number = 0
    while True:
        number += 1
        email = f"{name}{number}@example.test"
        key = Key("anonymous", email, email)
        done = await service.submit(Actor(None), SignUp(email=email, name="Olga"), key=key)
        print(email, done.outcome.result["person"], flush=True)

async def main():
    store = await Store.open(pathlib.Path(sys.argv[1]))
    engine = CloudEngine(CloudSettings(), Topics())
    service = CloudService(engine, store, Clock(), lambda _: None, NullWatcher())
    serving = asyncio.create_task(service.run())
    await asyncio.gather(serving, *(sign_up(service, name) for name in "abcdefgh"))

asyncio.run(main())
"""


def answered_until_killed(path: Path, answers: int) -> list[tuple[str, str]]:
    """Kill a cloud after a number of answers; return the (address, person) of all its answers."""
    lines = [line.split() for line in lines_until_killed(CLOUD, path, answers)]
    return [(email, person) for email, person in lines]


@pytest.mark.process
@pytest.mark.parametrize("answers", [1, 100, 1_000])
async def test_the_answered_commands_of_a_killed_cloud_are_in_its_database(
    tmp_path: Path, answers: int
) -> None:
    path = tmp_path / "cloud.db"

    answered = answered_until_killed(path, answers)

    store = await Store.open(path)
    facts = (await store.load()).facts
    kept = await store.kept([("anonymous", email) for email, _ in answered])
    await store.close()
    written = {fact.email: fact.person for fact in facts}  # type: ignore[union-attr]
    assert len(answered) >= answers
    assert {email: written[email] for email, _ in answered} == dict(answered)
    assert {name[1]: answer.result["person"] for name, answer in kept.items()} == dict(answered)
