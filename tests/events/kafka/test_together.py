"""What waits is done together, and each is told what became of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from helmlog_events.kafka.together import Interrupted, Together


class Doing:
    """Notes its groups; each waits until it is let go, and what is negative goes wrong: for all of
    its group below -10.
    """

    def __init__(self, *, most: int = 10, at_once: int = 1, moment: float = 0.0) -> None:
        self.together: Together[int] = Together(
            self._do,
            abs,
            apart=lambda error: int(str(error)) >= -10,
            most=most,
            at_once=at_once,
            moment=moment,
        )
        self.groups: list[list[int]] = []
        self.go = asyncio.Semaphore(0)

    async def _do(self, items: Sequence[int]) -> None:
        self.groups.append([*items])
        await self.go.acquire()
        if min(items) < 0:
            raise ValueError(min(items))

    def come(self, *items: int) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.together.do(item)) for item in items]

    async def under_way(self) -> list[list[int]]:
        """The groups so far, once nobody has anything to do but to wait."""
        for _ in range(20):
            await asyncio.sleep(0)
        return self.groups


async def test_who_comes_alone_is_done_at_once():
    doing = Doing()
    (task,) = doing.come(1)
    assert await doing.under_way() == [[1]]
    doing.go.release()
    await task


async def test_those_who_come_at_once_are_done_together_in_the_order_in_which_they_came():
    doing = Doing()
    tasks = doing.come(1, 2, 3)
    assert await doing.under_way() == [[1, 2, 3]]
    doing.go.release()
    await asyncio.gather(*tasks)


async def test_those_who_come_meanwhile_are_done_together_when_it_is_done():
    doing = Doing(at_once=2)
    tasks = doing.come(1)
    await doing.under_way()
    tasks += doing.come(2, 3)
    assert await doing.under_way() == [[1]]
    doing.go.release()
    assert await doing.under_way() == [[1], [2, 3]]
    doing.go.release()
    await asyncio.gather(*tasks)


async def test_those_who_were_done_come_to_the_next_group_if_they_come_in_a_moment():
    doing = Doing(moment=0.5)
    (first,) = doing.come(1)
    await doing.under_way()
    tasks = doing.come(2)
    await doing.under_way()
    doing.go.release()
    await first
    tasks += doing.come(3)
    doing.go.release()
    await asyncio.gather(*tasks)
    assert doing.groups == [[1], [2, 3]]


async def test_a_group_is_as_large_as_it_may_be_and_one_that_is_larger_by_itself_is_done_alone():
    doing = Doing(most=5)
    tasks = doing.come(2, 3, 4, 9, 1)
    for _ in range(4):
        await doing.under_way()
        doing.go.release()
    await asyncio.gather(*tasks)
    assert doing.groups == [[2, 3], [4], [9], [1]]


async def test_while_a_whole_group_waits_as_many_lead_at_once_as_may():
    doing = Doing(most=2, at_once=3)
    tasks = doing.come(1, 1, 1, 1, 1)
    assert await doing.under_way() == [[1, 1], [1, 1]]
    tasks += doing.come(1, 1)
    assert await doing.under_way() == [[1, 1]] * 3
    tasks += doing.come(1)
    assert await doing.under_way() == [[1, 1]] * 3
    for _ in range(4):
        doing.go.release()
    await asyncio.gather(*tasks)
    assert doing.groups == [[1, 1]] * 4


async def test_what_goes_wrong_is_raised_where_it_belongs():
    doing = Doing()
    tasks = doing.come(1, 2, -3)
    for _ in range(4):
        await doing.under_way()
        doing.go.release()
    await asyncio.gather(*tasks[:2])
    with pytest.raises(ValueError, match="-3"):
        await tasks[2]
    assert doing.groups == [[1, 2, -3], [1], [2], [-3]]


async def test_what_goes_wrong_for_all_is_told_to_all_and_not_tried_again():
    doing = Doing(most=20)
    tasks = doing.come(1, -12)
    await doing.under_way()
    doing.go.release()
    for task in tasks:
        with pytest.raises(ValueError, match="-12"):
            await task
    assert doing.groups == [[1, -12]]


async def test_when_the_one_who_leads_is_told_to_stop_the_others_try_again_and_the_rest_goes_on():
    doing = Doing()
    leader, other = doing.come(2, 3)
    assert await doing.under_way() == [[2, 3]]
    (late,) = doing.come(4)
    await doing.under_way()
    leader.cancel()
    assert await doing.under_way() == [[2, 3], [4]]
    with pytest.raises(asyncio.CancelledError):
        await leader
    with pytest.raises(Interrupted):
        await other
    doing.go.release()
    await late


async def test_who_gives_up_waiting_is_not_done_and_holds_nobody_back():
    doing = Doing()
    (first,) = doing.come(1)
    await doing.under_way()
    second, third = doing.come(2, 3)
    await doing.under_way()
    second.cancel()
    doing.go.release()
    assert await doing.under_way() == [[1], [3]]
    doing.go.release()
    await asyncio.gather(first, third)
    assert second.cancelled()
