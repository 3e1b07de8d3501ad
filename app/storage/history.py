"""Reads the turns of a shop since a time, each with its message and what a person said after it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select

from app.domain.history import PastTurn
from app.domain.message import BURST_JOINT, ConversationKey
from app.storage import codec
from app.storage.schema import MESSAGES, REPLIES, TURNS

_AGENT = "agent"


def read_past_turns(connection: Connection, shop: str, since: datetime, limit: int) -> list[PastTurn]:
    """The last `limit` turns of a shop since a time, oldest first; a burst of messages is one turn."""
    latest = (
        select(TURNS.c.trace_id, TURNS.c.body, TURNS.c.trace, TURNS.c.at.label("answered_at"))
        .where(TURNS.c.shop == shop, TURNS.c.at >= codec.encode_time(since))
        .order_by(TURNS.c.at.desc(), TURNS.c.trace_id.desc())
        .limit(limit)
        .subquery()
    )
    messages = (
        select(MESSAGES, latest.c.body, latest.c.trace, latest.c.answered_at)
        .join(latest, latest.c.trace_id == MESSAGES.c.trace_id)
        .where(MESSAGES.c.shop == shop)
        .order_by(latest.c.answered_at, latest.c.trace_id, MESSAGES.c.sent_at, MESSAGES.c.message_id)
    )
    rows = [dict(row) for row in connection.execute(messages).mappings()]
    bursts = (list(own) for _, own in groupby(rows, key=itemgetter("trace_id")))
    found = [turn for own in bursts if (turn := _decode_turn(own)) is not None]
    return _add_persons(found, _read_agent_lines(connection, shop, since))


def _decode_turn(burst: Sequence[Mapping[str, Any]]) -> PastTurn | None:
    """The turn of these messages, answered together; None for one that decided nothing, as behind a person's back."""
    row, texts = burst[-1], [codec.decode_message(each).text for each in burst]
    message, body = codec.decode_message(row), codec.decode_json(row["body"])
    steps = (codec.decode_json(row["trace"]) or {}).get("steps", ())
    decision = body.get("decision")
    if decision is None:
        return None
    return PastTurn(
        key=message.key,
        buyer=message.sender.id,
        text=BURST_JOINT.join(texts),
        at=codec.decode_time(row["answered_at"]),
        context=message.context,
        action=decision["action"],
        intent=decision["intent"],
        confidence=decision["confidence"],
        faq=decision["faq"],
        reason=decision["reason"],
        replies=tuple(reply["text"] for reply in body["replies"]),
        told=tuple(dict.fromkeys(step["faq"] for step in steps if step.get("faq") and step.get("zone") == "answer")),
    )


def _read_agent_lines(
    connection: Connection, shop: str, since: datetime
) -> Mapping[ConversationKey, list[tuple[datetime, str]]]:
    lines = (
        select(REPLIES.c.channel, REPLIES.c.conversation, REPLIES.c.at, REPLIES.c.text)
        .where(REPLIES.c.shop == shop, REPLIES.c.author == _AGENT, REPLIES.c.at >= codec.encode_time(since))
        .order_by(REPLIES.c.at)
    )
    found: defaultdict[ConversationKey, list[tuple[datetime, str]]] = defaultdict(list)
    for row in connection.execute(lines).mappings():
        key = ConversationKey(shop, row["channel"], row["conversation"])
        found[key].append((codec.decode_time(row["at"]), row["text"]))
    return found


def _add_persons(
    turns: Iterable[PastTurn], lines: Mapping[ConversationKey, list[tuple[datetime, str]]]
) -> list[PastTurn]:
    """Each turn with the first line of a person after it."""
    return [
        replace(turn, by_person=next((text for at, text in lines.get(turn.key, ()) if at >= turn.at), ""))
        for turn in turns
    ]
