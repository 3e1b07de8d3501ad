"""The best legal combination of promotions, against an oracle that tries every combination piece by piece."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain, combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.commerce.pricing import BasketLine, best_quote
from app.domain.catalogue import Promotion, PromotionKind
from tests.builders import NOW, a_promotion, a_sku

CUP = a_sku("C1-A", title="粗陶杯", price=Decimal(48), floor_price=None)
TRAY = a_sku("T1-S", title="松木茶盘", price=Decimal(168))


def total(lines: Sequence[BasketLine], *promotions: Promotion) -> Decimal:
    return best_quote(lines, promotions, NOW).total


def percent(**changes: Any) -> Promotion:
    given: dict[str, Any] = {"kind": PromotionKind.PERCENT, "over": Decimal(0), "minus": Decimal(0)}
    return a_promotion("percent", **(given | {"rate": Decimal("0.9")} | changes))


def second_half(**changes: Any) -> Promotion:
    given: dict[str, Any] = {
        "kind": PromotionKind.NTH_PIECE,
        "over": Decimal(0),
        "minus": Decimal(0),
        "rate": Decimal("0.5"),
        "quantity": 2,
    }
    return a_promotion("nth", **(given | changes))


def test_without_promotions_the_page_price_holds() -> None:
    assert total([BasketLine(TRAY, 2)]) == Decimal(336)


def test_a_threshold_reached_takes_its_amount_off_once() -> None:
    assert total([BasketLine(TRAY, 3)], a_promotion()) == Decimal(484)


def test_a_repeating_threshold_takes_it_off_each_time() -> None:
    assert total([BasketLine(TRAY, 3)], a_promotion(repeats=True)) == Decimal(464)


def test_a_threshold_not_reached_takes_nothing_off() -> None:
    assert total([BasketLine(TRAY, 1)], a_promotion()) == Decimal(168)


def test_shares_on_top_of_each_other_do_not_depend_on_their_order() -> None:
    shares = [percent(rate=Decimal(rate)) for rate in ("0.75", "0.9")]
    line = [BasketLine(a_sku(price=Decimal("0.5"), floor_price=None), 1)]

    assert total(line, *shares) == total(line, *reversed(shares)) == Decimal("0.34")


def test_no_heap_of_promotions_makes_a_price_negative() -> None:
    free = [second_half(quantity=1, rate=Decimal("0.1"), repeats=True) for _ in range(3)]

    assert total([BasketLine(CUP, 2)], *free) == Decimal(0)


def test_promotions_that_stack_are_added_up() -> None:
    coupon = a_promotion("coupon", kind=PromotionKind.COUPON, over=Decimal(100), minus=Decimal(5))

    assert total([BasketLine(TRAY, 2)], a_promotion(), coupon) == Decimal(311)


def test_of_promotions_that_do_not_stack_the_better_one_is_taken() -> None:
    alone = a_promotion("alone", over=Decimal(100), minus=Decimal(50), stacks=False)

    quote = best_quote([BasketLine(TRAY, 2)], [a_promotion(), alone], NOW)

    assert quote.total == Decimal(286)
    assert [promotion.promotion_id for promotion in quote.quote_promotions] == ["alone"]


def test_a_share_on_goods_is_left_out_when_it_would_lose_a_larger_threshold() -> None:
    big = a_promotion(over=Decimal(168), minus=Decimal(60))
    small = percent(products=frozenset({"T1"}))

    assert total([BasketLine(TRAY, 1)], big, small) == Decimal(108)


def test_the_second_piece_at_half_price_is_once_unless_it_repeats() -> None:
    assert total([BasketLine(CUP, 4)], second_half()) == Decimal(168)
    assert total([BasketLine(CUP, 4)], second_half(repeats=True)) == Decimal(144)


def test_a_promotion_for_other_goods_changes_nothing() -> None:
    assert total([BasketLine(TRAY, 2)], percent(products=frozenset({"C1"}))) == Decimal(336)


def test_a_promotion_over_some_goods_counts_only_those() -> None:
    scoped = a_promotion(products=frozenset({"C1"}), over=Decimal(96), minus=Decimal(10))

    assert total([BasketLine(TRAY, 1), BasketLine(CUP, 1)], scoped) == Decimal(216)
    assert total([BasketLine(TRAY, 1), BasketLine(CUP, 2)], scoped) == Decimal(254)


def test_neither_an_ended_nor_a_coming_promotion_counts() -> None:
    ended = a_promotion("ended", ends=NOW)
    coming = a_promotion("coming", begins=NOW + timedelta(seconds=1))

    assert total([BasketLine(TRAY, 2)], ended, coming) == Decimal(336)


def test_a_promotion_counts_from_its_first_to_before_its_last_moment() -> None:
    begins_now = a_promotion("now", begins=NOW, ends=NOW + timedelta(seconds=1))

    assert total([BasketLine(TRAY, 2)], begins_now) == Decimal(316)


def test_what_comes_off_is_shown_step_by_step() -> None:
    quote = best_quote([BasketLine(TRAY, 2)], [a_promotion(), percent()], NOW)

    assert quote.full_price - sum(saving.amount for saving in quote.savings) == quote.total
    assert quote.total == Decimal("282.4")


def test_a_gift_comes_besides_the_price() -> None:
    gift = a_promotion("gift", kind=PromotionKind.GIFT, minus=Decimal(0), gift="杯垫")

    quote = best_quote([BasketLine(TRAY, 2)], [a_promotion(), gift], NOW)

    assert [promotion.promotion_id for promotion in quote.quote_promotions] == ["full", "gift"]


def test_a_gift_that_does_not_stack_is_not_given_beside_a_saving() -> None:
    gift = a_promotion("gift", kind=PromotionKind.GIFT, minus=Decimal(0), gift="杯垫", stacks=False)

    quote = best_quote([BasketLine(TRAY, 2)], [a_promotion(), gift], NOW)

    assert quote.extras == ()


MONEY = st.integers(1, 400).map(lambda cents: Decimal(cents) / 2)
SHARES = st.sampled_from([Decimal("0.5"), Decimal("0.75"), Decimal("0.88"), Decimal("0.9")])
SCOPES = st.sampled_from([frozenset(), frozenset({"A"}), frozenset({"B"}), frozenset({"A", "B"})])


@st.composite
def promotions_of(draw: st.DrawFn, number: int) -> Promotion:
    kind = draw(st.sampled_from([*PromotionKind]))
    return Promotion(
        promotion_id=f"p{number}",
        title=f"活动{number}",
        kind=kind,
        begins=NOW - timedelta(days=draw(st.integers(-1, 3))),
        ends=NOW + timedelta(days=draw(st.integers(0, 3))),
        products=draw(SCOPES),
        over=draw(st.one_of(st.just(Decimal(0)), MONEY)),
        minus=draw(MONEY) if kind in (PromotionKind.THRESHOLD, PromotionKind.COUPON) else Decimal(0),
        rate=draw(SHARES) if kind in (PromotionKind.PERCENT, PromotionKind.NTH_PIECE) else Decimal(1),
        quantity=draw(st.integers(0, 4)),
        gift="小样",
        repeats=draw(st.booleans()),
        stacks=draw(st.booleans()),
    )


@st.composite
def baskets(draw: st.DrawFn) -> list[BasketLine]:
    names = draw(st.lists(st.sampled_from(["A-1", "A-2", "B-1", "C-1"]), min_size=1, max_size=3, unique=True))
    return [BasketLine(a_sku(name, price=draw(MONEY), floor_price=None), draw(st.integers(1, 5))) for name in names]


@st.composite
def several_promotions(draw: st.DrawFn) -> list[Promotion]:
    return [draw(promotions_of(number)) for number in range(draw(st.integers(0, 5)))]


@settings(max_examples=400)
@given(baskets(), several_promotions())
def test_no_legal_combination_is_cheaper_than_the_one_found(
    lines: list[BasketLine], promotions: list[Promotion]
) -> None:
    quote = best_quote(lines, promotions, NOW)

    assert quote.total == oracle(lines, promotions)


@settings(max_examples=200)
@given(baskets(), several_promotions())
def test_the_combination_found_is_legal_and_adds_up(lines: list[BasketLine], promotions: list[Promotion]) -> None:
    quote = best_quote(lines, promotions, NOW)

    used = quote.quote_promotions
    assert all(promotion.begins <= NOW < promotion.ends for promotion in used)
    assert len(used) <= 1 or all(promotion.stacks for promotion in used)
    assert quote.full_price - sum((saving.amount for saving in quote.savings), Decimal(0)) == quote.total
    assert 0 <= quote.total <= quote.full_price


def oracle(lines: Sequence[BasketLine], promotions: Sequence[Promotion]) -> Decimal:
    """The least over every legal set of promotions, each paid for piece by piece."""
    running = [found for found in promotions if found.begins <= NOW < found.ends]
    stacking = [found for found in running if found.stacks]
    sets = chain(
        chain.from_iterable(combinations(stacking, size) for size in range(len(stacking) + 1)),
        ((found,) for found in running if not found.stacks),
    )
    return min(_paid(lines, chosen) for chosen in sets)


def _paid(lines: Sequence[BasketLine], chosen: Sequence[Promotion]) -> Decimal:
    listed = [
        (line.sku.product_id, line.sku.price, index) for index, line in enumerate(lines) for _ in range(line.quantity)
    ]
    by_line = {index: lines[index].sku.price * lines[index].quantity for index in range(len(lines))}
    for promotion in chosen:
        if promotion.kind is PromotionKind.NTH_PIECE and _met(promotion, listed):
            pieces = sorted((piece for piece in listed if _covers(promotion, piece)), key=lambda piece: -piece[1])
            every = max(promotion.quantity, 1)
            hits = (
                range(every - 1, len(pieces), every) if promotion.repeats else range(every - 1, min(every, len(pieces)))
            )
            for place in hits:
                by_line[pieces[place][2]] -= _cents(pieces[place][1] * (1 - promotion.rate))
    by_line = {index: max(amount, Decimal(0)) for index, amount in by_line.items()}
    for promotion in chosen:
        if promotion.kind is PromotionKind.PERCENT and _met(promotion, listed):
            for index, line in enumerate(lines):
                if not promotion.products or line.sku.product_id in promotion.products:
                    by_line[index] *= promotion.rate
    by_line = {index: _cents(amount) for index, amount in by_line.items()}
    left = sum(by_line.values())
    for promotion in chosen:
        if promotion.kind in (PromotionKind.THRESHOLD, PromotionKind.COUPON):
            left -= min(left, _taken(promotion, lines, by_line))
    return left


def _met(promotion: Promotion, pieces: Sequence[tuple[str, Decimal, int]]) -> bool:
    covered = [piece for piece in pieces if _covers(promotion, piece)]
    return sum(piece[1] for piece in covered) >= promotion.over and len(covered) >= promotion.quantity


def _covers(promotion: Promotion, piece: tuple[str, Decimal, int]) -> bool:
    return not promotion.products or piece[0] in promotion.products


def _taken(promotion: Promotion, lines: Sequence[BasketLine], by_line: dict[int, Decimal]) -> Decimal:
    covered = [
        index for index, line in enumerate(lines) if not promotion.products or line.sku.product_id in promotion.products
    ]
    amount = sum((by_line[index] for index in covered), Decimal(0))
    pieces = sum(lines[index].quantity for index in covered)
    if not covered or amount <= 0 or amount < promotion.over or pieces < promotion.quantity:
        return Decimal(0)
    off = promotion.minus
    if promotion.repeats and promotion.over > 0:
        off = Decimal(0)
        while (off // promotion.minus + 1) * promotion.over <= amount:
            off += promotion.minus
    return min(off, amount)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
