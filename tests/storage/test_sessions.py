"""Sessions and sign-in codes: kept by hash, prolonged, ended once, and deleted when they are long over."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from app.storage.store import Store
from handoff.sessions import BrowserCredential, CredentialKind
from tests.storage.builders import NOW

SESSION = BrowserCredential("hash", CredentialKind.SESSION, "token", NOW, NOW + timedelta(hours=12))


async def test_a_session_is_read_as_it_was_written_and_prolonged(store: Store) -> None:
    await store.add_credential(SESSION)
    later = NOW + timedelta(days=1)

    first = await store.find_credential("hash")
    await store.extend_credential("hash", later)

    assert first == SESSION
    assert await store.find_credential("hash") == replace(SESSION, expires_at=later)
    assert await store.find_credential("another") is None


async def test_of_many_who_end_it_at_once_one_did(store: Store) -> None:
    await store.add_credential(replace(SESSION, kind=CredentialKind.CODE))

    ended = await asyncio.gather(*(store.end_credential("hash", NOW) for _ in range(5)))

    assert sorted(ended) == [False] * 4 + [True]


async def test_what_is_long_over_is_deleted(store: Store) -> None:
    await store.add_credential(SESSION)
    await store.add_credential(replace(SESSION, secret_hash="newer", expires_at=NOW + timedelta(days=2)))

    await store.delete_expired(NOW + timedelta(days=1))

    assert await store.find_credential("hash") is None
    assert await store.find_credential("newer") is not None
