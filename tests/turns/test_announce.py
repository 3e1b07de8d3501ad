"""What a turn tells the shop's callback."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.delivery.payloads import OutboxWriter
from app.domain.commitment import CompensationCommitment, CompensationKind, PromotionCommitment
from app.domain.conversation import Conversation, Pending
from app.domain.message import ConversationKey, Message, Sender
from app.domain.written_turn import OutgoingReply, Turn
from app.turns.announce import CallbackAnnouncer
from app.turns.trace import encode_dataclass
from intents._kit.compensation import COMPENSATION_CHOICE

NOW = datetime(2026, 3, 2, tzinfo=UTC)
KEY = ConversationKey("demo", "webhook", "c-1")
URL = "https://shop.example/callback"


def a_turn(*commitments: Any) -> Turn:
    message = Message("m-1", KEY, Sender("b-1"), "怎么还不发", NOW, NOW)
    steps = [{"commitments": [encode_dataclass(made) for made in commitments]}]
    body = {"decision": {"action": "answer"}}
    return Turn((message,), 0, Conversation(KEY, buyer="b-1"), body, "t-1", {"steps": steps}, NOW)


def announcements(url: str | None = URL) -> CallbackAnnouncer:
    outgoing = OutboxWriter(buyer_destination=lambda _key: url, event_destinations=lambda _shop: (url,) if url else ())
    return CallbackAnnouncer(outgoing, outgoing.buyer_destination)


def test_amends_that_were_promised_are_told_to_who_pays_them() -> None:
    made = CompensationCommitment(CompensationKind.CASH, "8800100004", Decimal(5))

    (row,) = announcements().announce_turn(a_turn(made), replies=False)

    assert (row.kind, row.destination) == ("promise.made", URL)
    (granted,) = row.payload["data"]["granted"]
    assert (granted["order_id"], granted["amount"]) == ("8800100004", "5")
    assert row.payload["data"]["buyer"] == "b-1"


def test_amends_only_offered_are_nobodys_to_pay_yet() -> None:
    made = CompensationCommitment(CompensationKind.CASH, "8800100004", Decimal(5))
    asked = Pending("quality_issue", COMPENSATION_CHOICE, "有点划痕", NOW)
    turn = a_turn(made)
    offered = replace(turn, conversation=replace(turn.conversation, pending=asked))

    assert announcements().announce_turn(offered, replies=False) == ()


def test_a_public_promotion_is_nobodys_task() -> None:
    assert announcements().announce_turn(a_turn(PromotionCommitment("autumn")), replies=False) == ()


def test_replies_go_out_only_where_the_response_has_gone_before_them() -> None:
    turn = replace(a_turn(), replies=(OutgoingReply("r-1", "亲，今天发出"),))

    (row,) = announcements().announce_turn(turn, replies=True)

    assert announcements().announce_turn(turn, replies=False) == ()
    assert (row.id, row.kind) == ("r-1", "reply")
    assert row.payload["data"]["in_reply_to"] == ["m-1"]


def test_a_shop_without_a_callback_is_told_nothing() -> None:
    made = CompensationCommitment(CompensationKind.CASH, "1", Decimal(5))

    assert announcements(None).announce_turn(a_turn(made), replies=True) == ()
