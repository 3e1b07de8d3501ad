"""The events of a turn: what it answered, what it promised, and what became of its ticket."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.domain.conversation import COMPENSATION_CHOICE, Owner
from app.domain.decision import Action, Verdict
from app.domain.events import (
    BuyerWrote,
    Event,
    GrantedCommitment,
    MessageReceived,
    PromiseMade,
    TicketOpened,
    TicketRated,
    TicketReturned,
    TicketUpdated,
    TodoOpened,
    TurnAnswered,
    UrgeOpened,
)
from app.domain.handoff import TicketState
from app.domain.outcome import RecordRating, RecordUrge
from app.domain.step import Step
from app.domain.written_turn import Turn

PEOPLE = frozenset({Owner.QUEUE, Owner.AGENT})


def turn_answered(turn: Turn, verdict: Verdict, now: datetime, *, in_response: bool) -> TurnAnswered:
    """The turn as its readers see it, computed by `now`."""
    received_at = turn.messages[-1].received_at
    return TurnAnswered(
        key=turn.conversation.key,
        at=turn.at,
        trace_id=turn.trace_id,
        message_ids=tuple([message.id for message in turn.messages]),
        owner=turn.conversation.owner,
        verdict=verdict,
        intents=tuple([step.intent_id for step in turn.steps]),
        commitments=tuple([made for step in turn.steps for made in step.outcome.commitments]),
        replies=turn.replies,
        ticket=turn.ticket,
        received_at=received_at,
        waited=now - received_at,
        in_response=in_response,
    )


def turn_events(turn: Turn, answered: TurnAnswered) -> Iterator[Event]:
    """Everything that happened in the turn, in order: what came in, the answer, the ticket, promises, urges.

    A message that waited for its turn was told of when it came.
    """
    key, at = turn.conversation.key, turn.at
    if answered.in_response:
        yield from (MessageReceived(key=key, at=message.received_at, message=message) for message in turn.messages)
    yield answered
    if turn.ticket and answered.verdict.action is Action.HANDOFF:
        yield TicketOpened(key=key, at=at, ticket=turn.ticket, trace_id=turn.trace_id, verdict=answered.verdict)
    elif turn.ticket and turn.ticket.state is TicketState.RETURNED:
        yield TicketReturned(key=key, at=at, ticket=turn.ticket)
    elif turn.ticket:
        yield TicketUpdated(key=key, at=at, ticket=turn.ticket)
    if answered.verdict.action is not Action.HANDOFF and answered.owner in PEOPLE:
        holder = turn.conversation.handoff_id
        yield BuyerWrote(key=key, at=at, messages=turn.messages, owner=answered.owner, ticket_id=holder)
    granted = _list_granted(turn.steps)
    pending = turn.conversation.pending
    if granted and not (pending and pending.slot == COMPENSATION_CHOICE):
        yield PromiseMade(key=key, at=at, buyer=turn.conversation.buyer, granted=granted, trace_id=turn.trace_id)
    for rating in turn.effects:
        if isinstance(rating, RecordRating):
            yield TicketRated(key=key, at=at, ticket_id=rating.ticket_id, score=rating.score)
            if rating.follow_up:
                yield TodoOpened(key=key, at=at, todo_id=f"{rating.ticket_id}~rating")
    yield from _list_urges(turn)


def _list_granted(steps: Sequence[Step]) -> tuple[GrantedCommitment, ...]:
    """What somebody has to carry out: coupons, prices, gifts and compensation that were promised, not only offered."""
    return tuple([made for step in steps for made in step.outcome.commitments if isinstance(made, GrantedCommitment)])


def _list_urges(turn: Turn) -> Iterator[UrgeOpened]:
    for urge in turn.effects:
        if isinstance(urge, RecordUrge):
            yield UrgeOpened(
                key=turn.conversation.key,
                at=turn.at,
                buyer=turn.conversation.buyer,
                order_id=urge.order_id,
                sku_id=urge.sku_id,
                why=urge.why,
            )
