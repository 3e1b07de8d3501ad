"""The checks beyond each file's form: rows, goods, promotions, orders, and answers against the shop's other files."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from app.domain.catalogue import FaqEntry
from app.guard.answers import judge_answer
from app.language.phrases import NameTable
from app.language.title_terms import read_title_terms
from app.shop.checker import CheckTools, check_contents
from app.shop.checks.rows import SampleShop
from app.shop.loader import read_shop
from app.shop.report import FolderProblem, FolderReport, Severity
from tests.builders import a_product, a_sku
from tests.shop.builders import FAQ, SOUND, Content, write

Build = Callable[..., Path]

SETTINGS = (
    'name: 小店\nhours: {opens: "09:00", closes: "22:00"}\nauthority:\n  shipping:\n    within_hours: 48\n'
    "    couriers: [中通快递]\n    ships_from: 福建泉州\n    free_from: 49\n    fee: 6\n"
)
TITLES = {"return_refund": "退换货/退款", "invoice": "发票"}
COURIERS = NameTable({"中通": "中通", "中通快递": "中通", "圆通": "圆通", "顺丰": "顺丰"})
GOODS_HEADINGS = ["商品编号", "规格编号", "标题", "规格", "价格", "底价", "库存", "在售", "别名", "商品参数"]


def goods(*rows: list[str]) -> Content:
    return [GOODS_HEADINGS, *rows]


NUTS = ["N1", "N1-1", "每日坚果", "规格:7包", "39.9", "36", "120", "是", "坚果", "保质期:9个月"]
TOFU = ["L3", "L3-1", "麻辣豆干", "口味:麻辣", "12.8", "11", "80", "是", "豆干", ""]
SPICED = ["L3", "L3-2", "麻辣豆干", "口味:五香", "12.8", "11", "60", "是", "", ""]


def faq(*rows: tuple[str, str], **columns: str) -> Content:
    return [["标准问题", "答案", *columns], *([question, answer, *columns.values()] for question, answer in rows)]


def promotion(**changes: object) -> str:
    keys = {"id": "a", "title": "满99减10", "kind": "threshold", "begins": "今天", "ends": "今天+9天", "over": 99}
    written = {**keys, "minus": 10, **changes}
    pairs = ", ".join(f"{key}: {value}" for key, value in written.items() if value is not None)
    return f"promotions:\n  - {{{pairs}}}\n"


def check(folder: Path, now: datetime, **tools: object) -> FolderReport:
    given = CheckTools(titles=TITLES, couriers=COURIERS, **tools)  # type: ignore[arg-type]
    return check_contents(read_shop(folder, now), given)


def found(report: FolderReport, rule: str) -> list[FolderProblem]:
    return [problem for problem in report.problems if problem.rule == rule]


@pytest.fixture
def shop(a_shop: Build) -> Build:
    def build(**files: Content) -> Path:
        plain: dict[str, Content] = {"shop.yml": SETTINGS, "catalog.csv": goods(NUTS, TOFU, SPICED), "orders.csv": None}
        named = {name.replace("_", "."): content for name, content in files.items()}
        return a_shop({**plain, **named})

    return build


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("亲，我们发圆通速递。", "courier_conflict"),
        ("亲，可以发顺丰，免费升级。", "courier_conflict"),
        ("亲，从浙江义乌发货。", "origin_conflict"),
        ("亲，坚果保质期24个月。", "catalogue_conflict"),
        ("亲，人工客服早上8:30到晚上20:00在线。", "hours_conflict"),
    ],
)
def test_an_answer_that_says_something_else_than_the_files_is_told(
    shop: Build, now: datetime, answer: str, rule: str
) -> None:
    (problem,) = found(check(shop(faq_csv=faq(("问", answer))), now), rule)

    assert (problem.file, problem.row, problem.column) == ("faq.csv", 2, "B")
    assert problem.severity is (Severity.HINT if rule == "hours_conflict" else Severity.WARNING)


@pytest.mark.parametrize(
    "answer",
    [
        "亲，默认发中通快递，补差价可以发顺丰。",
        "亲，泉州仓库直接发货。",
        "亲，原料来自新疆，在福建晋江生产。",
        "亲，坚果保质期9个月，豆干保质期6个月。",
        "亲，人工客服9点到22点在线。",
        "亲，新疆西藏暂停发货。",
    ],
)
def test_an_answer_that_agrees_is_left_alone(shop: Build, now: datetime, answer: str) -> None:
    assert check(shop(faq_csv=faq(("问", answer))), now).problems == check(shop(), now).problems


def test_a_confirmed_row_is_left_alone(shop: Build, now: datetime) -> None:
    report = check(shop(faq_csv=faq(("问", "亲，我们发圆通速递。"), 确认="是")), now)
    marked = check(shop(faq_csv=faq(("问", "亲，我们发圆通速递。「已确认」"))), now)

    assert found(report, "courier_conflict") == found(marked, "courier_conflict") == []


def test_the_mark_behind_an_answer_is_not_told_to_buyers(shop: Build, now: datetime) -> None:
    (row,) = read_shop(shop(faq_csv=faq(("问", "亲，好的哦。「已确认」"))), now).contents.rows

    assert (row.entry.answer, row.entry.confirmed) == ("亲，好的哦。", True)


@pytest.mark.parametrize(
    ("rows", "rule", "row", "column"),
    [
        ([NUTS, TOFU, ["L3", "L3-2", "麻辣豆干", "口味:麻辣", "12.8", "", "60", "", "", ""]], "same_variant", 4, "D"),
        ([NUTS, TOFU, ["L3", "L3-2", "麻辣豆干", "口味:五香", "128", "", "60", "", "", ""]], "odd_price", 4, "E"),
        ([NUTS, ["L3", "L3-1", "麻辣豆干", "口味:麻辣", "128", "11", "60", "", "", ""]], "odd_price", 3, "F"),
        ([NUTS, ["L3", "L3-1", "麻辣豆干", "口味:麻辣", "12.8", "", "60", "", "坚果", ""]], "shared_alias", 3, "I"),
        (
            [NUTS, ["J1", "J1-1", "风衣", "尺码:S", "99", "", "6", "", "", "尺码建议:S 80-95"]],
            "unread_size_chart",
            3,
            "J",
        ),
    ],
)
def test_goods_that_confuse_are_told_at_their_cell(
    shop: Build, now: datetime, rows: list[list[str]], rule: str, row: int, column: str
) -> None:
    (problem,) = found(check(shop(catalog_csv=goods(*rows)), now), rule)

    assert (problem.file, problem.row, problem.column) == ("catalog.csv", row, column)


def test_a_price_that_its_amount_explains_is_no_slip(shop: Build, now: datetime) -> None:
    packs = [["N1", f"N1-{size}", "每日坚果", f"规格:{size}包", price, "", "9", "", "", ""] for size, price in
             (("1", "9.9"), ("10", "95"), ("20", "180"))]  # fmt: skip

    assert found(check(shop(catalog_csv=goods(*packs)), now), "odd_price") == []


@pytest.mark.parametrize(
    ("changes", "rule", "key"),
    [
        ({"begins": "今天-40天", "ends": "今天-20天"}, "expired_promotion", "ends"),
        ({"over": 9999999, "title": "满减"}, "unreachable", "over"),
        ({"minus": 1}, "title_mismatch", "minus"),
        ({"title": "豆干券", "kind": "coupon", "products": "[L3]", "over": None, "minus": 15},
         "coupon_above_price", "minus"),
        ({"title": "第二件半价", "kind": "nth_piece", "over": None, "minus": None, "quantity": 2, "rate": 0.95},
         "title_mismatch", "rate"),
        ({"title": "满29包邮", "kind": "free_shipping", "over": 29, "minus": None}, "free_shipping_conflict", "over"),
        ({"title": "满99送瓜子", "kind": "gift", "minus": None, "gift": "瓜子一包"}, "unknown_gift", "gift"),
        ({"ends": "2099-01-01"}, "far_date", "ends"),
    ],
)  # fmt: skip
def test_a_promotion_that_cannot_be_or_says_two_things_is_told(
    shop: Build, now: datetime, changes: dict[str, object], rule: str, key: str
) -> None:
    (problem,) = found(check(shop(promotions_yml=promotion(**changes)), now), rule)

    assert problem.field.endswith(key)
    assert problem.row == 2


def test_two_promotions_of_one_step_are_told_but_not_tiers(shop: Build, now: datetime) -> None:
    same = promotion() + promotion(id="b", title="满99减20", minus=20).removeprefix("promotions:\n")
    tiers = promotion() + promotion(id="b", title="满199减25", over=199, minus=25).removeprefix("promotions:\n")

    assert found(check(shop(promotions_yml=same), now), "overlapping_promotions")
    assert not found(check(shop(promotions_yml=tiers), now), "overlapping_promotions")


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [
        (["张三13912345678", "1", "12.8"], "private_buyer", "B"),
        (["b1", "2", "12.8"], "odd_amount", "E"),
        (["b1", "1", "128"], "odd_amount", "E"),
    ],
)
def test_an_order_that_does_not_add_up_is_told(
    shop: Build, now: datetime, row: list[str], rule: str, column: str
) -> None:
    buyer, quantity, amount = row
    headings = ["订单号", "买家", "规格编号", "数量", "金额", "状态", "付款时间"]
    orders = [headings, ["8001", buyer, "L3-1", quantity, amount, "待发货", "昨天"]]

    (problem,) = found(check(shop(orders_csv=orders), now), rule)

    assert (problem.file, problem.row, problem.column) == ("orders.csv", 2, column)


@pytest.mark.parametrize(
    ("files", "rule", "column"),
    [
        ({"faq_csv": faq(("坏了怎么办", "亲，拍照给我们看看。"), 分类="退换或")}, "category_typo", "C"),
        ({"faq_csv": faq(("年货节", "亲，有礼盒。"), 失效日期="2062-01-10")}, "far_date", "C"),
        ({"faq_csv": faq(("TRUE", "亲，有礼盒。"))}, "no_question", "A"),
        ({"faq_csv": faq(("有优惠吗", "亲，有的。"), 相似问法="|".join(f"说法{n}" for n in range(150)))},
         "many_wordings", "C"),
    ],
)  # fmt: skip
def test_a_row_that_will_not_do_what_is_meant_is_told(
    shop: Build, now: datetime, files: dict[str, Content], rule: str, column: str
) -> None:
    (problem,) = found(check(shop(**files), now), rule)

    assert (problem.row, problem.column, problem.severity) == (2, column, Severity.WARNING)


def test_a_row_copied_from_a_packaged_shop_about_goods_the_shop_has_not_is_an_error(shop: Build, now: datetime) -> None:
    sample = SampleShop(
        "示范店",
        (
            FaqEntry("F1", "茶盘怎么养", "亲，茶盘用完擦干放在通风处就可以。"),
            FaqEntry("F2", "开票吗", "亲，可以开电子发票。"),
        ),
        (a_product(a_sku(), title="松木茶盘", keywords=("茶盘",)),),
    )
    rows = faq(("茶盘怎么养", "亲，茶盘用完擦干，放在通风处就可以了。"), ("开票吗", "亲，可以开电子发票。"))

    (problem,) = found(check(shop(faq_csv=rows), now, samples=(sample,)), "foreign_goods")

    assert (problem.row, problem.severity) == (2, Severity.ERROR)
    assert "茶盘" in problem.message


def test_what_a_shop_leaves_to_the_defaults_is_hinted_at(shop: Build, now: datetime) -> None:
    (hint,) = found(check(shop(), now, kept_for_people=("投诉/纠纷",)), "default_people")

    assert hint.severity is Severity.HINT
    assert "投诉/纠纷" in hint.message


def test_what_an_error_looks_like_from_elsewhere_is_not_told_again(tmp_path: Path, now: datetime) -> None:
    """An address with a telephone is one mistake to the shopkeeper; the name in it is told once the number is gone."""
    address = "亲，寄到东街12号，李小二收，电话13900139000。"
    folder = write(tmp_path / "shop", {**SOUND, "faq.csv": [FAQ[0], ["1", "寄到哪里", "", address]]})
    loaded = read_shop(folder, now, judge_answer)

    told = [problem for problem in check_contents(loaded, CheckTools()).problems if problem.file == "faq.csv"]

    assert [problem.severity for problem in loaded.report.problems if problem.file == "faq.csv"] == ["error", "warning"]
    assert [(problem.severity, problem.field) for problem in told] == [("error", "答案")]


@pytest.mark.parametrize(
    ("title", "terms"),
    [
        ("满199减20", ("199", "20", None, None)),
        ("满29包邮", ("29", None, None, None)),
        ("关注店铺领5元券", (None, "5", None, None)),
        ("第二件半价", (None, None, "0.5", "2")),
        ("小夜灯限时八五折", (None, None, "0.85", None)),
        ("满99减10满199减25", (None, None, None, None)),
        ("满3件9折", (None, None, "0.9", None)),
    ],
)
def test_a_titles_numbers_are_read(title: str, terms: tuple[str | None, ...]) -> None:
    read = read_title_terms(title)

    assert (
        tuple(None if each is None else f"{each:f}" for each in (read.over, read.minus, read.rate, read.piece)) == terms
    )


def test_the_sound_goods_have_nothing_to_tell(shop: Build, now: datetime) -> None:
    assert [problem for problem in check(shop(), now).problems if problem.rule] == []
