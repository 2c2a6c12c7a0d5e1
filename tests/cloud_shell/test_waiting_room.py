"""The waiting room of password hashes: the order of turns, full rooms, and visitors who leave."""

import asyncio

import pytest

from hubsim_cloud.service.sign_in_limits import Visitor
from hubsim_cloud.service.waiting_room import ACCOUNT_PLACES, TooBusy, WaitingRoom


class Crowd:
    """Visitors of a room with one turn at a time, and the order in which they have it."""

    def __init__(self, places: int = 100) -> None:
        self.room = WaitingRoom(1, places)
        self.served: list[str] = []
        self.refused: list[str] = []
        self._go_on = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def arrive(self, account: str, address: str = "a", *, known: bool = False) -> asyncio.Task[None]:
        task = asyncio.create_task(self._visit(account, Visitor(account, address), known=known))
        self.tasks.append(task)
        await asyncio.sleep(0)
        return task

    async def _visit(self, name: str, visitor: Visitor, *, known: bool) -> None:
        try:
            async with self.room.turn(visitor, known=known):
                self.served.append(name)
                await self._go_on.wait()
        except TooBusy:
            self.refused.append(name)

    async def all_served(self) -> list[str]:
        self._go_on.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        return self.served


async def test_turns_go_round_addresses_and_accounts() -> None:
    crowd = Crowd()
    await crowd.arrive("first")
    for account in ("a1", "a1", "a2", "a3"):
        await crowd.arrive(account, "a")
    await crowd.arrive("b1", "b")

    assert await crowd.all_served() == ["first", "a1", "b1", "a2", "a3", "a1"]


async def test_known_visitors_have_three_of_four_turns() -> None:
    crowd = Crowd()
    await crowd.arrive("first")
    for number in range(2):
        await crowd.arrive(f"stranger{number}")
    for number in range(5):
        await crowd.arrive(f"known{number}", known=True)

    assert await crowd.all_served() == [
        *("first", "known0", "known1", "known2", "stranger0"),
        *("known3", "known4", "stranger1"),
    ]


async def test_an_account_has_few_places() -> None:
    crowd = Crowd()
    await crowd.arrive("first")
    for _ in range(ACCOUNT_PLACES + 2):
        await crowd.arrive("olga")

    await crowd.all_served()

    assert crowd.refused == ["olga"] * 2


async def test_in_a_full_room_a_smaller_share_takes_a_place_of_the_largest() -> None:
    crowd = Crowd(places=6)
    await crowd.arrive("first")
    for number in range(6):
        await crowd.arrive(f"guess{number}", "crowded")
    await crowd.arrive("guess6", "crowded")
    await crowd.arrive("olga", "elsewhere")

    served = await crowd.all_served()

    assert "olga" in served
    assert crowd.refused == ["guess6", "guess0"]


async def test_in_a_full_room_a_known_visitor_takes_a_place_of_the_others() -> None:
    crowd = Crowd(places=3)
    await crowd.arrive("first")
    for number in range(3):
        await crowd.arrive(f"guess{number}")
    await crowd.arrive("olga", known=True)

    served = await crowd.all_served()

    assert served[1] == "olga"
    assert len(crowd.refused) == 1


async def test_a_visitor_who_leaves_frees_the_place_and_no_turn_is_lost() -> None:
    crowd = Crowd(places=2)
    first = await crowd.arrive("first")
    second = await crowd.arrive("second")
    await crowd.arrive("third")

    second.cancel()
    await asyncio.sleep(0)
    await crowd.arrive("fourth", "b")
    first.cancel()

    assert await crowd.all_served() == ["first", "third", "fourth"]
    assert (crowd.room.waiting, crowd.refused) == (0, [])


async def test_a_turn_that_comes_when_its_visitor_leaves_goes_to_the_next() -> None:
    crowd = Crowd()
    first = await crowd.arrive("first")
    second = await crowd.arrive("second")
    await crowd.arrive("third")

    first.cancel()
    await asyncio.sleep(0)
    second.cancel()

    assert await crowd.all_served() in (["first", "third"], ["first", "second", "third"])
    async with asyncio.timeout(10), crowd.room.turn(Visitor("last", "a")):
        pass


async def test_more_turns_at_the_same_time_are_never_given() -> None:
    room, running, most = WaitingRoom(2, 100), 0, 0

    async def visit(number: int) -> None:
        nonlocal running, most
        async with room.turn(Visitor(str(number % 7), str(number % 3))):
            running += 1
            most = max(most, running)
            try:
                await asyncio.sleep(0)
            finally:
                running -= 1

    tasks = [asyncio.create_task(visit(number)) for number in range(60)]
    await asyncio.sleep(0)
    for task in tasks[::5]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert (most, running, room.waiting) == (2, 0, 0)


async def test_an_error_in_a_turn_gives_the_turn_back() -> None:
    room = WaitingRoom(1, 0)

    with pytest.raises(ValueError, match="broken"):
        async with room.turn(Visitor("a", "a")):
            raise ValueError("broken")

    async with room.turn(Visitor("a", "a")):
        pass
