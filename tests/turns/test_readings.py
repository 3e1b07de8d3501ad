"""Which reading the buyer's orders and the goods' own data choose, and whether a row may be told of them."""

from dataclasses import replace

import pytest

from app.domain.acts import Act, ActSpan, DialogueActs
from app.domain.catalogue import FaqEntry, Order, OrderState, Product
from app.domain.conversation import Slot
from app.domain.decision import Answer, Clarify, Decision, Option, Reason
from app.domain.intent_traits import IntentDirectory
from app.domain.understanding import Entity, EntityKind, FaqScore, IntentScore, Request
from app.shop.shop import Shop
from app.turns.readings import ReadingChooser, names_foreign
from app.turns.scene import Scene
from intents._framework.registry import load_intents
from tests.handoff.builders import a_sku, an_order
from tests.turns.test_escalation import LATER, FewFacts, a_scene

TRAY = Product("P1", "胡桃木茶盘", ("茶盘",), (a_sku(),), (("材质", "胡桃木"), ("抽屉", "两个"), ("防水", "表面防水")))
CARE = FaqEntry("CARE", "茶盘怎么保养", "用软布擦干，别泡水。", ("茶盘怎么打理",), category="商品咨询")
ASKS = DialogueActs(frozenset({Act.ASK}), (ActSpan(0, 1, frozenset({Act.ASK})),))


@pytest.fixture(scope="module", name="traits")
def their_traits() -> IntentDirectory:
    return load_intents().traits


@pytest.fixture(name="chooser")
def a_chooser(traits: IntentDirectory) -> ReadingChooser:
    return ReadingChooser(traits)


def in_shop(text: str, *theirs: Order, product: str = "", order: str = "") -> Scene:
    scene = a_scene(FewFacts(*theirs), text)
    shop = Shop("demo", scene.opened.shop.folder, scene.opened.shop.settings, (CARE,), (TRAY,))
    opened = replace(scene.opened, shop=shop, entries={"CARE": CARE}, intent_of={"CARE": "product_question"})
    named = {"product": product, "order": order}
    slots = {name: Slot(value, LATER) for name, value in named.items() if value}
    return replace(scene, opened=opened, conversation=replace(scene.conversation, slots=slots))


def asked(text: str, intent: str = "product_question", confidence: float = 0.9, row: float = 0.0) -> Request:
    rows = (FaqScore("CARE", CARE.question, row),) if row else ()
    at = text.find("茶盘")
    named = (Entity(EntityKind.PRODUCT, "茶盘", "P1", at, at + 2),) if at >= 0 else ()
    return Request(text, (IntentScore(intent, confidence),), rows, named, ASKS)


def unsure(*intents: str, confidence: float = 0.5, row: str | None = None) -> Clarify:
    options = tuple(Option(intent, intent, row) for intent in intents)
    return Clarify(options, intents[0], confidence, Reason.LOW_CONFIDENCE)


@pytest.mark.parametrize(
    ("text", "foreign"),
    [("这个面膜怎么用", True), ("茶盘怎么用", False), ("怎么保养", False), ("这款洗衣液好用吗", True)],
)
def test_goods_that_no_word_of_the_shop_speaks_of_are_foreign(text: str, foreign: bool) -> None:
    assert names_foreign(in_shop(text), asked(text)) is foreign


def test_what_is_foreign_is_so_of_the_shops_own_version_alone() -> None:
    """What was worked out of one version is nothing to the next, which sells it."""
    text, before = "这个面膜怎么用", in_shop("这个面膜怎么用")
    assert names_foreign(before, asked(text))

    mask = Product("P2", "补水面膜", ("面膜",), (a_sku(sku_id="S2", product_id="P2"),))
    sells = replace(before.opened.shop, products=(TRAY, mask))

    assert not names_foreign(replace(before, opened=replace(before.opened, shop=sells)), asked(text))


def test_a_row_tells_nothing_of_foreign_goods(chooser: ReadingChooser) -> None:
    told = Answer("product_question", 0.9, "CARE")

    assert chooser.may_quote(in_shop("怎么保养"), asked("怎么保养", row=0.9), told)
    assert not chooser.may_quote(in_shop("这个面膜怎么保养"), asked("这个面膜怎么保养", row=0.9), told)


def test_of_goods_in_view_their_own_data_go_before_a_row_of_all(chooser: ReadingChooser) -> None:
    told = Answer("product_question", 0.9, "CARE")

    assert not chooser.may_quote(in_shop("怎么保养", product="P1"), asked("怎么保养", row=0.9), told)


@pytest.mark.parametrize(
    ("product", "order", "text", "meant"),
    [
        ("P1", "", "怎么保养", "P1"),
        ("P1", "202608150001", "怎么保养", None),
        ("", "202608150001", "茶盘怎么保养", "P1"),
        ("", "", "怎么保养", None),
        ("P9", "", "怎么保养", None),
    ],
)
def test_the_goods_meant_are_those_named_else_those_in_view(
    chooser: ReadingChooser, product: str, order: str, text: str, meant: str | None
) -> None:
    found = chooser.find_product_meant(in_shop(text, product=product, order=order), asked(text))

    assert (found.product_id if found else None) == meant


@pytest.mark.parametrize(("text", "row"), [("茶盘有抽屉吗", None), ("茶盘怎么打理", "CARE")])
def test_what_is_written_of_the_goods_goes_before_a_row_of_something_else(
    chooser: ReadingChooser, text: str, row: str | None
) -> None:
    decided = chooser.prefer_written(in_shop(text), asked(text, row=0.7), Answer("product_question", 0.7, "CARE"))

    assert isinstance(decided, Answer)
    assert decided.faq == row


async def settled(chooser: ReadingChooser, text: str, decision: Clarify, *theirs: Order, product: str = "") -> Decision:
    return await chooser.settle_reading(in_shop(text, *theirs, product=product), asked(text, "unclear", 0.3), decision)


async def test_the_one_order_under_way_is_what_a_reading_of_an_order_means(chooser: ReadingChooser) -> None:
    asked_back = unsure("delivery_urging", confidence=0.4)
    shipped, closed = an_order(state=OrderState.SHIPPED), an_order(order_id="closed", state=OrderState.COMPLETED)
    second = an_order(order_id="second", state=OrderState.PAID)

    assert await settled(chooser, "弄好了没", asked_back, shipped, closed) == Answer("delivery_urging", 0.4)
    assert await settled(chooser, "弄好了没", asked_back, shipped, second) == asked_back


async def test_who_has_no_order_is_not_asked_whether_one_is_meant(chooser: ReadingChooser) -> None:
    asked_back = unsure("delivery_urging", "shipping_time", confidence=0.4)

    assert await settled(chooser, "能快点不", asked_back) == Answer("shipping_time", 0.4)
    several = [an_order(order_id=number, state=OrderState.SHIPPED) for number in ("one", "two")]
    assert await settled(chooser, "能快点不", asked_back, *several) == asked_back


async def test_a_detail_that_is_asked_for_settles_the_reading(chooser: ReadingChooser) -> None:
    asked_back = unsure("stock", "logistics_status", confidence=0.4)

    assert await settled(chooser, "抽屉几个", asked_back, product="P1") == Answer("product_question", 0.4)


async def test_what_has_no_word_of_money_is_no_haggling(chooser: ReadingChooser) -> None:
    asked_back = unsure("bargaining", "complaint", confidence=0.4)

    assert await settled(chooser, "放20本行吗", asked_back, product="P1") == Answer("product_question", 0.4)
    assert await settled(chooser, "便宜20行吗", asked_back, product="P1") != Answer("product_question", 0.4)


@pytest.mark.parametrize(("state", "known"), [(OrderState.SHIPPED, True), (OrderState.CANCELLED, False)])
async def test_a_row_that_asks_for_an_order_gives_way_to_the_one_we_know(
    chooser: ReadingChooser, state: OrderState, known: bool
) -> None:
    row = FaqEntry("TRACK", "快递到哪了", "请把订单号发给我们，我们帮您查。")
    scene, decision = in_shop("快递到哪了", an_order(state=state)), Answer("logistics_status", 0.9, "TRACK")

    assert await chooser.knows_order(scene, decision, row) is known
    assert await chooser.knows_order(in_shop("快递到哪了", order="202608150001"), decision, row)
    assert not await chooser.knows_order(scene, decision, replace(row, answer="下单后两天到。"))
