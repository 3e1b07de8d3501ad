"""Detects bulk orders, which a person has to quote whatever the intent. Pure."""

from collections.abc import Sequence

from app.dialogue.listening import dialogue_cues
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, Request
from app.shop.schema import Authority


def wants_bulk(request: Request, authority: Authority) -> bool:
    """Whether the buyer wants to buy as many pieces as only people quote for."""
    return authority.is_bulk(_most_pieces(request)) and not dialogue_cues().hears("goods_not_wanted", request.text)


def bulk_intent(request: Request, certain: float, traits: IntentDirectory) -> str:
    """The intent that hands the order to people: the one meant, if it quotes bulk, else the one for availability."""
    best = request.intents[0]
    own = traits.get(best.intent)
    if own and own.quotes_bulk and best.confidence >= certain:
        return best.intent
    return traits.get_holder(IntentRole.AVAILABILITY)


def tier_intent(
    whole: Request, requests: Sequence[Request], authority: Authority, traits: IntentDirectory, *, certain: float = 0.0
) -> str | None:
    """The intent that quotes by the piece where a price is asked of so many pieces that the shop's tiers begin.

    Nobody is told a retail sum for them. None where fewer are wanted, or something else is asked: below `certain` the
    wish for so many named goods asks first whether they are there.
    """
    tiers = authority.bargaining.bulk_tiers if authority.bargaining else ()
    least = min((tier.quantity for tier in tiers), default=None)
    wanted = _most_pieces(whole)
    if least is None or wanted < least or dialogue_cues().hears("goods_not_wanted", whole.text):
        return None
    asked = (each.intents[0].intent for each in (whole, *requests))
    priced = any((own := traits.get(each)) and own.asks_price for each in asked)
    named = any(each.kind is EntityKind.PRODUCT for each in whole.entities)
    wished = named and whole.intents[0].confidence < certain
    if priced:
        return traits.find_holder(IntentRole.NEGOTIATION)
    return traits.find_holder(IntentRole.AVAILABILITY) if wished else None


def _most_pieces(request: Request) -> int:
    pieces = [int(entity.value) for entity in request.entities if entity.kind is EntityKind.QUANTITY]
    return max(pieces, default=0)
