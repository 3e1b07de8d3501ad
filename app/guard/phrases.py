"""What part an amount or a rate plays in its sentence, and the promises that are words rather than numbers.

20 元 taken off above 199 is not 20 元 paid back, and half of the second piece is not half of the price. The wordings
are in phrases.yml.
"""

from enum import StrEnum
from pathlib import Path

from app.language.measures import find_ordinals
from app.language.numbers import NumberSpan, find_numbers
from app.language.phrases import PhraseBook
from app.language.places import find_places, lies_in

PHRASES = PhraseBook.load_phrases(Path(__file__).with_name("phrases.yml"))
FAR_PLACES = ("新疆", "西藏", "青海", "内蒙古", "宁夏", "港澳台")
"""Where a parcel usually costs more."""


class AmountRole(StrEnum):
    """What an amount or a rate does; only terms of the same kind stand behind it."""

    PLAIN = "plain"  # an amount that does not say what it does
    PRICE = "price"  # what the goods are said to cost
    OVER = "over"  # 满N, and no word of what for
    OVER_REDUCED = "over_reduced"
    OVER_GIVEN = "over_given"
    OVER_FREE = "over_free"
    REDUCED = "reduced"
    FEE = "fee"
    CASH = "cash"  # paid out: 返现, 补偿
    NTH_PIECE = "nth_piece"


_EFFECTS = {
    "threshold_frees": AmountRole.OVER_FREE,
    "threshold_reduces": AmountRole.OVER_REDUCED,
    "threshold_gives": AmountRole.OVER_GIVEN,
}
_PARTS = {
    "paid_out": AmountRole.CASH,
    "fee": AmountRole.FEE,
    "reduction": AmountRole.REDUCED,
}


def find_vague_amounts(text: str) -> tuple[str, ...]:
    """Amounts that nobody could hold to: 便宜几十块."""
    return PHRASES.all_hits("vague_amount", text)


def find_spent(text: str) -> tuple[NumberSpan, ...]:
    """Numbers behind a word of money (只要50, 满199); 便宜一点 and a bare 一 are none."""
    return tuple(number for number in find_numbers(text) if number.text != "一" and _is_spent(text, number))


def _is_spent(text: str, number: NumberSpan) -> bool:
    spent = PHRASES.is_in("before_spent", text[: number.start])
    return spent and not PHRASES.is_in("after_no_number", text[number.end :])


def find_some_days(text: str) -> tuple[str, ...]:
    """Words that put something off to a time of several days, as promises do."""
    return PHRASES.all_hits("some_days", text)


def amount_role(lead: str, after: str) -> AmountRole:
    """The part an amount plays, between the words before and after it."""
    if _is_either("threshold", lead, after):
        return _threshold_role(after)
    for name, role in _PARTS.items():
        if _is_either(name, lead, after):
            return role
    return AmountRole.PRICE if _is_sale_price(lead, after) else AmountRole.PLAIN


def _is_either(name: str, lead: str, after: str) -> bool:
    return PHRASES.is_in(f"before_{name}", lead) or PHRASES.is_in(f"after_{name}", after)


def _is_sale_price(lead: str, after: str) -> bool:
    """Whether the goods are said to go for the amount: no threshold or fee of the shop's stands behind that."""
    if PHRASES.is_in("of_delivery", lead) or find_places(lead) or PHRASES.is_in("of_its_own", after):
        return False
    return _is_either("sale", lead, after)


def _threshold_role(after: str) -> AmountRole:
    """What is got from this amount on: the first effect named before the next threshold."""
    next_one = PHRASES.first_place("threshold", after)
    reach = after if next_one is None else after[:next_one]
    found = [(at, role) for name, role in _EFFECTS.items() if (at := PHRASES.first_place(name, reach)) is not None]
    return min(found)[1] if found else AmountRole.OVER


def rate_role(before: str) -> AmountRole:
    """Whether a rate is for the n-th piece only."""
    return AmountRole.NTH_PIECE if find_ordinals(before) else AmountRole.PLAIN


def find_free_shipping(clause: str, before: str) -> str | None:
    """The words that free a delivery of its fee; carrying goods back after a fault is another matter."""
    words = PHRASES.first_hit("ships_free", clause.lower())
    return None if PHRASES.is_in("goes_back", before + clause) else words


def has_condition(clause: str, before: str) -> bool:
    """Whether free shipping is said to begin somewhere."""
    return PHRASES.is_in("on_condition", clause) or PHRASES.is_in("condition_before", before)


def find_everywhere(clause: str) -> str | None:
    """The far places, or the whole country, named without an exception."""
    if PHRASES.is_in("exception", clause):
        return None
    far = (place.text for place in find_places(clause) if any(lies_in(place.name, each) for each in FAR_PLACES))
    return PHRASES.first_hit("everywhere", clause) or next(far, None)


def find_dear_carrier(clause: str) -> str | None:
    """A courier that costs more than the usual ones."""
    return PHRASES.first_hit("dear_carrier", clause.lower())


def find_unnamed_gift(clause: str) -> str | None:
    """A gift that is none of the shop's: the authorised ones are blanked out before anything is read."""
    return PHRASES.first_hit("one_for_one", clause) or PHRASES.first_hit("unnamed_gift", clause)


def find_lasting_care(clause: str) -> str | None:
    """Repair or exchange without an end or a condition."""
    return PHRASES.first_hit("lasting_care", clause)


def find_immediate_dispatch(clause: str) -> str | None:
    """Words that let a parcel leave this moment."""
    return PHRASES.first_hit("at_once", clause)


def leaves_same_day(clause: str, before: str) -> bool:
    """Whether a parcel leaves the same day, and no cut-off is said."""
    return PHRASES.is_in("leaves", clause) and not PHRASES.is_in("cut_off", before + clause)
