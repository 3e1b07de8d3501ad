"""The promises, kept under abuse: on SQLite with one process, and on a real PostgreSQL with two."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tests.abuse import scenarios
from tests.abuse.arena import Arena, arena
from tests.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def opened(request: pytest.FixtureRequest, kind: str, *shops: str) -> AsyncIterator[Arena]:
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    folder = factory.mktemp(f"abuse-{kind}")
    if kind == "sqlite":
        async with arena(folder, shops=shops) as alone:
            yield alone
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as database:
        async with arena(folder, database=database, processes=2, shops=shops) as pair:
            yield pair


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(request: pytest.FixtureRequest, kind: str) -> AsyncIterator[Arena]:
    async with opened(request, kind, "demo") as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def silences(request: pytest.FixtureRequest) -> AsyncIterator[dict[str, asyncio.Task[scenarios.Counted]]]:
    """Callbacks that are down for minutes, in arenas of their own: they last about as long as all the other tests."""
    shops = ("demo", scenarios.NEIGHBOUR)
    async with opened(request, "sqlite", *shops) as alone, opened(request, "postgres", *shops) as pair:
        chance = random.Random("silence")  # noqa: S311  # repeatable, not secret
        lasting = {
            name: asyncio.create_task(scenarios.callback_down(own, chance, 60))
            for name, own in (("sqlite", alone), ("postgres", pair))
        }
        yield lasting
        for each in lasting.values():
            each.cancel()
        await asyncio.wait(lasting.values())


@pytest.mark.parametrize(
    ("scenario", "messages"),
    [
        (scenarios.duplicates, 60),
        (scenarios.disorder, 20),
        (scenarios.forgeries, 20),
        (scenarios.bursts, 50),
        (scenarios.claims, 8),
        (scenarios.takeovers, 8),
        (scenarios.clock_jumps, 20),
        (scenarios.farewell, 40),
        (scenarios.locked, 5),
        (scenarios.gone_and_back, 10),
        (scenarios.kills, 800),
        (scenarios.disk_full, 60),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_under_abuse_every_promise_holds(place: Arena, scenario: scenarios.Scenario, messages: int) -> None:
    counted = await scenario(place, random.Random(scenario.__name__), messages)  # noqa: S311  # repeatable, not secret

    assert counted


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", ["sqlite", "postgres"])
async def test_a_callback_that_is_down_for_minutes_holds_up_nobody_else(
    silences: dict[str, asyncio.Task[scenarios.Counted]], name: str
) -> None:
    counted = await silences[name]

    assert counted
