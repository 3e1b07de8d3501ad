"""The live feed of one process: bounded listeners, and payloads that every database takes."""

from datetime import UTC, datetime

import pytest

from app.delivery.feed import (
    LONGEST_PAYLOAD,
    MOST_WAITING,
    RESYNC,
    LiveFeed,
    Notice,
    Subscription,
    decode_notices,
    encode_notices,
    pack_notices,
)
from app.domain.events import Event, MessageReceived, ShopLoaded
from app.domain.message import ConversationKey, Message, Sender

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def received(number: int, shop: str = "demo", conversation: str = "c-1") -> MessageReceived:
    key = ConversationKey(shop, "webhook", conversation)
    return MessageReceived(key=key, at=NOW, message=Message(f"m-{number}", key, Sender("b"), "在吗", NOW, NOW))


async def waiting(subscription: Subscription) -> list[Notice]:
    """What waits for the listener, which then ends."""
    subscription.close()
    return [notice async for notice in subscription]


async def test_a_listener_hears_what_happens_in_order() -> None:
    feed = LiveFeed()
    subscription = feed.subscribe()

    feed.after_commit((received(1), ShopLoaded(shop="demo", at=NOW, version="v2")))

    assert await waiting(subscription) == [
        Notice("message.received", "demo", "webhook", "c-1", "m-1"),
        Notice("shop.loaded", "demo", id="v2"),
    ]


async def test_a_listener_hears_of_its_own_shops_only_and_of_every_resync() -> None:
    feed = LiveFeed()
    subscription = feed.subscribe(frozenset({"demo"}))

    feed.after_commit((received(1, "other"),))
    feed.resync()
    feed.after_commit((received(2),))

    assert [notice.id for notice in await waiting(subscription)] == [RESYNC.id, "m-2"]


async def test_a_slow_listener_is_emptied_and_told_to_read_again() -> None:
    feed = LiveFeed()
    slow = feed.subscribe()

    feed.after_commit([received(number) for number in range(MOST_WAITING + 3)])

    assert [notice.id or notice.kind for notice in await waiting(slow)] == ["resync", "m-257", "m-258"]


async def test_closing_the_feed_ends_every_listener_and_those_that_come_later() -> None:
    feed = LiveFeed()
    early = feed.subscribe()

    feed.close()

    assert [notice async for notice in early] == []
    assert [notice async for notice in feed.subscribe()] == []
    assert not feed.has_listeners


async def test_a_listener_that_has_gone_is_forgotten() -> None:
    feed = LiveFeed()

    with feed.subscribe():
        assert feed.has_listeners

    assert not feed.has_listeners


@pytest.mark.parametrize("conversation", ["c-1", "买家" * 30, 'quo"te\\', "nul\x00"])
def test_many_events_share_payloads_that_postgresql_takes(conversation: str) -> None:
    events: list[Event] = [received(number, conversation=conversation) for number in range(200)]

    payloads = encode_notices(events)

    told = [notice for payload in payloads for notice in decode_notices(payload)]
    assert [notice.id for notice in told] == [f"m-{number}" for number in range(200)]
    assert {notice.conversation for notice in told} == {conversation}
    assert all(len(payload.encode()) <= LONGEST_PAYLOAD for payload in payloads)
    assert not any("\x00" in payload for payload in payloads)
    assert len(payloads) < 20


def test_a_detail_travels_with_its_notice() -> None:
    notices = [Notice("presence", "demo", "webhook", "c-1", "t-1", "typing:lan"), Notice("ticket.seen", "demo")]

    assert [notice for payload in pack_notices(notices) for notice in decode_notices(payload)] == notices


def test_a_notice_longer_than_a_payload_may_be_is_a_resync() -> None:
    payloads = encode_notices([received(1), received(2, conversation="长" * 3000), received(3)])

    assert [notice.id for payload in payloads for notice in decode_notices(payload)] == ["m-1", "", "m-3"]
    assert all(len(payload.encode()) <= LONGEST_PAYLOAD for payload in payloads)


@pytest.mark.parametrize("payload", ["", "no json", "5", "[[]]", '[["a","b","c","d","e","f","g"]]'])
def test_a_payload_of_another_make_means_reading_again(payload: str) -> None:
    assert decode_notices(payload) == [RESYNC]
