"""Detects bulk orders, which a person has to quote whatever the intent. Pure."""

import re
from typing import Final

from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, Request
from app.shop.schema import Authority

# Goods that are already the buyer's, or somebody else's: 收到的100片里坏了两片, 你们卖了1000件吗.
_NOT_WANTED: Final = re.compile(
    "收到|坏|碎|裂|少发|漏发|退|[拍买订付下定]了|[拍买订]的|下过|订单|你们卖|卖出|销量|库存有|满.{0,4}(?:件|个)"
)


def wants_bulk(request: Request, authority: Authority) -> bool:
    """Whether the buyer wants to buy as many pieces as only people quote for."""
    pieces = [int(entity.value) for entity in request.entities if entity.kind is EntityKind.QUANTITY]
    return authority.is_bulk(max(pieces, default=0)) and not _NOT_WANTED.search(request.text)


def bulk_intent(request: Request, certain: float, traits: IntentDirectory) -> str:
    """The intent that hands the order to people: the one meant, if it quotes bulk, else the one for availability."""
    best = request.intents[0]
    own = traits.get(best.intent)
    if own and own.quotes_bulk and best.confidence >= certain:
        return best.intent
    return traits.get_holder(IntentRole.AVAILABILITY)
