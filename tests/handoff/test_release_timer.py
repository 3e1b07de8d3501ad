"""One task waits for the next time of all, and one round lets everything leave that has come by then."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from handoff.release_timer import ReleaseTimer


def present() -> datetime:
    return datetime.now(UTC)


def later(seconds: float) -> datetime:
    return present() + timedelta(seconds=seconds)


async def wait_while(goes_on: Callable[[], bool]) -> None:
    """Twenty seconds at most."""
    for _ in range(2000):
        if not goes_on():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not end")


class Rounds:
    """Rounds that take a while, and how many went on at once."""

    def __init__(self) -> None:
        self.at: list[datetime] = []
        self.together = 0
        self.most = 0

    async def release(self) -> None:
        self.at.append(present())
        self.together += 1
        self.most = max(self.most, self.together)
        await asyncio.sleep(0.05)
        self.together -= 1


async def test_many_of_one_moment_are_one_round() -> None:
    rounds, at = Rounds(), later(0.05)
    timer = ReleaseTimer(rounds.release, present)
    for _ in range(50):
        timer.note(at)
    await wait_while(lambda: not rounds.at or rounds.together)
    await asyncio.sleep(0.2)

    assert (len(rounds.at), rounds.at[0] >= at) == (1, True)


async def test_an_earlier_time_is_not_kept_waiting_and_no_two_rounds_go_on_at_once() -> None:
    rounds = Rounds()
    timer = ReleaseTimer(rounds.release, present)
    timer.note(later(600))
    await asyncio.sleep(0.01)
    early = later(0.05)
    for more in range(4):  # some come while a round goes on
        timer.note(early + timedelta(milliseconds=20 * more))
    await wait_while(lambda: not rounds.at or rounds.at[-1] < early + timedelta(milliseconds=60) or rounds.together)

    assert (rounds.most, early <= rounds.at[0]) == (1, True)


async def test_after_a_rest_it_waits_again() -> None:
    rounds = Rounds()
    timer = ReleaseTimer(rounds.release, present)
    timer.note(later(0.01))
    await wait_while(lambda: not rounds.at or bool(rounds.together))
    timer.note(later(0.01))
    await wait_while(lambda: len(rounds.at) < 2)
