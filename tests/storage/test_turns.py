"""Turns: computed against a version, written once, and never over what somebody else wrote."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.commitment import GiftCommitment
from app.domain.conversation import Conversation, Owner, Pending, Slot
from app.domain.decision import Answer, Option
from app.domain.message import ConversationKey, MessageContext, MessageType, Sender
from app.domain.outcome import Outcome, RecordUrge, Spend
from app.domain.step import Step
from app.domain.understanding import IntentScore, Request, Understanding
from app.errors import MalformedError, ReusedIdError
from app.storage.ports import BudgetExhaustedError, ConversationMovedError, StoredAnswer
from app.storage.store import Store, open_store
from handoff.urges import UrgeFilter
from tests.storage.builders import KEY, NOW, a_message, a_turn


async def _opened(store: Store, message_id: str = "m-1", key: ConversationKey = KEY) -> Conversation:
    found = await store.begin_turn(a_message(message_id, key=key))
    assert isinstance(found, Conversation)
    return found


async def test_a_new_conversation_opens_fresh_with_its_buyer(store: Store) -> None:
    found = await store.begin_turn(a_message())

    assert found == Conversation(KEY, buyer="buyer-1")


async def test_a_committed_turn_returns_its_own_body_and_moves_the_version(store: Store) -> None:
    turn = a_turn(a_message(), await _opened(store))

    body = await store.commit(turn)

    assert body is turn.body
    assert (await _opened(store, "m-2")).version == 1


async def test_the_same_message_again_is_answered_with_the_stored_body(store: Store) -> None:
    turn = a_turn(a_message(), await _opened(store))
    await store.commit(turn)
    later = await _opened(store, "m-2")

    again = await store.commit(a_turn(a_message(), later, body={"message_id": "other"}, trace_id="trace-again"))

    assert again == turn.body
    assert again is not turn.body


async def test_after_a_restart_a_duplicate_opens_as_a_stored_answer(database_url: str) -> None:
    first = await open_store(database_url)
    turn = a_turn(a_message(), await _opened(first))
    await first.commit(turn)
    await first.close()
    second = await open_store(database_url)

    found = await second.begin_turn(a_message())

    assert found == StoredAnswer(turn.body)
    await second.close()


async def test_the_whole_state_survives_a_restart(database_url: str) -> None:
    state = Conversation(
        KEY,
        owner=Owner.BOT,
        buyer="buyer-1",
        slots={"order": Slot("20260520001", NOW + timedelta(hours=1))},
        pending=Pending("stock", "sku", "有货吗", NOW, (Option("胡桃木", "stock", None),)),
        misses=1,
        last_intent="stock",
        used_replies=("stock/in/0",),
        memory={"bargaining": {"rounds": 2}},
        promises=({"kind": "coupon", "amount": "5"},),
        tried=("查了库存",),
    )
    first = await open_store(database_url)
    await first.commit(a_turn(a_message(), await _opened(first), conversation=state))
    await first.close()
    second = await open_store(database_url)

    found = await second.load_conversation(KEY)

    assert found == replace(state, version=1)
    await second.close()


async def test_a_turn_against_an_older_version_is_to_be_computed_again(store: Store) -> None:
    fresh = await _opened(store)
    await store.commit(a_turn(a_message(), fresh))

    with pytest.raises(ConversationMovedError):
        await store.commit(a_turn(a_message("m-2"), fresh))

    assert (await _opened(store, "m-2")).version == 1


async def test_a_refused_turn_leaves_nothing_behind(store: Store) -> None:
    fresh = await _opened(store)
    await store.commit(a_turn(a_message(), fresh))
    with pytest.raises(ConversationMovedError):
        await store.commit(a_turn(a_message("m-2"), fresh))

    trace = await store.get_trace("trace-m-2")

    assert trace is None
    assert not await store.is_own_reply("demo", "http", "reply-m-2")


async def test_of_concurrent_turns_over_one_version_exactly_one_is_written(store: Store) -> None:
    fresh = await _opened(store)
    turns = [a_turn(a_message(f"m-{n}"), fresh) for n in range(20)]

    results = await asyncio.gather(*(store.commit(turn) for turn in turns), return_exceptions=True)

    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert sum(isinstance(result, ConversationMovedError) for result in results) == 19


async def test_concurrent_duplicates_all_get_one_body(store: Store) -> None:
    fresh = await _opened(store)
    turns = [a_turn(a_message(), fresh, body={"by": n}, trace_id=f"trace-{n}") for n in range(20)]

    results = await asyncio.gather(*(store.commit(turn) for turn in turns))

    assert len({result["by"] for result in results}) == 1
    stored = await store.load_conversation(KEY)
    assert stored is not None
    assert stored.version == 1


async def test_many_conversations_at_once_are_all_written(store: Store) -> None:
    keys = [ConversationKey("demo", "http", f"c-{n}") for n in range(100)]

    async def talk(key: ConversationKey) -> None:
        for turn in range(5):
            message = a_message(f"{key.conversation}-{turn}", key=key)
            await store.commit(a_turn(message, await _opened(store, message.id, key)))

    await asyncio.gather(*(talk(key) for key in keys))

    found = [await store.load_conversation(key) for key in keys]
    assert [each.version for each in found if each] == [5] * 100


async def test_the_same_message_id_in_another_shop_is_another_message(store: Store) -> None:
    elsewhere = ConversationKey("other", "http", "c-1")
    await store.commit(a_turn(a_message(), await _opened(store)))

    found = await store.begin_turn(a_message(key=elsewhere))

    assert found == Conversation(elsewhere, buyer="buyer-1")


async def test_a_budget_is_never_spent_beyond_its_limit(store: Store) -> None:
    spend = Spend("coupon:day", Decimal("0.5"), Decimal(2))
    keys = [ConversationKey("demo", "http", f"c-{n}") for n in range(10)]
    turns = [a_turn(a_message(k.conversation, key=k), Conversation(k), effects=(spend,)) for k in keys]

    results = await asyncio.gather(*(store.commit(turn) for turn in turns), return_exceptions=True)

    assert await store.load_budget_spent("demo", "coupon:day") == Decimal(2)
    assert sum(isinstance(result, BudgetExhaustedError) for result in results) == 6


async def test_a_turn_over_one_budget_takes_nothing_from_its_other_budget(store: Store) -> None:
    effects = (Spend("day", Decimal(1), Decimal(5)), Spend("buyer", Decimal(2), Decimal(1)))

    with pytest.raises(BudgetExhaustedError) as raised:
        await store.commit(a_turn(a_message(), await _opened(store), effects=effects))

    assert raised.value.budget == "buyer"
    assert await store.load_budget_spent("demo", "day") == 0


async def test_budgets_of_two_shops_do_not_touch(store: Store) -> None:
    spend = Spend("day", Decimal(1), Decimal(1))
    elsewhere = ConversationKey("other", "http", "c-1")
    await store.commit(a_turn(a_message(), await _opened(store), effects=(spend,)))

    await store.commit(a_turn(a_message(key=elsewhere), Conversation(elsewhere), effects=(spend,)))

    assert await store.load_budget_spent("other", "day") == 1


async def test_pressing_twice_for_an_order_is_one_urge_counted_twice(store: Store) -> None:
    for number in (1, 2):
        message = a_message(f"m-{number}")
        urge = RecordUrge("20260520001", "S1", f"第{number}次")
        await store.commit(a_turn(message, await _opened(store, message.id), effects=(urge,)))

    page = await store.find_urges(UrgeFilter(), limit=10, cursor=None)

    assert [(urge.order_id, urge.times, urge.why) for urge in page.urges] == [("20260520001", 2, "第2次")]


async def test_the_trace_of_a_turn_is_found_by_its_id(store: Store) -> None:
    request = Request("在吗", (IntentScore("greeting", 0.87654),))
    read = Understanding("在吗 ", "在吗", (), (request,), {"intents": "v1"})
    step = Step(request, Answer("greeting", 0.87654), Outcome("亲，在的", commitments=(GiftCommitment("茶则"),)))
    await store.commit(replace(a_turn(a_message(), await _opened(store)), understanding=read, steps=(step,)))

    trace = await store.get_trace("trace-m-1")

    assert trace == {
        "shop": "demo",
        "normalised": "在吗",
        "entities": [],
        "versions": {"intents": "v1"},
        "steps": [
            {
                "text": "在吗",
                "intents": [["greeting", 0.8765]],
                "faqs": [],
                "zone": "answer",
                "intent": "greeting",
                "confidence": 0.8765,
                "faq": None,
                "reason": None,
                "facts": [],
                "commitments": [{"type": "GiftCommitment", "gift": "茶则"}],
                "refused": "",
            }
        ],
    }


async def test_a_line_we_said_is_recognised_after_a_restart(database_url: str) -> None:
    first = await open_store(database_url)
    await first.commit(a_turn(a_message(), await _opened(first)))
    await first.close()
    second = await open_store(database_url)

    assert await second.is_own_reply("demo", "http", "reply-m-1")
    assert not await second.is_own_reply("demo", "http", "typed-by-a-person")
    await second.close()


async def test_what_a_database_cannot_hold_fails_only_its_own_caller(store: Store) -> None:
    bad = a_message("m-\ud800", key=ConversationKey("demo", "http", "c-bad"))
    turns = [a_turn(a_message(), await _opened(store)), a_turn(bad, Conversation(bad.key))]

    good, refused = await asyncio.gather(*(store.commit(turn) for turn in turns), return_exceptions=True)

    assert good is turns[0].body
    assert isinstance(refused, MalformedError)


async def test_a_message_with_every_field_is_kept_as_it_came(store: Store) -> None:
    context = MessageContext(product_id="P1", order_id="20260520001")
    message = a_message(text="😀\x00这款", type=MessageType.ORDER_CARD, context=context)
    await store.accept_message(message)

    (kept,) = await store.load_pending_messages(KEY)

    assert kept == replace(message, text="😀\ufffd这款")


async def _answer(store: Store, message_id: str) -> int:
    """Answer as the service does, again when it lost; returns how often it lost."""
    for lost in range(3):
        with suppress(ConversationMovedError):
            await store.commit(a_turn(a_message(message_id), await _opened(store, message_id)))
            return lost
    raise AssertionError


async def test_after_a_turn_lost_to_another_process_each_turn_begins_with_a_read(database_url: str) -> None:
    ours, theirs = await open_store(database_url), await open_store(database_url)
    order = (ours, theirs, ours, theirs, ours, theirs)

    losses = [await _answer(store, f"m-{number}") for number, store in enumerate(order)]

    assert losses == [0, 0, 1, 1, 0, 0]
    await ours.close()
    await theirs.close()


async def test_one_message_answered_before_does_not_hold_up_the_others_of_its_batch(store: Store) -> None:
    await store.commit(a_turn(a_message(), await _opened(store)))
    keys = [ConversationKey("demo", "http", f"c-{n}") for n in range(2, 6)]
    turns = [a_turn(a_message(k.conversation, key=k), Conversation(k)) for k in keys]
    again = a_turn(a_message(), await _opened(store, "m-2"), body={"message_id": "other"}, trace_id="trace-again")

    stored, *bodies = await asyncio.gather(store.commit(again), *(store.commit(turn) for turn in turns))

    assert stored["message_id"] == "m-1"
    assert all(body is turn.body for body, turn in zip(bodies, turns, strict=True))


OTHER = ConversationKey("demo", "http", "c-2")
REUSES = {
    "conversation": {"key": OTHER},
    "sender": {"sender": Sender("buyer-2")},
    "text": {"text": "有货吗"},
    "type": {"type": MessageType.IMAGE},
    "context": {"context": MessageContext(order_id="1")},
}


@pytest.mark.parametrize("differing", REUSES)
@pytest.mark.parametrize("first_is_answered", [True, False])
async def test_an_id_that_comes_for_another_message_is_refused_and_tells_nothing(
    store: Store, differing: str, first_is_answered: bool
) -> None:
    if first_is_answered:
        await store.commit(a_turn(a_message(), await _opened(store)))
    else:
        await store.accept_message(a_message())
    other = replace(a_message(), **REUSES[differing])
    unopened = await store.load_conversation(other.key) or Conversation(other.key, buyer="buyer-2")

    for attempt in (
        store.begin_turn(other),
        store.accept_message(other),
        store.commit(a_turn(other, unopened, trace_id="trace-other")),
    ):
        with pytest.raises(ReusedIdError, match=differing):
            await attempt
    again = await store.accept_message(a_message())
    assert (again.new, again.answer is not None) == (False, first_is_answered)


async def test_a_retry_may_tell_its_time_and_its_name_anew(store: Store) -> None:
    turn = a_turn(a_message(), await _opened(store))
    await store.commit(turn)
    again = a_message(sent_at=NOW + timedelta(minutes=1), sender=Sender("buyer-1", "陈"))

    assert await store.begin_turn(again) == StoredAnswer(turn.body)


async def test_of_two_messages_with_one_id_at_once_one_is_answered_and_one_refused(store: Store) -> None:
    messages = [a_message(), a_message(key=OTHER)]
    turns = [a_turn(each, Conversation(each.key), trace_id=f"t-{n}") for n, each in enumerate(messages)]

    results = await asyncio.gather(*(store.commit(turn) for turn in turns), return_exceptions=True)

    assert sum(isinstance(result, dict) for result in results) == 1
    assert sum(isinstance(result, ReusedIdError | ConversationMovedError) for result in results) == 1


async def test_of_two_kept_messages_with_one_id_at_once_one_is_kept_and_one_refused(store: Store) -> None:
    messages = [a_message(), a_message(text="有货吗"), a_message(key=OTHER)]

    results = await asyncio.gather(*(store.accept_message(each) for each in messages), return_exceptions=True)

    assert sum(isinstance(result, ReusedIdError) for result in results) == 2
