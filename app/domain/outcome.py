"""Outcomes: the text an action returns, with its commitments, quoted facts and effects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.domain.commitment import Commitment
from app.domain.content import TEXT_ONLY, Content
from app.domain.conversation import Pending
from app.domain.decision import Reason
from app.domain.fact import Fact
from app.domain.handoff import Group


@dataclass(frozen=True, slots=True)
class Spend:
    """Takes `amount` from `budget`, whose total may not exceed `limit`; checked in the transaction of the reply."""

    budget: str
    amount: Decimal
    limit: Decimal


@dataclass(frozen=True, slots=True)
class RecordUrge:
    """Records that the buyer urges an order; operations list and close urges."""

    order_id: str
    sku_id: str | None
    why: str


@dataclass(frozen=True, slots=True)
class RecordRating:
    """Records how the buyer says they were served on a ticket, from 1 to 5, with what they wrote beside.

    `follow_up` says what whoever held the ticket is reminded of; empty: of nothing.
    """

    ticket_id: str
    score: int
    words: str = ""
    follow_up: str = ""


Effect = Spend | RecordUrge | RecordRating


@dataclass(frozen=True, slots=True)
class HandoffRequest:
    """An action's request to hand the conversation to people.

    Attributes:
        wish: what the buyer wants, in one Chinese line for the agent.
        suggested: replies an agent could send, best first.
        notes: what the agent should know (the nearest allowed offer, what was given).
        margins: what tells the floor price, for whom the shop lets see it.
        collected: what the buyer gave when asked, by its Chinese name.
        group: overrides the intent's own group.
    """

    reason: Reason
    wish: str = ""
    suggested: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    margins: tuple[str, ...] = ()
    collected: Mapping[str, str] = field(default_factory=dict)
    group: Group | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """An action's result, before the gate.

    Attributes:
        text: what the buyer reads; empty when there is nothing to say beside a handoff.
        commitments: every one that `text` makes.
        facts: every fact that `text` quotes.
        handoff: set when a person is needed.
        asks: set when `text` asks the buyer for something.
        slots: values to remember; None forgets.
        memory: replaces this intent's own memory when not None.
        effects: written in the reply's transaction.
        used_replies: ids of the reply variants in `text`.
        tried: one Chinese line for the brief that says what was answered.
        faq: the FAQ entry that `text` is, when the action answered with one.
        content: pictures and links below the text.
        withdraws: the kinds of earlier promises that the buyer declined, which no longer bind.
        presents: whether goods are but presented to who seems to ask nothing of them.
    """

    text: str
    commitments: tuple[Commitment, ...] = ()
    facts: tuple[Fact[Any], ...] = ()
    handoff: HandoffRequest | None = None
    asks: Pending | None = None
    slots: Mapping[str, str | None] = field(default_factory=dict)
    memory: Mapping[str, Any] | None = None
    effects: tuple[Effect, ...] = ()
    used_replies: tuple[str, ...] = ()
    tried: str = ""
    faq: str | None = None
    withdraws: frozenset[str] = frozenset()
    content: Content = TEXT_ONLY
    presents: bool = False
