"""Finds what a message names: codes, goods, offers, quantities, times, couriers and places."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from app.domain.understanding import Entity, EntityKind
from app.language.codes import CodeKind, find_codes
from app.language.dates import DateKind, DateSpan, Said, find_dates
from app.language.limits import is_put_on
from app.language.measures import QuantitySpan, find_quantities
from app.language.numbers import find_money
from app.language.offers import OfferKind, OfferSpan, find_offers
from app.language.phrases import NameTable
from app.language.places import PlaceSpan, find_places
from app.language.segment import Segmenter, cuts_across
from app.language.sizes import speaks_of_body
from app.language.units import MeasureKind
from app.understanding.entities.goods import GoodsFinder

ROUND_DOWN = "抹零"
"""The value of a reduction that names no sum."""
_CODES = {
    CodeKind.PHONE: EntityKind.PHONE,
    CodeKind.ORDER: EntityKind.ORDER_ID,
    CodeKind.PARCEL: EntityKind.TRACKING_NO,
}
_OFFERS = {
    OfferKind.PRICE: EntityKind.OFFERED_PRICE,
    OfferKind.REDUCTION: EntityKind.REDUCTION,
    OfferKind.RATE: EntityKind.DISCOUNT_RATE,
    OfferKind.ROUND_DOWN: EntityKind.REDUCTION,
}
_NAMES = frozenset({EntityKind.PRODUCT, EntityKind.ATTRIBUTE, EntityKind.COURIER, EntityKind.PLACE})
_SOLD_BY = frozenset({"斤", "公斤", "米"})
"""Weights and lengths that goods are sold by; others (500ml, 60公分) describe them."""
_MOST_PIECES = 1_000_000  # more is a typo, not an order
_SOME_DAY = date(2026, 1, 1)
"""Stands for today where that is not known: values that depend on it are given as said."""


class EntityFinder:
    """Finds entities of one shop; where two would overlap the one found first stays.

    A name that takes parts of two words is none: there is no 长沙 in 长沙发, no 中通 in 其中通用. Words are asked for
    only where a name was found, so that most messages are never cut.
    """

    def __init__(self, couriers: Mapping[str, str], catalogue: GoodsFinder, segmenter: Segmenter | None = None) -> None:
        """`couriers` maps what is said to the courier it stands for; `segmenter` knows the shop's own words."""
        self._catalogue = catalogue
        self._segmenter = segmenter or Segmenter(catalogue.all_names)
        self._couriers = NameTable(couriers)

    def find_entities(
        self, text: str, *, today: date | None = None, product_id: str | None = None
    ) -> tuple[Entity, ...]:
        """All entities of a normalised text, in order."""
        found: list[Entity] = []
        cuts: frozenset[int] = frozenset()
        for entity in self._find_candidates(text, today, product_id):
            if entity.kind in _NAMES and entity.end - entity.start > 1:
                cuts = cuts or self._segmenter.find_cuts(text.lower())
                within = self._catalogue.is_described(entity) and entity.start not in cuts
                if within or cuts_across(cuts, entity.start, entity.end):
                    continue
            if all(entity.end <= other.start or entity.start >= other.end for other in found):
                found.append(entity)
        found = list(self._count_packs(found, product_id))
        found.extend(self._catalogue.resolve_sku(found, product_id))
        return tuple(sorted(found, key=lambda entity: (entity.start, entity.end)))

    def _count_packs(self, found: Sequence[Entity], product_id: str | None) -> Iterator[Entity]:
        """The entities with what is sold in packs counted in packs: two 斤 are no two boxes of five 斤."""
        for entity in found:
            weighs = entity.kind is EntityKind.QUANTITY and entity.text.endswith(tuple(_SOLD_BY))
            packs = self._catalogue.count_packs(entity.text, found, product_id) if weighs else None
            if packs is None:
                yield entity
            elif packs:
                yield replace(entity, value=packs)

    def _find_candidates(self, text: str, today: date | None, product_id: str | None) -> Iterator[Entity]:
        for code in find_codes(text):
            yield Entity(_CODES[code.kind], code.text, code.value, code.start, code.end)
        yield from self._catalogue.find_goods_names(text, product_id)
        yield from map(_offer_entity, find_offers(text))
        yield from _find_pieces(text)
        yield from _find_times(text, today)
        for courier in self._couriers.find_names(text):
            yield Entity(EntityKind.COURIER, courier.text, courier.name, courier.start, courier.end)
        yield from map(_place_entity, (place for place in find_places(text) if not place.of_goods))


def _offer_entity(offer: OfferSpan) -> Entity:
    value = ROUND_DOWN if offer.value is None else offer.value
    return Entity(_OFFERS[offer.kind], offer.text, value, offer.start, offer.end)


def _find_pieces(text: str) -> Iterator[Entity]:
    """How many are wanted: the higher end of a range.

    What is money, is pointed at (这两个), or is to be put on the goods (放20本书) is no number of pieces.
    """
    of_body = speaks_of_body(text)
    for quantity in find_quantities(text):
        weighs = quantity.kind is not MeasureKind.COUNT
        pieces = None if weighs and of_body else _count_pieces(quantity)
        if pieces is not None and not _is_money(quantity, text) and not is_put_on(text, quantity.start):
            yield Entity(EntityKind.QUANTITY, quantity.text, pieces, quantity.start, quantity.end)


def _count_pieces(quantity: QuantitySpan) -> int | None:
    counted = quantity.kind is MeasureKind.COUNT
    if quantity.pointed or not (counted or quantity.measure.word in _SOLD_BY):
        return None
    number = quantity.in_base[1] if counted else quantity.high
    return int(number) if number == number.to_integral_value() and 0 < number < _MOST_PIECES else None


def _is_money(quantity: QuantitySpan, text: str) -> bool:
    """50块 is no fifty pieces, and the 五 of 一块五一个 is no piece."""
    return any(money.start < quantity.end and quantity.start < money.end for money in find_money(text))


def _find_times(text: str, today: date | None) -> Iterator[Entity]:
    """The times asked about; `Case.asked_times` resolves them against the turn's own moment."""
    now = datetime.combine(today or _SOME_DAY, time(), UTC)
    for span in find_dates(text, now):
        value = span.day.isoformat() if today and span.day else _value_as_said(span)
        yield Entity(_time_kind(span), span.text, value, span.start, span.end)


def _value_as_said(span: DateSpan) -> str | Decimal:
    """Hours of a length of time that hangs on nothing, else the words."""
    if span.kind is DateKind.DURATION and span.duration is not None:
        return round(Decimal(span.duration.total_seconds()) / 3600, 2)
    return span.text


def _time_kind(span: DateSpan) -> EntityKind:
    if span.said is Said.CLOCK:
        return EntityKind.TIME
    return EntityKind.DURATION if span.kind is DateKind.DURATION else EntityKind.DATE


def _place_entity(place: PlaceSpan) -> Entity:
    """The value is the province, or the name where that may lie in several."""
    return Entity(EntityKind.PLACE, place.text, place.province or place.name, place.start, place.end)
