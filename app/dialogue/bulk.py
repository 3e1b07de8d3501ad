"""Whether so many pieces are wanted that people make the price, whatever else the message sounds like. Pure."""

import re
from typing import Final

from app.domain.understanding import EntityKind, Request

HANDLED_BY: Final = "stock"
KNOW_BULK: Final = frozenset({"bargaining", "price_question", "stock"})
# Goods that are already the buyer's, or somebody else's: 收到的100片里坏了两片, 你们卖了1000件吗.
_NOT_WANTED: Final = re.compile(
    "收到|坏|碎|裂|少发|漏发|退|[拍买订付下定]了|[拍买订]的|下过|订单|你们卖|卖出|销量|库存有|满.{0,4}(?:件|个)"
)


def wants_bulk(request: Request, bulk_from: int | None) -> bool:
    """Whether the buyer speaks of buying at least so many."""
    pieces = [int(entity.value) for entity in request.entities if entity.kind is EntityKind.QUANTITY]
    return bulk_from is not None and max(pieces, default=0) >= bulk_from and not _NOT_WANTED.search(request.text)


def bulk_intent(request: Request, certain: float) -> str:
    """The intent that gives the wish to people: the one meant, where it knows how, else the stock's."""
    best = request.intents[0]
    return best.intent if best.intent in KNOW_BULK and best.confidence >= certain else HANDLED_BY
