"""A sound folder becomes a shop."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.catalogue import OrderState, PromotionKind
from app.shop.loader import load_shop
from app.shop.report import ShopInvalid
from tests.shop.builders import CATALOG, FAQ, ORDERS, xlsx_bytes

Build = Callable[..., Path]


def test_a_sound_folder_becomes_a_shop(a_shop: Build, now: datetime) -> None:
    shop = load_shop(a_shop(), now)

    assert shop.shop_id == "shop"
    assert shop.settings.name == "小店"
    assert shop.loaded_at == now
    assert [entry.question for entry in shop.faq] == ["怎么洗"]
    assert shop.faq[0].similar_questions == ("如何清洗", "能用水洗吗")
    assert shop.faq[0].source == "faq.csv 第 2 行"
    assert shop.products[0].skus[0].attributes == ("原木色",)
    assert shop.orders["8001"].paid_at == datetime(2026, 1, 10, 0, 0, tzinfo=UTC)
    assert shop.promotions[0].kind is PromotionKind.THRESHOLD


def test_english_headings_in_any_order_are_as_good(a_shop: Build, now: datetime) -> None:
    english = [["answer", "similar_questions", "question", "ID"], ["用水。", "甲\n乙|丙", "怎么洗", "7"]]

    shop = load_shop(a_shop({"faq.csv": english}), now)

    assert shop.faq[0].entry_id == "7"
    assert shop.faq[0].similar_questions == ("甲", "乙", "丙")


def test_excel_files_are_equals_of_csv(a_shop: Build, now: datetime) -> None:
    dated = [[*FAQ[0], "生效日期"], [*FAQ[1], datetime(2026, 1, 5)]]  # noqa: DTZ001  Excel's dates have no zone
    priced = [CATALOG[0], ["M1", "M1-1", "茶盘", "颜色:原木色", 39.9, 10.1 * 3, 12.0]]
    numbered = [ORDERS[0], [8001, "b1", "M1-1", 1, 39.9, "待发货", datetime(2026, 1, 9, 15, 0)]]  # noqa: DTZ001  the same
    folder = a_shop(
        {
            "faq.csv": None,
            "catalog.csv": None,
            "orders.csv": None,
            "faq.xlsx": xlsx_bytes(dated),
            "catalog.xlsx": xlsx_bytes(priced),
            "orders.xlsx": xlsx_bytes(numbered),
        }
    )

    shop = load_shop(folder, now)

    assert shop.faq[0].valid_from == date(2026, 1, 5)
    assert shop.products[0].skus[0].price == Decimal("39.9")
    assert shop.products[0].skus[0].floor_price == Decimal("30.3")
    assert shop.products[0].skus[0].stock == 12
    assert shop.orders["8001"].paid_at == datetime(2026, 1, 9, 7, 0, tzinfo=UTC)


def test_several_faq_files_are_one_faq(a_shop: Build, now: datetime) -> None:
    more = [["标准问题", "答案"], ["怎么保养", "亲，擦干就好。"]]

    shop = load_shop(
        a_shop({"faq-售后.csv": more, "常见问题2.xlsx": [["标准问题", "答案"], ["多大", "亲，小号。"]]}), now
    )

    assert {entry.question for entry in shop.faq} == {"怎么洗", "怎么保养", "多大"}


def test_an_entry_without_an_id_keeps_its_own_when_rows_move(a_shop: Build, now: datetime) -> None:
    rows = [["标准问题", "答案"], ["怎么洗", "用水。"], ["多大", "小号。"]]

    before = {entry.question: entry.entry_id for entry in load_shop(a_shop({"faq.csv": rows}), now).faq}
    after = {
        entry.question: entry.entry_id for entry in load_shop(a_shop({"faq.csv": [rows[0], rows[2], rows[1]]}), now).faq
    }

    assert before == after


def test_the_same_question_answered_otherwise_from_another_day_is_another_entry(a_shop: Build, now: datetime) -> None:
    rows = [
        ["标准问题", "答案", "生效日期", "失效日期"],
        ["几点上班", "亲，九点。", "2026-01-01", "2026-01-31"],
        ["几点上班", "亲，十点。", "2026-02-01", "2026-12-31"],
    ]

    shop = load_shop(a_shop({"faq.csv": rows}), now)

    assert [shop.entries[entry.entry_id].answer for entry in shop.faq] == ["亲，九点。", "亲，十点。"]


@pytest.mark.parametrize("written", ["￥39.9", "¥39.90", "39.9元", "３９.９", "39.9"])
def test_prices_may_carry_their_sign(a_shop: Build, now: datetime, written: str) -> None:
    rows = [CATALOG[0], ["M1", "M1-1", "茶盘", "", written, "", "1,200"]]

    sku = load_shop(a_shop({"catalog.csv": rows}), now).products[0].skus[0]

    assert sku.price == Decimal("39.9")
    assert sku.floor_price is None
    assert sku.stock == 1200


def test_rows_of_one_product_belong_together(a_shop: Build, now: datetime) -> None:
    rows = [
        ["商品编号", "规格编号", "标题", "价格", "库存", "别名", "商品参数", "在售"],
        ["M1", "M1-1", "茶盘", "10", "1", "茶海", "材质:榉木|尺寸:10cm", ""],
        ["M2", "M2-1", "杯", "10", "1", "", "", "否"],
        ["M1", "M1-2", "茶盘", "20", "0", "干泡台", "", "是"],
    ]
    files = {"catalog.csv": rows}

    first, second = load_shop(a_shop(files), now).products

    assert [sku.sku_id for sku in first.skus] == ["M1-1", "M1-2"]
    assert first.keywords == ("茶海", "干泡台")
    assert first.details == (("材质", "榉木"), ("尺寸", "10cm"))
    assert not second.skus[0].listed


def test_rows_of_one_order_are_its_lines(a_shop: Build, now: datetime) -> None:
    rows = [ORDERS[0], ORDERS[1], ["8001", "b1", "M1-1", "2", "70", "已付款", "今天 08:00"]]

    order = load_shop(a_shop({"orders.csv": rows}), now).orders["8001"]

    assert [line.quantity for line in order.lines] == [1, 2]
    assert order.total_amount == Decimal("109.9")
    assert order.state is OrderState.PAID


def test_a_promotion_that_ends_on_a_day_holds_that_whole_day(a_shop: Build, now: datetime) -> None:
    text = "- {id: a, title: 八折, kind: 打折, begins: 2026-01-05, ends: 2026-01-10, rate: 0.8, products: [M1]}\n"

    promotion = load_shop(a_shop({"promotions.yml": text}), now).promotions[0]

    assert promotion.begins == datetime(2026, 1, 4, 16, tzinfo=UTC)
    assert promotion.ends == datetime(2026, 1, 10, 16, tzinfo=UTC)
    assert promotion.rate == Decimal("0.8")
    assert promotion.products == {"M1"}


def test_an_unquoted_clock_time_is_a_time_and_not_a_number_of_minutes(a_shop: Build, now: datetime) -> None:
    text = "name: 小店\nauthority: {shipping: {within_hours: 24, cut_off: 16:00, closed: [[今天+1天, 2026-02-01]]}}\n"

    shipping = load_shop(a_shop({"shop.yml": text}), now).settings.authority.shipping

    assert shipping is not None
    assert shipping.cut_off is not None
    assert shipping.cut_off.hour == 16
    assert shipping.closed == ((date(2026, 1, 11), date(2026, 2, 1)),)


def test_what_shop_yml_leaves_out_is_not_allowed_and_zero_is_zero(a_shop: Build, now: datetime) -> None:
    silent = load_shop(a_shop({"shop.yml": "name: 小店\n"}), now).settings.authority
    zero = load_shop(
        a_shop({"shop.yml": "name: 小店\nauthority: {compensation: {cash: {per_order: 0, per_day: 0}}}\n"}), now
    ).settings.authority

    assert silent.shipping is None
    assert silent.bargaining is None
    assert silent.coupons == ()
    assert silent.compensation.cash is None
    assert zero.compensation.cash is not None
    assert zero.compensation.cash.per_order == 0


def test_the_version_is_the_content(a_shop: Build, now: datetime) -> None:
    absolute = {"orders.csv": [ORDERS[0]], "promotions.yml": None}
    first = load_shop(a_shop(absolute), now)
    again = load_shop(a_shop(absolute), now)
    changed = load_shop(a_shop({**absolute, "faq.csv": [*FAQ, ["2", "多大", "", "亲，小号。"]]}), now)

    assert first.version == again.version
    assert first.version != changed.version


def test_a_folder_with_errors_is_not_opened_and_every_reason_is_given(a_shop: Build, now: datetime) -> None:
    with pytest.raises(ShopInvalid) as refused:
        load_shop(a_shop({"faq.csv": [["标准问题"]], "catalog.csv": [["标题"]]}), now)

    assert {problem.file for problem in refused.value.report.errors} == {"faq.csv", "catalog.csv"}
