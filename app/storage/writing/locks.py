"""Advisory locks of a batch, taken in one order."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection

from app.domain.written_turn import Turn
from app.storage.writing.rows import (
    Arrival,
    Item,
    budget_keys,
    delivery_keys,
    key_row,
)
from app.storage.writing.statements import (
    Driver,
)


def lock_number(*parts: str) -> int:
    """A stable 64-bit number for PostgreSQL's advisory locks; two keys on one number only wait for each other."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def lock_items(driver: Driver, items: Iterable[Item]) -> None:
    """Everybody takes all their locks first and in one order, so nobody waits in a circle."""
    numbers: set[int] = set()
    for item in items:
        if isinstance(item, Arrival):
            numbers.add(lock_number(*key_row(item.message.key)))
        if isinstance(item, Turn):
            key = item.conversation.key
            numbers.add(lock_number(*key_row(key)))
            numbers.update(lock_number(*budget) for budget in budget_keys([item]))
        numbers.update(lock_number(*key) for key in delivery_keys([item]))
    driver.execute(_TAKE_LOCKS, (sorted(numbers),), prepare=True)


def take_locks(connection: Connection, numbers: Iterable[int]) -> None:
    """Take PostgreSQL's advisory locks of this transaction, lowest first."""
    connection.exec_driver_sql(_TAKE_LOCKS, (sorted(numbers),))


def try_lock(connection: Connection, number: int) -> bool:
    """Take one of PostgreSQL's advisory locks of this transaction, unless another has it."""
    return bool(connection.exec_driver_sql("SELECT pg_try_advisory_xact_lock(%s)", (number,)).scalar())


_TAKE_LOCKS = "SELECT count(pg_advisory_xact_lock(n)) FROM unnest(%s::bigint[]) AS n"
