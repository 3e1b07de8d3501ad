"""What a reply owes to the buyer's own words: true of any order is not enough where one place or time was named.

赶得上 is true at ten in the morning and false to who pays at five; 满59元包邮 is true and false to 乌鲁木齐.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from app.commerce.shipping import remote_region
from app.domain.commitment import BasketCommitment, PriceCommitment, ShipByCommitment
from app.domain.outcome import Outcome
from app.guard.phrases import find_free_shipping
from app.language.clauses import split_marks
from app.language.dates import find_dates, names_other_time
from app.language.measures import find_quantities
from app.language.numbers import find_money, normalise_width
from app.language.places import find_places
from app.language.units import MeasureKind
from app.language.wishes import names_need
from app.shop.schema import Authority, ShippingPromise


def find_missed_words(
    outcome: Outcome, text: str, asked: str, authority: Authority, now: datetime, variants: Collection[str] = ()
) -> tuple[str, ...]:
    """Why the reply is wrong for what was asked, in Chinese for people; empty where it is not.

    Args:
        outcome: the reply with its commitments.
        text: its words without the shop's own FAQ answers.
        asked: the buyer's message, normalised.
        authority: the shop's policy.
        now: the turn's moment, on the shop's clock.
        variants: the names of colours and sizes quoted, of which a number (50张) is no number of pieces.
    """
    if not asked or not (text or outcome.commitments):
        return ()
    return tuple(_missed_words(outcome, text, asked, authority, now, variants))


def _missed_words(
    outcome: Outcome, text: str, asked: str, authority: Authority, now: datetime, variants: Collection[str]
) -> Iterator[str]:
    place = _find_remote_place(asked, authority.shipping) if _frees_delivery(text) else None
    if place and authority.shipping and not _tells_remote_fee(text, authority.shipping):
        yield f"买家问的是{place}，偏远地区不包邮，回复却说包邮"
    other_time = names_other_time(find_dates(asked, now), now) and not names_need(asked)
    if other_time and any(map(_dates_this_moment, outcome.commitments)):
        yield "买家问的是别的付款时间，回复却按现在付款答应发货"
    if outcome.handoff is None and _quotes_retail(outcome, asked, authority, variants):
        yield "买家要的数量属于大单，回复却按零售报价"


def _find_remote_place(asked: str, promise: ShippingPromise | None) -> str | None:
    if promise is None or promise.remote_fee == 0:
        return None
    return remote_region(promise, (place.text for place in find_places(asked) if not place.of_goods))


def _tells_remote_fee(text: str, promise: ShippingPromise) -> bool:
    told = {amount.high for amount in find_money(normalise_width(text))}
    return promise.remote_fee is not None and promise.remote_fee in told


def _frees_delivery(text: str) -> bool:
    before = ""
    for clause in split_marks(normalise_width(text)):
        if find_free_shipping(clause, before):
            return True
        before = clause
    return False


def _dates_this_moment(commitment: object) -> bool:
    """Whether an order paid at this moment is promised to leave by some time."""
    return isinstance(commitment, ShipByCommitment) and commitment.order_id is None and commitment.paid_at is None


def _quotes_retail(outcome: Outcome, asked: str, authority: Authority, variants: Collection[str]) -> bool:
    """Whether fewer pieces are priced than the buyer wants, where so many are for people."""
    prices = [made for made in outcome.commitments if isinstance(made, PriceCommitment | BasketCommitment)]
    if not prices:
        return False
    money = find_money(asked)
    pieces = [
        int(each.in_base[1])
        for each in find_quantities(asked, MeasureKind.COUNT)
        if not each.pointed
        and not any(name.startswith(each.text) for name in variants)
        and not any(price.start < each.end and each.start < price.end for price in money)
    ]
    wanted = max(pieces, default=0)
    return authority.is_bulk(wanted) and any(_priced_pieces(made) < wanted for made in prices)


def _priced_pieces(made: PriceCommitment | BasketCommitment) -> int:
    return made.quantity if isinstance(made, PriceCommitment) else sum(count for _, count in made.lines)
