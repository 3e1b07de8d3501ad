"""Detects bulk orders, which a person has to quote whatever the intent. Pure."""

from app.dialogue.listening import dialogue_cues
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, Request
from app.shop.schema import Authority


def wants_bulk(request: Request, authority: Authority) -> bool:
    """Whether the buyer wants to buy as many pieces as only people quote for."""
    pieces = [int(entity.value) for entity in request.entities if entity.kind is EntityKind.QUANTITY]
    many = authority.is_bulk(max(pieces, default=0))
    return many and not dialogue_cues().hears("goods_not_wanted", request.text)


def bulk_intent(request: Request, certain: float, traits: IntentDirectory) -> str:
    """The intent that hands the order to people: the one meant, if it quotes bulk, else the one for availability."""
    best = request.intents[0]
    own = traits.get(best.intent)
    if own and own.quotes_bulk and best.confidence >= certain:
        return best.intent
    return traits.get_holder(IntentRole.AVAILABILITY)
