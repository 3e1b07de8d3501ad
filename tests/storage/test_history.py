"""Past turns are read with what they got, and with what a person said after them."""

from dataclasses import replace
from datetime import timedelta

from app.domain.content import TEXT_ONLY
from app.domain.conversation import Conversation
from app.storage.store import Store
from handoff.ports import AgentLine
from tests.storage.builders import KEY, NOW, a_message, a_turn

DECISION = {"action": "clarify", "intent": "stock", "confidence": 0.4, "faq": None, "reason": "low_confidence"}


async def keep_turn(store: Store, message_id: str, **decision: object) -> None:
    message = a_message(message_id)
    against = await store.begin_turn(message)
    assert isinstance(against, Conversation)
    body = {"message_id": message_id, "replies": [{"text": "亲，在的"}], "decision": {**DECISION, **decision}}
    await store.commit(replace(a_turn(message, against), body=body))


async def test_a_turn_comes_back_with_its_decision_its_row_and_the_persons_line(store: Store) -> None:
    await keep_turn(store, "m-1", action="answer", faq="F1")
    await store.record_platform_line(
        KEY, AgentLine("p-1", "lan", "亲，散装不卖", TEXT_ONLY), NOW + timedelta(minutes=1)
    )

    (turn,) = await store.load_past_turns(KEY.shop, NOW - timedelta(days=1), limit=10)

    assert (turn.key, turn.action, turn.faq) == (KEY, "answer", "F1")
    assert (tuple(turn.replies), turn.by_person) == (("亲，在的",), "亲，散装不卖")


async def test_turns_of_other_shops_and_of_earlier_times_stay_away(store: Store) -> None:
    await keep_turn(store, "m-1")

    assert await store.load_past_turns("other", NOW - timedelta(days=1), limit=10) == []
    assert await store.load_past_turns(KEY.shop, NOW + timedelta(hours=1), limit=10) == []
    assert len(await store.load_past_turns(KEY.shop, NOW - timedelta(days=1), limit=10)) == 1


async def test_a_burst_is_one_turn(store: Store) -> None:
    """Three messages answered together are one question, not three that got the same answer."""
    first, second = a_message("m-1", "那个"), a_message("m-2", "散装卖吗", sent_at=NOW + timedelta(seconds=2))
    against = await store.begin_turn(second)
    assert isinstance(against, Conversation)
    body = {"message_id": "m-2", "replies": [{"text": "亲，在的"}], "decision": DECISION}
    await store.commit(replace(a_turn(second, against), messages=(first, second), body=body))
    await keep_turn(store, "m-3")

    turns = await store.load_past_turns(KEY.shop, NOW - timedelta(days=1), limit=10)

    assert [turn.text for turn in turns] == ["那个，散装卖吗", "在吗"]
    assert len(await store.load_past_turns(KEY.shop, NOW - timedelta(days=1), limit=1)) == 1
