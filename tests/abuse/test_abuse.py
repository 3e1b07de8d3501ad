"""The promises, kept under abuse: on SQLite with one process, and on a real PostgreSQL with two."""

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.abuse import scenarios
from tests.abuse.arena import Arena, arena
from tests.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgres"])
async def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    folder = tmp_path_factory.mktemp(f"abuse-{request.param}")
    if request.param == "sqlite":
        async with arena(folder) as alone:
            yield alone
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as database:
        async with arena(folder, database=database, processes=2) as pair:
            yield pair


@pytest.mark.parametrize(
    ("scenario", "messages"),
    [
        (scenarios.duplicates, 60),
        (scenarios.disorder, 20),
        (scenarios.forgeries, 20),
        (scenarios.bursts, 50),
        (scenarios.claims, 8),
        (scenarios.takeovers, 8),
        (scenarios.callback_down, 40),
        (scenarios.clock_jumps, 20),
        (scenarios.farewell, 40),
        (scenarios.locked, 5),
        (scenarios.gone_and_back, 10),
        (scenarios.kills, 2000),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_under_abuse_every_promise_holds(place: Arena, scenario: scenarios.Scenario, messages: int) -> None:
    counted = await scenario(place, random.Random(scenario.__name__), messages)  # noqa: S311  # repeatable, not secret

    assert counted


async def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_kept(place: Arena) -> None:
    if place.database:
        return  # PostgreSQL's disk is another machine's: there, 503 is what `locked` and `gone_and_back` show

    counted = await scenarios.disk_full(place, random.Random(1), 60)  # noqa: S311  # repeatable, not secret

    assert counted
