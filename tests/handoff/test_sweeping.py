"""The desk is swept every few seconds; nobody is taken to be gone right after a start or a failure."""

from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest

from app.errors import NotFoundError, StorageUnavailableError
from handoff import sweeping
from handoff.sweeping import STEADY_ROUNDS, DeskSweeper
from tests.handoff.builders import MORNING
from tests.handoff.fakes import Clock


class Swept:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.away = False

    async def mark_present(self, agents: list[str], now: datetime) -> None:
        self.calls.append(f"present {','.join(agents)}")

    async def bring_back_unseen(self, now: datetime) -> int:
        return self._note("back")

    async def wake_due(self, now: datetime) -> int:
        return self._note("wake")

    async def escalate_late(self, now: datetime) -> int:
        return self._note("late")

    async def note_gone(self, now: datetime) -> tuple[str, ...]:
        self._note("gone")
        return ()

    async def release_left(self, now: datetime) -> int:
        return self._note("left")

    def _note(self, call: str) -> int:
        if self.away:
            raise StorageUnavailableError("away")
        self.calls.append(call)
        return 0


async def test_connected_agents_are_noted_now_and_then_and_nobody_is_gone_in_the_first_minute() -> None:
    store = Swept()
    sweeper = DeskSweeper(store, Clock(MORNING), lambda: {"qing", "lan"})

    for _ in range(STEADY_ROUNDS):
        await sweeper.sweep_once()
    before = list(store.calls)
    await sweeper.sweep_once()

    assert before.count("present lan,qing") == 2
    assert before.count("back") == before.count("wake") == before.count("late") == STEADY_ROUNDS
    assert not {"gone", "left"} & set(before)
    assert store.calls[-2:] == ["gone", "left"]


async def test_after_a_failure_pages_have_time_to_come_back_again(monkeypatch: Any) -> None:
    store, rounds = Swept(), 0
    sweeper = DeskSweeper(store, Clock(MORNING), lambda: ())

    async def next_round(_seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        store.away = rounds == STEADY_ROUNDS
        if rounds == STEADY_ROUNDS + 4:
            raise InterruptedError

    monkeypatch.setattr(sweeping.asyncio, "sleep", next_round)
    with suppress(InterruptedError):
        await sweeper.run()

    assert store.calls.count("back") == STEADY_ROUNDS + 3
    assert "left" not in store.calls


@pytest.mark.parametrize("error", [NotFoundError("gone"), RuntimeError("a fault of ours")])
async def test_what_fails_keeps_nothing_else_from_being_done(error: Exception) -> None:
    store, done = Swept(), []

    async def fail(now: datetime) -> None:
        raise error

    async def succeed(now: datetime) -> None:
        done.append(now)

    sweeper = DeskSweeper(store, Clock(MORNING), lambda: (), (fail, succeed))
    for _ in range(STEADY_ROUNDS + 2):
        await sweeper.sweep_once()

    assert len(done) == STEADY_ROUNDS + 2
    assert "left" not in store.calls


async def test_without_the_database_a_round_ends_at_once() -> None:
    store, done = Swept(), []
    store.away = True

    async def succeed(now: datetime) -> None:
        done.append(now)

    with pytest.raises(StorageUnavailableError):
        await DeskSweeper(store, Clock(MORNING), lambda: (), (succeed,)).sweep_once()
    assert done == []
