"""How commands open the database, and what they say in Chinese when it cannot be opened."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from app.commands import terminal
from app.errors import StorageUnavailableError
from app.settings import Settings

if TYPE_CHECKING:
    from app.storage.store import Store

T = TypeVar("T")


@contextmanager
def explain_trouble() -> Iterator[None]:
    """End the command with one Chinese sentence, the cure in it, when the database is in trouble."""
    try:
        yield
    except StorageUnavailableError as error:
        from app.storage.trouble import load_troubles

        troubles = load_troubles()
        terminal.exit_with_error(troubles.get(error.kind, troubles["unknown"]).chinese)


def read_settings(**given: object) -> Settings:
    """The settings, those given over the environment's; exits naming each variable that cannot be read."""
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic reads the types
    except ValidationError as error:
        wrong = [(".".join(map(str, each["loc"])).upper(), each["msg"]) for each in error.errors()]
        lines = "\n".join(f"  XIAOER_{name.removeprefix('XIAOER_')}：{why}" for name, why in wrong)
        terminal.exit_with_error(f"这些设置写错了：\n{lines}")


def run_with_store(work: "Callable[[Store], Awaitable[T]]") -> T:
    """Open the database of the settings, do the work and close it."""

    async def run_work() -> T:
        from app.storage.store import open_store

        store = await open_store(settings.effective_database_url)
        try:
            return await work(store)
        finally:
            await store.close()

    settings = read_settings()
    with explain_trouble():
        return asyncio.run(run_work())
