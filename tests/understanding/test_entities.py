"""What a message names."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.catalogue import Product, Sku
from app.domain.understanding import EntityKind
from app.understanding.entities.finder import EntityFinder
from app.understanding.entities.goods import GoodsFinder
from app.understanding.entities.variants import ShortNames

COURIERS = {"顺丰": "顺丰", "sf": "顺丰"}
TODAY = date(2026, 3, 18)  # a Wednesday


def a_sku(sku_id: str, *attributes: str) -> Sku:
    return Sku(sku_id, "P1", "胡桃木茶盘", attributes, Decimal(99), None, 5)


PRODUCTS = (
    Product("P1", "胡桃木茶盘", ("茶盘",), (a_sku("S1", "大号", "原木色"), a_sku("S2", "小号", "原木色"))),
    Product("P2", "紫砂壶", ("壶",), (Sku("S3", "P2", "紫砂壶", ("红色",), Decimal(199), None, 1),)),
)


@pytest.fixture
def finder() -> EntityFinder:
    return EntityFinder(COURIERS, GoodsFinder(PRODUCTS))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("50卖不卖", EntityKind.OFFERED_PRICE, Decimal(50)),
        ("五十块卖不卖", EntityKind.OFFERED_PRICE, Decimal(50)),
        ("伍拾行不行", EntityKind.OFFERED_PRICE, Decimal(50)),
        ("一百二我就拍", EntityKind.OFFERED_PRICE, Decimal(120)),
        ("给我改成80吧", EntityKind.OFFERED_PRICE, Decimal(80)),
        ("便宜10块", EntityKind.REDUCTION, Decimal(10)),
        ("少10元行吗", EntityKind.REDUCTION, Decimal(10)),
        ("再少五块呗", EntityKind.REDUCTION, Decimal(5)),
        ("抹个零吧", EntityKind.REDUCTION, "抹零"),
        ("打8折可以吗", EntityKind.DISCOUNT_RATE, Decimal("0.8")),
        ("八五折行不", EntityKind.DISCOUNT_RATE, Decimal("0.85")),
        ("半价卖吗", EntityKind.DISCOUNT_RATE, Decimal("0.5")),
        ("我要3件", EntityKind.QUANTITY, 3),
        ("来两箱", EntityKind.QUANTITY, 2),
        ("十二个多少钱", EntityKind.QUANTITY, 12),
        ("两三件的样子", EntityKind.QUANTITY, 3),
        ("订单号是2026031800001234", EntityKind.ORDER_ID, "2026031800001234"),
        ("XW20260318-001", EntityKind.ORDER_ID, "XW20260318-001"),
        ("快递单号 7312345678901", EntityKind.TRACKING_NO, "7312345678901"),
        ("SF1234567890123", EntityKind.TRACKING_NO, "SF1234567890123"),
        ("电话13812345678", EntityKind.PHONE, "13812345678"),
        ("138****5678", EntityKind.PHONE, "138****5678"),
        ("能发SF吗", EntityKind.COURIER, "顺丰"),
        ("到内蒙几天", EntityKind.PLACE, "内蒙古"),
        ("明天能到吗", EntityKind.DATE, "2026-03-19"),
        ("下周五前要用", EntityKind.DATE, "2026-03-27"),
        ("3月20号能到不", EntityKind.DATE, "2026-03-20"),
        ("20号之前", EntityKind.DATE, "2026-03-20"),
        ("年前能到吗", EntityKind.DATE, "年前"),
        ("上午10点送", EntityKind.TIME, "上午10点"),
        ("茶盘有货吗", EntityKind.PRODUCT, "P1"),
        ("原木色的", EntityKind.ATTRIBUTE, "原木色"),
        ("茶盘大号的", EntityKind.SKU, "S1"),
    ],
)
def test_a_message_names(finder: EntityFinder, text: str, kind: EntityKind, value: object) -> None:
    found = finder.find_entities(text, today=TODAY)

    assert (kind, value) in [(entity.kind, entity.value) for entity in found]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("满199减20是吗", EntityKind.REDUCTION),
        ("少发了2件", EntityKind.REDUCTION),
        ("都8天了", EntityKind.OFFERED_PRICE),
        ("这个怎么样", EntityKind.QUANTITY),
        ("3个月了", EntityKind.QUANTITY),
        ("转身份证sfz", EntityKind.COURIER),
        ("订单号13812345678", EntityKind.PHONE),
        ("便宜点吧", EntityKind.REDUCTION),
        ("折腾半天", EntityKind.DISCOUNT_RATE),
    ],
)
def test_a_message_does_not_name(finder: EntityFinder, text: str, kind: EntityKind) -> None:
    assert kind not in [entity.kind for entity in finder.find_entities(text, today=TODAY)]


def test_offsets_point_into_the_text(finder: EntityFinder) -> None:
    text = "茶盘大号的50卖不卖,发SF到新疆,明天下午电话13812345678"

    for entity in finder.find_entities(text, today=TODAY):
        assert text[entity.start : entity.end].startswith(entity.text)


def test_the_product_in_view_makes_a_size_its_sku(finder: EntityFinder) -> None:
    found = finder.find_entities("小号的有吗", product_id="P1")

    assert [entity.value for entity in found if entity.kind is EntityKind.SKU] == ["S2"]


def test_a_size_that_two_skus_share_is_no_sku(finder: EntityFinder) -> None:
    found = finder.find_entities("原木色的有吗", product_id="P1")

    assert [entity.kind for entity in found] == [EntityKind.ATTRIBUTE]


FRAMES = Product(
    "P3",
    "实木相框",
    ("相框",),
    tuple(
        Sku(f"F{number}", "P3", "实木相框", (attribute,), Decimal(29), None, 5)
        for number, attribute in enumerate(("6寸原木色", "8寸原木色", "A4胡桃色"))
    ),
)
SHELVES = Product(
    "P4",
    "隔板",
    (),
    tuple(Sku(f"L{size}", "P4", "隔板", (f"{size}cm",), Decimal(35), None, 5) for size in (40, 60, 80)),
)


@pytest.mark.parametrize(
    ("text", "product_id", "sku_id"),
    [
        ("大的多少钱", "P1", "S1"),
        ("那就小的吧", "P1", "S2"),
        ("小一点的有吗", "P1", "S2"),
        ("8寸的有没有", "P3", "F1"),
        ("a4呢", "P3", "F2"),
        ("胡桃的那个", "P3", "F2"),
        ("80的有吗", "P4", "L80"),
        ("60公分的来三块", "P4", "L60"),
        ("相框要胡桃的", None, "F2"),
    ],
)
def test_a_short_name_means_a_variant_of_the_product_spoken_of(text: str, product_id: str | None, sku_id: str) -> None:
    finder = EntityFinder(COURIERS, GoodsFinder((*PRODUCTS, FRAMES, SHELVES)))

    found = finder.find_entities(text, product_id=product_id)

    assert [entity.value for entity in found if entity.kind is EntityKind.SKU] == [sku_id]


def test_a_short_name_at_the_end_ends_with_the_text() -> None:
    finder = EntityFinder(COURIERS, GoodsFinder((*PRODUCTS, FRAMES, SHELVES)))

    found = finder.find_entities("有胡桃", product_id="P3")

    assert [(entity.text, entity.end) for entity in found if entity.kind is EntityKind.ATTRIBUTE] == [("胡桃", 3)]


@pytest.mark.parametrize("text", ["80卖不卖", "多大的", "这么大的优惠", "四只多少钱"])
def test_a_number_or_a_size_of_something_else_names_no_variant(text: str) -> None:
    finder = EntityFinder(COURIERS, GoodsFinder((*PRODUCTS, FRAMES, SHELVES)))

    found = [*finder.find_entities(text, product_id="P4"), *finder.find_entities(text, product_id="P1")]

    assert not [entity for entity in found if entity.kind in {EntityKind.ATTRIBUTE, EntityKind.SKU}]


@pytest.mark.parametrize(("text", "pieces"), [("那10个呢", 10), ("一打杯垫", 12), ("来两个", 2)])
def test_pieces_are_counted_however_they_are_said(finder: EntityFinder, text: str, pieces: int) -> None:
    assert [found.value for found in finder.find_entities(text) if found.kind is EntityKind.QUANTITY] == [pieces]


def test_those_two_are_no_quantity(finder: EntityFinder) -> None:
    assert not [found for found in finder.find_entities("那两个有什么不同") if found.kind is EntityKind.QUANTITY]


def test_a_products_name_inside_a_variant_of_the_one_in_view_is_not_meant() -> None:
    cups = Product("P7", "品茗杯", (), (Sku("C1", "P7", "品茗杯", ("四只礼盒装",), Decimal(96), None, 5),))
    box = Product("P8", "茶道礼盒", ("礼盒",), (Sku("G1", "P8", "茶道礼盒", ("炭黑",), Decimal(298), None, 5),))
    finder = EntityFinder(COURIERS, GoodsFinder((cups, box)))

    in_view = finder.find_entities("礼盒装参加吗", product_id="P7")
    alone = finder.find_entities("礼盒参加吗", product_id="P7")

    assert [entity.kind for entity in in_view] == [EntityKind.ATTRIBUTE, EntityKind.SKU]
    assert [entity.value for entity in alone if entity.kind is EntityKind.PRODUCT] == ["P8"]


def a_product(product_id: str, title: str, *keywords: str) -> Product:
    return Product(product_id, title, keywords, (Sku(f"{product_id}-1", product_id, title, (), Decimal(9), None, 5),))


@pytest.mark.parametrize(
    ("text", "product_id"),
    [
        ("首饰镜还有吗", "P1"),
        ("保养套装到哪了", "P2"),
        ("茶具套装多少钱", "P4"),
        ("具套装", None),
        ("镜子有吗", None),
        ("小礼物有吗", None),
        ("大吗", None),
    ],
)
def test_the_end_of_a_title_names_the_product_where_it_names_no_other(text: str, product_id: str | None) -> None:
    goods = (
        a_product("P1", "胡桃木首饰镜"),
        a_product("P2", "木蜡油保养套装"),
        a_product("P3", "便携旅行茶具套装"),
        a_product("P4", "茶道礼盒", "茶具套装"),
        a_product("P5", "榉木餐具套装"),
        a_product("P6", "书签", "小礼物"),
        a_product("P7", "杯垫", "小礼物"),
        a_product("P8", "樱桃木小礼物"),
        a_product("P9", "松木凳 大"),
    )

    found = EntityFinder(COURIERS, GoodsFinder(goods)).find_entities(text)

    assert [entity.value for entity in found if entity.kind is EntityKind.PRODUCT] == (
        [product_id] if product_id else []
    )


SHORT_NAMES = (
    Product(
        "P5",
        "棉T恤",
        ("包",),
        tuple(
            Sku(f"T{number}", "P5", "棉T恤", attributes, Decimal(59), None, 5)
            for number, attributes in enumerate((("M", "红"), ("L", "红"), ("XL", "黑")))
        ),
    ),
    Product("P6", "樱桃木碗", ("碗",), (Sku("B1", "P6", "樱桃木碗", ("小号",), Decimal(58), None, 5),)),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("碗有货吗", "P6"),
        ("有碗吗", "P6"),
        ("这个碗多少钱", "P6"),
        ("买两个碗，送勺吗", "P6"),
        ("m码有吗", "m"),
        ("我要L的", "l"),
        ("红色的有没有", "红"),
    ],
)
def test_a_name_of_one_character_counts_where_it_is_a_word_by_itself(text: str, value: str) -> None:
    finder = EntityFinder(COURIERS, GoodsFinder(SHORT_NAMES))

    assert value in [entity.value for entity in finder.find_entities(text)]


@pytest.mark.parametrize(
    "text", ["这个饭碗呢", "能装一碗水吗", "碗筷能洗吗", "包邮吗", "包不包邮", "有红包吗", "35mm的"]
)
def test_a_name_of_one_character_is_not_found_inside_another_word(text: str) -> None:
    finder = EntityFinder(COURIERS, GoodsFinder(SHORT_NAMES))
    goods = {EntityKind.PRODUCT, EntityKind.SKU, EntityKind.ATTRIBUTE}

    assert not [entity for entity in finder.find_entities(text) if entity.kind in goods]


@pytest.mark.parametrize(("text", "sku_id"), [("要L的", "T1"), ("xl有吗", "T2"), ("m码黑色还有吗", None)])
def test_a_size_is_not_found_inside_a_larger_one(text: str, sku_id: str | None) -> None:
    finder = EntityFinder(COURIERS, GoodsFinder(SHORT_NAMES))

    found = finder.find_entities(text, product_id="P5")

    assert [entity.value for entity in found if entity.kind is EntityKind.SKU] == ([sku_id] if sku_id else [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,299卖不卖", Decimal(1299)),
        ("八八卖不卖", Decimal(88)),
        ("卅五卖不卖", Decimal(35)),
        ("1万卖不卖", Decimal(10000)),
        ("2百行不行", Decimal(200)),
        ("一百五行不行", Decimal(150)),
        ("百八卖吗", Decimal(180)),
        ("伍拾卖不卖", Decimal(50)),
        ("19块9卖吗", Decimal("19.9")),
        ("两三百行不行", Decimal(300)),
    ],
)
def test_an_offer_is_read_however_its_number_is_written(finder: EntityFinder, text: str, value: Decimal) -> None:
    found = finder.find_entities(text)

    assert [(entity.kind, entity.value) for entity in found] == [(EntityKind.OFFERED_PRICE, value)]


@pytest.mark.parametrize(
    ("text", "share"), [("对折行吗", "0.5"), ("半价卖吗", "0.5"), ("优惠10%行吗", "0.9"), ("少一成吧", "0.9")]
)
def test_a_share_is_an_offer(finder: EntityFinder, text: str, share: str) -> None:
    found = finder.find_entities(text)

    assert [(entity.kind, entity.value) for entity in found] == [(EntityKind.DISCOUNT_RATE, Decimal(share))]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [("两三个", 3), ("三四十个", 40), ("3-5盒", 5), ("十多个", 10), ("茶盘各两个", 2), ("来三块", 3)],
)
def test_the_higher_end_of_a_range_is_the_quantity(finder: EntityFinder, text: str, pieces: int) -> None:
    assert [found.value for found in finder.find_entities(text) if found.kind is EntityKind.QUANTITY] == [pieces]


@pytest.mark.parametrize("text", ["四只装的", "跟上次一样", "50块行吗", "一块五一个", "洗了三次", "两种颜色", "后两个"])
def test_what_counts_no_pieces_is_no_quantity(finder: EntityFinder, text: str) -> None:
    assert not [found for found in finder.find_entities(text) if found.kind is EntityKind.QUANTITY]


@pytest.mark.parametrize(
    ("text", "province"),
    [
        ("乌鲁木齐包邮吗", "新疆"),
        ("我在包头", "内蒙古"),
        ("寄义乌几天", "浙江"),
        ("发格尔木吗", "青海"),
        ("江浙沪包邮吗", "江浙沪"),
    ],
)
def test_a_place_stands_for_its_province(finder: EntityFinder, text: str, province: str) -> None:
    assert [found.value for found in finder.find_entities(text) if found.kind is EntityKind.PLACE] == [province]


def test_a_dish_named_after_a_town_names_no_place(finder: EntityFinder) -> None:
    assert not [found for found in finder.find_entities("北京烤鸭有吗") if found.kind is EntityKind.PLACE]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("国庆能到吗", EntityKind.DATE, "国庆"),
        ("三天后发吗", EntityKind.DATE, "2026-03-21"),
        ("明天下午五点送", EntityKind.DATE, "2026-03-19"),
        ("这两天能到吗", EntityKind.DATE, "这两天"),
        ("4点半之前送", EntityKind.TIME, "4点半之前"),
        ("都等了四天了", EntityKind.DURATION, Decimal(96)),
    ],
)
def test_a_time_asked_about_is_one_entity(finder: EntityFinder, text: str, kind: EntityKind, value: object) -> None:
    found = finder.find_entities(text, today=TODAY)

    assert [(entity.kind, entity.value) for entity in found] == [(kind, value)]


KINDS = (
    Product(
        "W1",
        "鸭肉小型犬粮",
        ("柯基狗粮", "小狗粮", "狗粮"),
        (Sku("W1-1", "W1", "鸭肉小型犬粮", ("5斤",), Decimal(69), None, 4),),
    ),
    Product(
        "W2",
        "三文鱼大型犬粮",
        ("哈士奇狗粮", "大狗粮"),
        (Sku("W2-1", "W2", "三文鱼大型犬粮", ("30斤",), Decimal(289), None, 4),),
        (("适用", "12公斤以上，萨摩耶也合适"),),
    ),
    Product(
        "W3", "桌面夹子灯", ("台灯", "阅读灯"), (Sku("W3-1", "W3", "桌面夹子灯", ("白色",), Decimal(79), None, 4),)
    ),
)


@pytest.mark.parametrize(
    ("text", "view", "product"),
    [
        ("我家柯基吃哪个粮", None, "W1"),
        ("萨摩耶的粮有吗", None, "W2"),
        ("看书用的灯多少钱", None, "W3"),
        ("粮什么时候发", None, None),
        ("金毛的粮有吗", None, None),
        ("这粮好吃吗", "W1", None),
        ("我的灯笼裤呢", None, None),
        ("这狗粮多少钱", "W2", "W2"),
    ],
)
def test_goods_are_known_by_their_kind_and_what_tells_them_apart(
    text: str, view: str | None, product: str | None
) -> None:
    found = EntityFinder(COURIERS, GoodsFinder(KINDS)).find_entities(text, product_id=view)

    assert [each.value for each in found if each.kind is EntityKind.PRODUCT] == ([product] if product else [])


def test_a_weight_of_ones_animal_is_no_size_of_the_goods() -> None:
    found = EntityFinder(COURIERS, GoodsFinder(KINDS)).find_entities("我家萨摩耶30斤", product_id="W2")

    assert not [each for each in found if each.kind in {EntityKind.ATTRIBUTE, EntityKind.SKU}]


def test_a_number_beside_what_the_shop_calls_it_by_is_that_size() -> None:
    names = ShortNames(["30厘米", "40厘米"], ["深度"])

    assert [(each.start, each.end, each.value) for each in names.find_short_names("深度40有吗")] == [(0, 4, "40厘米")]
    assert [(each.start, each.end, each.value) for each in names.find_short_names("30深度有吗")] == [(0, 4, "30厘米")]
    assert list(names.find_short_names("140深度有吗")) == []


def test_a_size_in_letters_names_the_variant_that_begins_with_it() -> None:
    names = ShortNames(["S 58片", "M 50片", "L 44片"])

    assert [(name.start, name.value) for name in names.find_short_names("l没货?")] == [(0, "l 44片")]
    assert list(names.find_short_names("xl有吗")) == []
