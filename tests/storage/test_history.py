"""Past turns are read with what they got, and with what a person said after them."""

from dataclasses import replace
from datetime import timedelta

from app.domain.content import TEXT_ONLY
from app.domain.conversation import Conversation
from app.domain.ticket import AgentLine
from app.storage.store import Store
from tests.storage.builders import KEY, NOW, a_message, a_turn

DECISION = {"action": "clarify", "intent": "stock", "confidence": 0.4, "faq": None, "reason": "low_confidence"}


async def keep_turn(store: Store, message_id: str, **decision: object) -> None:
    message = a_message(message_id)
    against = await store.begin_turn(message)
    assert isinstance(against, Conversation)
    body = {"message_id": message_id, "replies": [{"text": "亲，在的"}], "decision": {**DECISION, **decision}}
    steps = [{"faq": decision.get("faq"), "zone": decision.get("action", "clarify")}]
    await store.commit(replace(a_turn(message, against), body=body, trace={"steps": steps}))


async def test_a_turn_comes_back_with_its_decision_its_row_and_the_persons_line(store: Store) -> None:
    await keep_turn(store, "m-1", action="answer", faq="F1")
    await store.record_platform_line(
        KEY, AgentLine("p-1", "lan", "亲，散装不卖", TEXT_ONLY), NOW + timedelta(minutes=1)
    )

    (turn,) = await store.load_past_turns(KEY.shop, NOW - timedelta(days=1), limit=10)

    assert (turn.key, turn.action, turn.faq, tuple(turn.told)) == (KEY, "answer", "F1", ("F1",))
    assert (tuple(turn.replies), turn.by_person) == (("亲，在的",), "亲，散装不卖")


async def test_turns_of_other_shops_and_of_earlier_times_stay_away(store: Store) -> None:
    await keep_turn(store, "m-1")

    assert await store.load_past_turns("other", NOW - timedelta(days=1), limit=10) == []
    assert await store.load_past_turns(KEY.shop, NOW + timedelta(hours=1), limit=10) == []
    assert len(await store.load_past_turns(KEY.shop, NOW - timedelta(days=1), limit=10)) == 1
