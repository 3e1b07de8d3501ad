"""The example handoff of the API documentation, built by the same code as real ones."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from app.domain.catalogue import Order, OrderLine, OrderState, Sku
from app.domain.conversation import Conversation, Slot
from app.domain.decision import Reason
from app.domain.fact import Fact, FactKind
from app.domain.handoff import Group, TicketState
from app.domain.held_reply import HeldReply
from app.domain.message import ConversationKey, Message, Sender
from app.domain.outcome import HandoffRequest
from app.domain.ticket import LastLine, Ticket, TicketEntry, TranscriptLine
from app.shop.schema import Authority, ShippingPromise, ShopSettings
from app.web.handoff_views import build_detail, view_held_reply
from app.web.openapi import Responses, example_response, problem_responses, read_examples
from handoff.brief import Brief, attach_transcript
from handoff.brief_writer import create_ticket
from handoff.queue import TicketView, seconds_left
from handoff.story import HandoffContext

NOW = datetime(2026, 6, 18, 2, 30, tzinfo=UTC)
KEY = ConversationKey("demo", "api", "c-1001")
EXAMPLE = read_examples(Path(__file__))["handoff"]


@cache
def example_detail() -> Mapping[str, Any]:
    """The example as routes show it."""
    return build_detail(example_view()).model_dump(mode="json")


@cache
def example_held_reply() -> Mapping[str, Any]:
    """A reply that leaves in a moment, on the example."""
    held_at = NOW + timedelta(seconds=28)
    held = HeldReply(
        id="01jy0q6x7k:r-2",
        reply_id="r-2",
        key=KEY,
        ticket_id="01jy0q6x7k",
        agent="xiaowang",
        holder="xiaowang",
        text=EXAMPLE["suggested"][0],
        held_at=held_at,
        send_at=held_at + timedelta(seconds=3),
        after="m-7",
    )
    return view_held_reply(held).model_dump(mode="json")


def changing_responses() -> Responses:
    """What a route that changes a handoff answers."""
    return example_response(example_detail()) | problem_responses(401, 403, 404, 409, 413, 422, 503)


def example_view() -> TicketView:
    """A claimed ticket, half a minute after it was opened."""
    ticket = replace(
        _example_ticket(),
        state=TicketState.CLAIMED,
        claimed_by="xiaowang",
        claimed_at=NOW + timedelta(seconds=20),
        version=3,
        trace_id="01jy0q6x5c",
        waiting_since=NOW,
        answer_due=NOW + timedelta(minutes=3),
        unread=1,
        last_line=LastLine("buyer", EXAMPLE["buyer_text"], NOW),
    )
    brief = attach_transcript(Brief.model_validate(ticket.brief), _example_transcript())
    claimed = TicketEntry("2:ticket.claimed", NOW + timedelta(seconds=20), "xiaowang", "ticket.claimed")
    return TicketView(ticket, brief, seconds_left(ticket, NOW + timedelta(seconds=30)), (claimed,))


def _example_ticket() -> Ticket:
    message = Message("m-7", KEY, Sender("buyer-01", EXAMPLE["buyer_name"]), EXAMPLE["buyer_text"], NOW, NOW)
    request = HandoffRequest(
        Reason.ANGRY,
        wish=EXAMPLE["wish"],
        suggested=tuple(EXAMPLE["suggested"]),
        notes=tuple(EXAMPLE["notes"]),
        collected=EXAMPLE["collected"],
        urgent=True,
    )
    return create_ticket(
        HandoffContext(
            ticket_id="01jy0q6x7k",
            reason=Reason.ANGRY,
            intent=EXAMPLE["intent"],
            intent_title=EXAMPLE["intent_title"],
            group=Group.INSALE,
            confidence=0.97,
            conversation=_example_conversation(),
            message=message,
            settings=ShopSettings(name=EXAMPLE["shop"], authority=Authority(shipping=ShippingPromise(within_hours=48))),
            now=NOW,
            request=request,
            facts=_example_facts(),
        )
    )


def _example_conversation() -> Conversation:
    slots = {"order": Slot("202606150001", NOW + timedelta(hours=2))}
    return Conversation(KEY, slots=slots, tried=(EXAMPLE["tried"],), promises=({"text": EXAMPLE["promised"]},))


def _example_facts() -> tuple[Fact[object], ...]:
    line = OrderLine("M101-02", 1, Decimal(188))
    order = Order("202606150001", "buyer-01", (line,), OrderState.PAID, paid_at=NOW - timedelta(days=3))
    sku = Sku("M101-02", "M101", EXAMPLE["product"], (EXAMPLE["size"],), Decimal(188), None, 12)
    return (
        Fact(FactKind.ORDER, order, "files", NOW - timedelta(seconds=40)),
        Fact(FactKind.STOCK, sku, "files", NOW - timedelta(seconds=40)),
    )


def _example_transcript() -> tuple[TranscriptLine, ...]:
    return (
        TranscriptLine(NOW - timedelta(minutes=4), "buyer", EXAMPLE["asked_before"], message_id="m-6"),
        TranscriptLine(NOW - timedelta(minutes=4), "bot", EXAMPLE["answered_before"]),
        TranscriptLine(NOW, "buyer", EXAMPLE["buyer_text"], message_id="m-7"),
    )
