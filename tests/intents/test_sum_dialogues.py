"""A sum is computed wherever a price of several is asked, and said with what stands in its way."""

from decimal import Decimal

from app.domain.commitment import BasketCommitment
from app.domain.decision import Reason
from tests.intents.market import Said
from tests.intents.teashop import CUPS, FULL, a_market

ASKED = "price_question"


def sums(said: Said) -> list[Decimal]:
    return [made.total for made in said.outcome.commitments if isinstance(made, BasketCommitment)]


async def test_several_pieces_are_summed_though_only_their_price_was_asked() -> None:
    market = a_market(promotions=(CUPS,))

    two = await market.hears("粗陶杯米白买两个多少钱", ASKED)
    three = await market.hears("买三个呢", ASKED)

    assert sums(two) == [Decimal(72)]
    assert sums(three) == [Decimal(120)]


async def test_two_products_are_summed() -> None:
    said = await a_market(promotions=(FULL,)).hears("松木茶盘小号加一个陶瓷茶叶罐多少钱", ASKED)

    assert sums(said) == [Decimal(159)]


async def test_more_than_there_is_is_said_with_the_sum() -> None:
    said = await a_market(promotions=(FULL,)).hears("松木茶盘大号拍8个多少钱", ASKED)

    assert sums(said) == [Decimal(1324)]
    assert "3件" in said.text


async def test_a_large_quantity_is_priced_by_people() -> None:
    said = await a_market(promotions=(FULL,)).hears("粗陶杯米白100个多少钱", ASKED)

    assert said.handoff is not None
    assert said.handoff.reason is Reason.BULK_ORDER
    assert sums(said) == []
