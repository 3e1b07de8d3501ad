"""Decisions: what a turn does about a request, and why."""

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """The four things a turn can do."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"
    SILENT = "silent"


class Reason(StrEnum):
    """Why a conversation is handed to people; a closed set."""

    LOW_CONFIDENCE = "low_confidence"
    AMBIGUOUS = "ambiguous"
    REPEATED_MISS = "repeated_miss"
    ASKED_FOR_HUMAN = "asked_for_human"
    AUTHORITY_EXCEEDED = "authority_exceeded"
    COMPLAINT = "complaint"
    RISK_WORDS = "risk_words"
    ANGRY = "angry"
    FACTS_STALE = "facts_stale"
    FACTS_UNAVAILABLE = "facts_unavailable"
    AFTER_SALES = "after_sales"
    BULK_ORDER = "bulk_order"
    VIP = "vip"
    UNSUPPORTED_MESSAGE = "unsupported_message"
    TAKEN_OVER = "taken_over"  # nobody asked: a person took the conversation from the bot


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the request with an intent's action or an FAQ entry."""

    intent: str
    confidence: float
    faq: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a clarifying question, with the intent or FAQ entry it stands for."""

    label: str
    intent: str
    faq: str | None = None


@dataclass(frozen=True, slots=True)
class Clarify:
    """Ask the buyer which of at most three options is meant; without options, ask openly."""

    options: tuple[Option, ...]
    intent: str
    confidence: float
    reason: Reason = Reason.LOW_CONFIDENCE


@dataclass(frozen=True, slots=True)
class Handoff:
    """Hand the conversation to people."""

    reason: Reason
    intent: str
    confidence: float
    faq: str | None = None


@dataclass(frozen=True, slots=True)
class Silent:
    """Say nothing: people own the conversation, or there is nothing to say."""

    intent: str = ""
    confidence: float = 0.0


Decision = Answer | Clarify | Handoff | Silent


@dataclass(frozen=True, slots=True)
class Verdict:
    """A turn's decision in short; of several requests, the most severe one's."""

    action: Action
    intent: str
    confidence: float
    faq: str | None = None
    reason: Reason | None = None
