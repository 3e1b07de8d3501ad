"""When a wish is so large that people make the price."""

from decimal import Decimal

import pytest

from app.dialogue.bulk import bulk_intent, wants_bulk
from app.domain.understanding import Entity, EntityKind, IntentScore, Request
from app.shop.schema import Authority, Bargaining
from intents._framework.registry import load_intents

TRAITS = load_intents().traits
FROM_100 = Authority(bargaining=Bargaining(rounds=0, max_discount=Decimal(0), bulk_handoff_from=100))


def a_request(text: str, *pieces: int, intent: str = "how_to_buy", confidence: float = 0.9) -> Request:
    counted = tuple(Entity(EntityKind.QUANTITY, str(each), each, 0, 1) for each in pieces)
    return Request(text, (IntentScore(intent, confidence),), (), counted)


@pytest.mark.parametrize(("pieces", "bulk"), [((99,), False), ((100,), True), ((2, 300), True), ((), False)])
def test_a_wish_is_bulk_from_the_shops_own_number_on(pieces: tuple[int, ...], *, bulk: bool) -> None:
    assert wants_bulk(a_request("要一些杯垫", *pieces), FROM_100) is bulk


def test_a_shop_without_such_a_number_has_no_bulk() -> None:
    assert not wants_bulk(a_request("要300个杯垫", 300), Authority())


@pytest.mark.parametrize("text", ["收到的300片坏了两片", "杯垫坏了300片", "我拍了300个什么时候发", "你们卖了1000件吗"])
def test_goods_already_bought_are_no_wish(text: str) -> None:
    assert not wants_bulk(a_request(text, 300), FROM_100)


def test_an_intent_that_knows_bulk_keeps_it() -> None:
    assert bulk_intent(a_request("300个便宜点", 300, intent="bargaining"), 0.6, TRAITS) == "bargaining"
    assert bulk_intent(a_request("300个", 300, intent="bargaining", confidence=0.3), 0.6, TRAITS) == "stock"
    assert bulk_intent(a_request("要300个", 300), 0.6, TRAITS) == "stock"
