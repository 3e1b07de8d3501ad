"""Whether so many pieces are wanted that people make the price, whatever else the message sounds like. Pure."""

from app.dialogue.listening import dialogue_cues
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, Request


def wants_bulk(request: Request, bulk_from: int | None) -> bool:
    """Whether the buyer speaks of buying at least so many."""
    pieces = [int(entity.value) for entity in request.entities if entity.kind is EntityKind.QUANTITY]
    many = bulk_from is not None and max(pieces, default=0) >= bulk_from
    return many and not dialogue_cues().hears("goods_not_wanted", request.text)


def bulk_intent(request: Request, certain: float, traits: IntentDirectory) -> str:
    """The intent that hands the order to people: the one meant, if it quotes bulk, else the one for availability."""
    best = request.intents[0]
    own = traits.get(best.intent)
    if own and own.quotes_bulk and best.confidence >= certain:
        return best.intent
    return traits.get_holder(IntentRole.AVAILABILITY)
