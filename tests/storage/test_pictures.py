"""Pictures are kept whole, and go with their buyer and with time."""

from datetime import timedelta

from app.domain.picture import Picture
from app.storage.store import Store
from tests.storage.builders import KEY, NOW
from tests.storage.test_waiting import write

PICTURE = Picture("0" * 64, KEY, "t-1", "lan", "image/png", bytes(range(256)), NOW)


async def test_a_picture_is_kept_as_it_came(store: Store) -> None:
    await store.pictures.add(PICTURE)

    assert await store.pictures.get(PICTURE.id) == PICTURE
    assert await store.pictures.get("1" * 64) is None


async def test_it_goes_with_its_buyer(store: Store) -> None:
    await write(store, 0)
    await store.pictures.add(PICTURE)

    await store.erase_buyer("demo", "buyer-1")

    assert await store.pictures.get(PICTURE.id) is None


async def test_it_goes_with_time(store: Store) -> None:
    await store.pictures.add(PICTURE)

    await store.delete_expired(NOW + timedelta(days=1))

    assert await store.pictures.get(PICTURE.id) is None
