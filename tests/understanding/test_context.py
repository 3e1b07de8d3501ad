"""What the conversation adds to the words."""

from decimal import Decimal

import numpy as np
import pytest

from app.domain.catalogue import Product, Sku
from app.domain.understanding import DialogueContext
from app.understanding.intent.context import ContextPrior, apply_context
from app.understanding.understander import ShopUnderstander, Understander


@pytest.fixture(scope="module")
def shop(understander: Understander) -> ShopUnderstander:
    return understander.build_shop_understander([], [], version="test")


def first(shop: ShopUnderstander, text: str, context: DialogueContext) -> str:
    return shop.understand(text, context).requests[0].intents[0].intent


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        ("order", "2026031800001234"),
        ("order", "订单号是2026031800001234"),
        ("order", "13812345678"),
        ("quantity", "3件"),
        ("quantity", "20"),
        ("offered_price", "50卖不卖"),
        ("place", "新疆"),
        ("date", "明天下午"),
    ],
)
def test_the_answer_to_our_question_resumes_its_intent(shop: ShopUnderstander, slot: str, text: str) -> None:
    context = DialogueContext(asked_intent="delivery_urging", asked_slot=slot)

    assert first(shop, text, context) == "delivery_urging"


def test_without_our_question_a_number_needs_context(shop: ShopUnderstander) -> None:
    assert first(shop, "2026031800001234", DialogueContext()) == "unclear"


def test_another_request_is_no_answer_to_our_question(shop: ShopUnderstander) -> None:
    context = DialogueContext(asked_intent="delivery_urging", asked_slot="order")

    assert first(shop, "算了，能开发票吗", context) == "invoice"


def test_a_fragment_goes_on_with_what_we_asked(shop: ShopUnderstander) -> None:
    context = DialogueContext(asked_intent="return_refund", asked_slot="reason")

    assert first(shop, "那个", context) == "return_refund"


def test_a_clear_request_is_not_bent_by_the_last_one(shop: ShopUnderstander) -> None:
    context = DialogueContext(last_intent="bargaining", order_state="shipped")

    assert first(shop, "什么时候发货", context) == "shipping_time"


def test_an_unknown_intent_or_state_in_context_is_ignored(shop: ShopUnderstander) -> None:
    context = DialogueContext(asked_intent="gone", asked_slot="gone", last_intent="gone", order_state="gone")

    assert first(shop, "能便宜点吗", context) == "bargaining"


def test_a_variant_of_the_product_in_view_is_asked_to_be_had(understander: Understander) -> None:
    sets = tuple(
        Sku(f"K{at}", "K", "旅行茶具", (colour,), Decimal(139), None, 4) for at, colour in enumerate(("炭黑", "米白"))
    )
    shop = understander.build_shop_understander([], [Product("K", "旅行茶具", (), sets)], version="test")

    assert first(shop, "米白有吗", DialogueContext(product_id="K")) == "stock"
    assert first(shop, "米白有吗", DialogueContext()) == "unclear"


def test_a_size_in_view_is_a_thing_pointed_at(understander: Understander) -> None:
    trays = tuple(Sku(f"K{size}", "K", "茶盘", (size,), Decimal(139), None, 4) for size in ("小号", "大号"))
    shop = understander.build_shop_understander([], [Product("K", "茶盘", (), trays)], version="test")

    found = shop.understand("小号多少钱", DialogueContext(product_id="K")).requests[0].intents[0]

    assert found.intent == "price_question"
    assert found.confidence > 0.8


PRIOR = ContextPrior({"unclear": 0, "stock": 1, "invoice": 2}, 0, 1, frozenset(), frozenset({0}), {"shipped": [2]})


def likely(context: DialogueContext, *probabilities: float, text: str = "那个") -> list[float]:
    given = np.array(probabilities, dtype=np.float32)
    return [round(float(each), 3) for each in apply_context(given, PRIOR, text, (), context)]


def test_what_means_nothing_alone_goes_to_our_question_before_the_last_subject() -> None:
    asked = DialogueContext(asked_intent="stock", asked_slot="goods", last_intent="invoice")

    assert likely(asked, 0.6, 0.1, 0.3) == [0.09, 0.61, 0.3]


def test_what_means_nothing_alone_goes_in_part_to_the_last_subject() -> None:
    assert likely(DialogueContext(last_intent="invoice"), 0.5, 0.1, 0.4) == [0.3, 0.1, 0.6]


def test_the_state_of_the_order_in_view_makes_its_intents_likelier() -> None:
    assert likely(DialogueContext(order_state="shipped"), 0.4, 0.2, 0.4) == [0.364, 0.182, 0.455]


def test_without_a_conversation_nothing_is_moved() -> None:
    assert likely(DialogueContext(), 0.5, 0.1, 0.4) == [0.5, 0.1, 0.4]
