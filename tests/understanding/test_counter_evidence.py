"""Names of goods and what an answer speaks of decide what rows may be told: measured on a shop of garden goods."""

import pytest

from app.domain.catalogue import FaqEntry, Product
from app.language.names import HiddenNames
from app.understanding.faq.evidence import CounterEvidence, EntryLetters
from app.understanding.understander import ShopUnderstander, Understander

SURE = 0.62
GOODS = (
    Product("G1", "伸缩浇花水管", ("水管",), ()),
    Product("G2", "省力修枝剪", ("修枝剪",), ()),
    Product("G3", "加厚园艺手套", ("园艺手套", "手套"), ()),
    Product("G4", "长嘴浇水壶", ("浇水壶",), ()),
)
ROWS = (
    FaqEntry("HOSE", "水管冬天会冻裂吗", "零下的时候把水放空收进屋里，就不会冻裂。", products=frozenset({"G1"})),
    FaqEntry(
        "SHEARS", "修枝剪能剪多粗的树枝", "两厘米以内的活枝都剪得动，再粗的请用锯子。", products=frozenset({"G2"})
    ),
    FaqEntry("RUST", "修枝剪会生锈吗", "用完擦干，抹一点油，不会生锈。", products=frozenset({"G2"})),
    FaqEntry("DULL", "修枝剪钝了怎么磨", "用细磨石顺着刀口磨，弹簧拆下来再磨更方便。", products=frozenset({"G2"})),
    FaqEntry("WASH", "园艺手套能水洗吗", "冷水手洗晾干，别用洗衣机，胶层会掉。", products=frozenset({"G3"})),
    FaqEntry("LITRE", "浇水壶能装多少水", "装满是一升半。", products=frozenset({"G4"})),
)


@pytest.fixture(scope="module")
def garden(understander: Understander) -> ShopUnderstander:
    return understander.build_shop_understander(ROWS, GOODS, version="garden")


def confidence(shop: ShopUnderstander, asked: str, row: str) -> float:
    request = shop.understand(asked).requests[0]
    return next((each.confidence for each in request.faqs if each.entry_id == row), 0.0)


@pytest.mark.parametrize(
    ("asked", "row"),
    [
        ("水管有没有绿色的", "HOSE"),
        ("修枝剪是哪个国家产的", "RUST"),
        ("修枝剪有没有左手用的", "SHEARS"),
        ("修枝剪多重", "SHEARS"),
        ("园艺手套是什么做的", "WASH"),
        ("浇水壶会生锈吗", "LITRE"),
        ("浇水壶是什么材料", "LITRE"),
    ],
)
def test_goods_alone_carry_no_row(garden: ShopUnderstander, asked: str, row: str) -> None:
    assert confidence(garden, asked, row) < SURE


@pytest.mark.parametrize(
    ("asked", "row"),
    [
        ("水管零下几度会裂开吗", "HOSE"),
        ("修枝剪几厘米的枝子剪得动", "SHEARS"),
        ("剪刀容易生锈不", "RUST"),
        ("浇水壶能装热水吗", "LITRE"),
    ],
)
def test_what_is_asked_of_them_does(garden: ShopUnderstander, asked: str, row: str) -> None:
    assert confidence(garden, asked, row) >= SURE


@pytest.mark.parametrize(("asked", "row"), [("装满多少", "LITRE"), ("钝了怎么办", "DULL")])
def test_who_names_no_goods_is_heard_without_those_of_the_row(
    understander: Understander, garden: ShopUnderstander, asked: str, row: str
) -> None:
    """The row's own 浇水壶 is no word that the question lacks."""
    without_goods = understander.build_shop_understander(ROWS, (), version="without goods")
    assert confidence(garden, asked, row) > confidence(without_goods, asked, row) + 0.05


@pytest.mark.parametrize(("asked", "row"), [("手套能用几年", "WASH")])
def test_what_neither_question_nor_answer_speaks_of_counts(garden: ShopUnderstander, asked: str, row: str) -> None:
    assert confidence(garden, asked, row) < SURE


def test_letters_of_a_name_are_not_spoken_of(understander: Understander) -> None:
    """水 of 水管 says nothing of whether it may be drunk."""
    rows, asked = [FaqEntry("LONG", "水管有多长", "拉直以后一共是十五米。")], understander.reader.analyze("水能喝吗")
    with_names = CounterEvidence(EntryLetters(rows, HiddenNames(["水管"]))).weigh_entries(asked, [0])
    without = CounterEvidence(EntryLetters(rows, HiddenNames())).weigh_entries(asked, [0])
    assert with_names > without


def test_what_a_row_of_an_offer_names_is_the_matter(understander: Understander) -> None:
    """修枝剪有优惠吗 leaves its 修枝剪 out where goods are asked about, and in a row of offers keeps it."""
    coupon = FaqEntry("COUPON", "优惠券怎么领", "优惠券在店铺首页领取。", ("有没有优惠券",), category="优惠活动")

    def read_festival(category: str) -> float:
        wordings = ("修枝剪有优惠吗", "园艺节几号")
        row = FaqEntry("FEST", "园艺节什么时候", "园艺节的优惠写在首页。", wordings, category=category)
        shop = understander.build_shop_understander((*ROWS, coupon, row), GOODS, version=f"festival{category}")
        return confidence(shop, "有优惠吗", "FEST")

    assert read_festival("优惠活动") < read_festival("")


def test_an_answer_that_speaks_of_nothing_asked_counts_against_its_row(understander: Understander) -> None:
    question, asked = "能放烤箱吗", "能放冰箱冷冻吗"
    speaking = FaqEntry("ROW", question, "两百度以内进烤箱没问题，陶瓷盖子要取下来，烤完等凉透再碰水。")
    mute = FaqEntry("ROW", question, "可以的。")
    told = [
        confidence(understander.build_shop_understander((row,), (), version=str(at)), asked, "ROW")
        for at, row in enumerate((speaking, mute))
    ]
    assert told[0] < told[1]
