"""Whether so many pieces are wanted that people make the price, whatever else the message sounds like. Pure."""

from typing import Final

from app.dialogue.listening import dialogue_cues
from app.domain.understanding import EntityKind, Request

HANDLED_BY: Final = "stock"
KNOW_BULK: Final = frozenset({"bargaining", "price_question", "stock"})


def wants_bulk(request: Request, bulk_from: int | None) -> bool:
    """Whether the buyer speaks of buying at least so many."""
    pieces = [int(entity.value) for entity in request.entities if entity.kind is EntityKind.QUANTITY]
    many = bulk_from is not None and max(pieces, default=0) >= bulk_from
    return many and not dialogue_cues().hears("goods_not_wanted", request.text)


def bulk_intent(request: Request, certain: float) -> str:
    """The intent that gives the wish to people: the one meant, where it knows how, else the stock's."""
    best = request.intents[0]
    return best.intent if best.intent in KNOW_BULK and best.confidence >= certain else HANDLED_BY
