"""What a turn has decided about one request, and what every way of planning asks of a message."""

from dataclasses import dataclass

from app.domain.decision import Decision
from app.domain.understanding import EntityKind, Request, Understanding

NUMBER_KINDS = frozenset({EntityKind.ORDER_ID, EntityKind.TRACKING_NO, EntityKind.PHONE})


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """One request and what was decided about it; `assumed` where it was but taken to go on with what we spoke of."""

    request: Request
    decision: Decision
    assumed: bool = False


def whole_request(understanding: Understanding) -> Request:
    """The message as one request."""
    return understanding.whole or understanding.requests[0]


def is_verbatim(request: Request) -> bool:
    """Whether one of the shop's own wordings was said."""
    return bool(request.faqs) and request.faqs[0].is_verbatim


def is_bare_number(understanding: Understanding) -> bool:
    """Whether the message is an order number, a parcel's or a phone's and nothing else: it names, and asks nothing."""
    text = understanding.normalised.strip()
    return any(entity.kind in NUMBER_KINDS and entity.text == text for entity in understanding.entities)
