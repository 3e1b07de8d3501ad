"""What a second reader is asked about a message our models are unsure of, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum


class ReadingOutcome(StrEnum):
    """What came of asking; a closed set."""

    ANSWERED = "answered"  # by the reader now, or before for the same question
    LATE = "late"  # not within the time
    FAILED = "failed"  # unreachable, or an error of its own
    DROPPED = "dropped"  # an answer outside the choices, or in no form we know
    WITHHELD = "withheld"  # not asked: a cap is reached, or the reader rests after failures


@dataclass(frozen=True, slots=True)
class Choice:
    """One candidate: an intent's or an FAQ entry's id, and how a person would name it."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """A message below the `answer` threshold, with the choices that a second reader has.

    Attributes:
        shop: the shop's id. version: that of its content, by which answers are remembered.
        text: the request as the buyer said it, normalised; it is masked before it leaves the process.
        intents: our best ones, then what cannot be told and what is none of ours. faqs: our best entries.
        asked: the title of what our open question is about; empty without one.
        last: the title of the last answered intent.
        order_state: of the order in view, where it is known.
        product: the title of the product in view.
    """

    shop: str
    version: str
    text: str
    intents: tuple[Choice, ...]
    faqs: tuple[Choice, ...] = ()
    asked: str = ""
    last: str = ""
    order_state: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a second reader chose: one of the intents, one of the entries or None, and whether it is sure."""

    intent: str
    faq: str | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class SecondReading:
    """One turn's asking. `changed` tells whether another thing was decided for it."""

    question: Unsure
    outcome: ReadingOutcome
    read: Read | None = None
    changed: bool = False
