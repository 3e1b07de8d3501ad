"""Every mistake is told at once, in Chinese, with its file and row and what to write instead."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from app.domain.catalogue import FaqEntry, Product, Promotion
from app.shop.checker import check_shop, render_report
from app.shop.checks.answer import AnswerProblem
from app.shop.checks.promotions import FloorBreach
from app.shop.report import FolderProblem, FolderReport, Severity
from app.shop.schema import ShopSettings
from tests.shop.builders import CATALOG, FAQ, ORDERS, SHOP, Content, csv_bytes, xlsx_bytes

Build = Callable[..., Path]

FAQ_HEADINGS = ["编号", "标准问题", "相似问法", "不匹配问法", "答案", "适用商品", "生效日期", "失效日期"]
CATALOG_HEADINGS = ["商品编号", "规格编号", "标题", "价格", "底价", "库存", "补货日期", "预售发货", "在售", "商品参数"]
ORDER_HEADINGS = ["订单号", "买家", "规格编号", "数量", "金额", "状态", "付款时间", "发货时间", "签收时间", "运单号"]


def faq_rows(*rows: dict[str, str]) -> Content:
    plain = {"标准问题": "怎么洗", "答案": "亲，用清水冲洗就好。"}
    return [FAQ_HEADINGS, *([{**plain, **row}.get(name, "") for name in FAQ_HEADINGS] for row in rows)]


def goods_rows(*rows: dict[str, str]) -> Content:
    plain = {"商品编号": "M1", "规格编号": "M1-1", "标题": "茶盘", "价格": "39.9", "库存": "3"}
    return [CATALOG_HEADINGS, *([{**plain, **row}.get(name, "") for name in CATALOG_HEADINGS] for row in rows)]


def order_rows(*rows: dict[str, str]) -> Content:
    plain = {
        "订单号": "8001",
        "买家": "b1",
        "规格编号": "M1-1",
        "数量": "1",
        "金额": "39.9",
        "状态": "待发货",
        "付款时间": "昨天",
    }
    return [ORDER_HEADINGS, *([{**plain, **row}.get(name, "") for name in ORDER_HEADINGS] for row in rows)]


def promotion(**changes: str) -> str:
    keys = {
        "id": "a",
        "title": "满减",
        "kind": "threshold",
        "begins": "今天",
        "ends": "今天+3天",
        "over": "99",
        "minus": "10",
    }
    return (
        "promotions:\n  - {"
        + ", ".join(f"{key}: {value}" for key, value in {**keys, **changes}.items() if value)
        + "}\n"
    )


def only(problems: Sequence[FolderProblem]) -> FolderProblem:
    assert len(problems) == 1, [problem.message for problem in problems]
    return problems[0]


def test_a_sound_folder_has_no_problem(a_shop: Build, now: datetime) -> None:
    report = check_shop(a_shop(), now)

    assert report.problems == ()
    assert report.counts == {"问答": 1, "商品": 1, "规格": 1, "订单": 1, "活动": 1}
    assert "没有发现问题" in render_report(report)


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ({"答案": ""}, "答案", "没有填写"),
        ({"标准问题": " \u200b"}, "标准问题", "没有填写"),
        ({"标准问题": "🌰🌰"}, "标准问题", "“🌰🌰”里没有文字"),
        ({"标准问题": "？？"}, "标准问题", "里没有文字"),
        ({"答案": '=HYPERLINK("http://x")'}, "答案", "公式"),
        ({"答案": "+cmd|' /C calc'!A0"}, "答案", "公式"),
        ({"相似问法": "@SUM(A1)"}, "相似问法", "公式"),
        ({"答案": "#NAME?"}, "答案", "错误值"),
        ({"编号": "1.23457E+17"}, "编号", "文本"),
        ({"适用商品": "M11"}, "适用商品", "是不是想写“M1”"),
        ({"适用商品": "茶盘"}, "适用商品", "商品编号“M1”"),
        ({"生效日期": "2026-01-05", "失效日期": "2026-01-01"}, "失效日期", "早于"),
        ({"生效日期": "明年"}, "生效日期", "例如"),
        ({"失效日期": "46027"}, "失效日期", "2026-01-05"),
        ({"生效日期": "#NAME?"}, "生效日期", "今天+3天"),
        ({"不匹配问法": "怎么洗?"}, "不匹配问法", "删掉一处"),
    ],
)
def test_a_mistake_in_an_faq_row_is_told_at_its_cell(
    a_shop: Build, now: datetime, row: dict[str, str], column: str, says: str
) -> None:
    report = check_shop(a_shop({"faq.csv": faq_rows(row)}), now)

    problem = report.errors[0]
    letter = "ABCDEFGH"[FAQ_HEADINGS.index(column)]
    assert (problem.file, problem.row, problem.field, problem.column) == ("faq.csv", 2, column, letter)
    assert says in problem.message


def test_a_mistake_in_a_workbook_names_the_worksheet_and_the_columns_letter(a_shop: Build, now: datetime) -> None:
    rows = [["说明", "标准问题", "答案"], ["", "怎么洗", ""]]

    problem = only(check_shop(a_shop({"faq.csv": None, "faq.xlsx": xlsx_bytes(rows)}), now).errors)

    assert (problem.sheet, problem.row, problem.column, problem.field) == ("Sheet", 2, "C", "答案")
    assert "faq.xlsx 工作表“Sheet” 第 2 行 C 列「答案」" in render_report(FolderReport((problem,)))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"失效日期": "昨天"}, "过期"),
        ({"标准问题": "怎么洗|怎么擦"}, "相似问法"),
        ({"相似问法": "🧼|怎么擦"}, "“🧼”里没有文字，机器人认不出来，这一句不会用到"),
    ],
)
def test_what_only_looks_wrong_is_a_warning(a_shop: Build, now: datetime, row: dict[str, str], says: str) -> None:
    report = check_shop(a_shop({"faq.csv": faq_rows(row)}), now)

    assert report.is_valid
    assert says in only(report.warnings).message


def test_two_entries_may_not_share_a_wording_whatever_its_punctuation(a_shop: Build, now: datetime) -> None:
    rows = faq_rows({"标准问题": "怎么洗"}, {"标准问题": "怎么保养", "相似问法": "擦干吗|怎么洗？"})

    problem = only(check_shop(a_shop({"faq.csv": rows}), now).errors)

    assert (problem.row, problem.field) == (3, "相似问法")
    assert "第 2 行" in problem.message


def test_a_copy_of_the_faq_is_told_of_once(a_shop: Build, now: datetime) -> None:
    rows = faq_rows(*({"编号": "", "标准问题": f"第{number}问", "相似问法": ""} for number in range(9)))

    problem = only(check_shop(a_shop({"faq.csv": rows, "faq - 副本.csv": rows}), now).errors)

    assert (problem.file, problem.row) == ("faq.csv", None)
    assert "faq - 副本.csv 有 9 条问题相同" in problem.message


def test_products_of_an_entry_may_be_parted_by_any_mark(a_shop: Build, now: datetime) -> None:
    goods = goods_rows({}, {"商品编号": "M2", "规格编号": "M2-1"})

    report = check_shop(a_shop({"faq.csv": faq_rows({"适用商品": "M1，M2"}), "catalog.csv": goods}), now)

    assert report.is_valid, report.errors


def test_numbers_that_a_platform_keeps_from_excel_are_read_as_they_are(a_shop: Build, now: datetime) -> None:
    goods = goods_rows({"商品编号": "'M1", "规格编号": '="M1-1"', "价格": "'39.9", "库存": '="12"'})

    report = check_shop(a_shop({"catalog.csv": goods}), now)

    assert report.is_valid, report.errors


def test_a_heading_may_carry_its_unit_and_a_star(a_shop: Build, now: datetime) -> None:
    headings, *rows = CATALOG
    starred = ["*价格（元）" if heading == "价格" else heading for heading in headings]

    report = check_shop(a_shop({"catalog.csv": [starred, *rows]}), now)

    assert "*价格（元）" in starred
    assert report.is_valid, report.errors


def test_a_shared_wording_is_found_across_files(a_shop: Build, now: datetime) -> None:
    files = {"faq2.csv": faq_rows({"标准问题": "多大", "相似问法": "如何清洗"})}

    problem = only(check_shop(a_shop(files), now).errors)

    assert problem.file == "faq2.csv"
    assert "faq.csv 第 2 行" in problem.message


@pytest.mark.parametrize(
    "other",
    [{"适用商品": "M1"}, {"生效日期": "今天+10天"}],
)
def test_a_wording_may_return_for_one_product_or_for_other_days(
    a_shop: Build, now: datetime, other: dict[str, str]
) -> None:
    rows = faq_rows({"失效日期": "今天+3天"}, other)

    assert check_shop(a_shop({"faq.csv": rows}), now).is_valid


def test_two_entries_may_not_share_an_id(a_shop: Build, now: datetime) -> None:
    rows = faq_rows({"编号": "7"}, {"编号": "7", "标准问题": "多大"})

    problem = only(check_shop(a_shop({"faq.csv": rows}), now).errors)

    assert (problem.row, problem.field) == (3, "编号")


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ({"价格": "-5"}, "价格", "负数"),
        ({"价格": "39,9"}, "价格", "39.9"),
        ({"价格": "39.999"}, "价格", "两位小数"),
        ({"价格": "面议"}, "价格", "只写数字"),
        ({"价格": "9" * 500}, "价格", "小于一亿"),
        ({"价格": ""}, "价格", "没有填写"),
        ({"底价": "50"}, "底价", "高于价格 39.9"),
        ({"库存": "-3"}, "库存", "负数"),
        ({"库存": "三"}, "库存", "整数"),
        ({"在售": "或许"}, "在售", "“是”或“否”"),
        ({"规格编号": ""}, "规格编号", "没有填写"),
        ({"补货日期": "下周"}, "补货日期", "例如"),
    ],
)
def test_a_mistake_in_the_catalogue_is_told_at_its_cell(
    a_shop: Build, now: datetime, row: dict[str, str], column: str, says: str
) -> None:
    report = check_shop(a_shop({"catalog.csv": goods_rows(row), "orders.csv": None, "faq.csv": FAQ}), now)

    problem = only(report.errors)
    assert (problem.file, problem.row, problem.field) == ("catalog.csv", 2, column)
    assert says in problem.message


def test_two_skus_may_not_share_an_id_even_when_the_row_has_other_mistakes(a_shop: Build, now: datetime) -> None:
    rows = goods_rows({}, {"价格": "x"})

    fields = [problem.field for problem in check_shop(a_shop({"catalog.csv": rows}), now).errors]

    assert fields == ["规格编号", "价格"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"补货日期": "昨天"}, "已经过去"),
        ({"价格": "0"}, "免费"),
        ({"规格编号": "3月1日"}, "改成日期"),
        ({"规格编号": "1-Mar"}, "改成日期"),
        ({"商品参数": "榉木"}, "材质:黑胡桃木"),
    ],
)
def test_odd_goods_are_warned_of(a_shop: Build, now: datetime, row: dict[str, str], says: str) -> None:
    report = check_shop(a_shop({"catalog.csv": goods_rows(row), "orders.csv": [ORDER_HEADINGS]}), now)

    assert report.is_valid
    assert says in only(report.warnings).message


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ({"规格编号": "M1-2"}, "规格编号", "是不是想写“M1-1”"),
        ({"数量": "0"}, "数量", "1 或更大"),
        ({"金额": "-1"}, "金额", "负数"),
        ({"状态": "发货啦"}, "状态", "待付款、待发货"),
        ({"付款时间": ""}, "付款时间", "要写付款时间"),
        ({"状态": "待付款"}, "付款时间", "待付款"),
        ({"状态": "已发货", "运单号": "ZT1"}, "发货时间", "要写发货时间"),
        ({"状态": "已发货", "运单号": "ZT1", "发货时间": "今天-3天"}, "发货时间", "先后反了"),
        ({"订单号": "1.23457E+17"}, "订单号", "文本"),
    ],
)
def test_a_mistake_in_an_order_is_told_at_its_cell(
    a_shop: Build, now: datetime, row: dict[str, str], column: str, says: str
) -> None:
    problem = only(check_shop(a_shop({"orders.csv": order_rows(row)}), now).errors)

    assert (problem.file, problem.row, problem.field) == ("orders.csv", 2, column)
    assert says in problem.message


def test_lines_of_one_order_may_not_contradict_each_other(a_shop: Build, now: datetime) -> None:
    problem = only(check_shop(a_shop({"orders.csv": order_rows({}, {"买家": "b2"})}), now).errors)

    assert problem.row == 3
    assert "第 2 行" in problem.message


@pytest.mark.parametrize(
    ("changes", "key", "says"),
    [
        ({"ends": "昨天"}, "ends", "结束得比开始还早"),
        ({"ends": "下周"}, "ends", "例如"),
        ({"minus": "99"}, "minus", "倒贴"),
        ({"minus": ""}, "minus", "要写 minus"),
        ({"kind": "满送"}, "kind", "threshold 满减"),
        ({"kind": "percent", "over": "", "minus": "", "rate": "8.5"}, "rate", "0.85"),
        ({"kind": "percent", "over": "", "minus": "", "rate": "1"}, "rate", "没有优惠"),
        ({"gift": "杯垫"}, "gift", "用不到 gift"),
        ({"products": "[M11]"}, "products", "是不是想写“M1”"),
        ({"mins": "3"}, "mins", "是不是想写“minus”"),
        ({"kind": "nth_piece", "over": "", "minus": "", "rate": "0.5", "quantity": "1"}, "quantity", "2"),
    ],
)
def test_a_mistake_in_a_promotion_is_told_at_its_line(
    a_shop: Build, now: datetime, changes: dict[str, str], key: str, says: str
) -> None:
    problem = only(check_shop(a_shop({"promotions.yml": promotion(**changes)}), now).errors)

    assert (problem.file, problem.row, problem.field) == ("promotions.yml", 2, f"promotions.第1项.{key}")
    assert says in problem.message


def test_two_promotions_may_not_share_an_id(a_shop: Build, now: datetime) -> None:
    text = promotion() + promotion().removeprefix("promotions:\n")

    problem = only(check_shop(a_shop({"promotions.yml": text}), now).errors)

    assert (problem.row, problem.field) == (3, "promotions.第2项.id")


@pytest.mark.parametrize(
    ("text", "line", "field", "says"),
    [
        ("name: 小店\nnaem: x\n", 2, "naem", "是不是想写“name”"),
        ("name: 小店\ntone:\n  adress: 您\n", 3, "tone.adress", "是不是想写“address”"),
        ("name: 小店\ntone: {address: 你}\n", 2, "tone.address", "亲、您"),
        ("name: 小店\nname: 大店\n", 2, "name", "写了两次"),
        ("name: 小店\nhours: {opens: 9:00, closes: 960}\n", 2, "hours.closes", "16:00"),
        ("name: 小店\nhours: {opens: 9:00, closes: 8:00}\n", 2, "hours.closes", "晚于上班"),
        ("name: 小店\nhours: {opens: 9:00, closes: 9:00}\n", 2, "hours.closes", "晚于上班"),
        ("name: 小店\nhours: {days: [1, 8]}\n", 2, "hours.days.第2项", "7 或更小"),
        ("name: 小店\nhours: {timezone: Asia/Shanghia}\n", 2, "hours.timezone", "Asia/Shanghai"),
        ("name: 小店\nthresholds: {answer: 0.2}\n", 2, "thresholds.clarify", "小于 answer"),
        (
            'name: 小店\nsources: {order: {type: http, urll: x, url: "https://erp.example/o"}}\n',
            2,
            "sources.order.urll",
            "是不是想写“url”",
        ),
        ("name: 小店\nsources: {order: {type: ftp}}\n", 2, "sources.order", "files、http、sql"),
        ("name: 小店\ngroups: {presle: {name: 甲}}\n", 2, "groups.presle", "是不是想写“presale”"),
        ("name: 小店\ncallback:\n  url: https://me:pw@example.com/x\n", 3, "callback.url", "不要写用户名和密码"),
        ("name: 小店\nsources: {stock: {type: http, url: erp/stock}}\n", 2, "sources.stock.url", "https://"),
        ("- 小店\n", 1, "", "名称: 内容"),
        ("name: 小店\n\ttone: {}\n", 2, "", "Tab"),
        ("name: 小店\ntone: {address: 亲\n", 3, "", "格式读不懂"),
        ("name：小店\ntone:\n  address: 亲\n", 1, "", "中文冒号"),
        ("name:小店\ntone:\n  address: 亲\n", 1, "", "空一格"),
        ("name: &a 小店\ntone: *a\n", 2, "", "引用"),
        ("name: " + "[" * 99 + "]" * 99, 1, "", "层级太深"),
    ],
)
def test_a_mistake_in_shop_yml_is_told_at_its_line(
    a_shop: Build, now: datetime, text: str, line: int, field: str, says: str
) -> None:
    problem = check_shop(a_shop({"shop.yml": text}), now).errors[-1]

    assert (problem.file, problem.row, problem.field) == ("shop.yml", line, field)
    assert says in problem.message


@pytest.mark.parametrize(
    ("authority", "field", "says"),
    [
        ("bargaining: {rounds: 3}", "bargaining.max_discount", "缺少"),
        ("bargaining: {rounds: 3, max_discount: 5%}", "bargaining.max_discount", "0.05"),
        ("bargaining: {rounds: 3, max_discount: 1}", "bargaining.max_discount", "小于 1"),
        ("compensation: {cash: 10}", "compensation.cash", "名称: 内容"),
        (
            "coupons: [{id: a, amount: 5, per_day: 1}, {id: a, amount: 5, minimum_spend: 50, per_day: 1}]",
            "coupons.第2项.id",
            "重复",
        ),
        (
            "bargaining: {rounds: 3, max_discount: 0, bulk_tiers: [{quantity: 9, rate: 0.9}, {quantity: 9, rate: 1}]}",
            "bargaining.bulk_tiers.第2项",
            "从少到多",
        ),
        ("shipping: {within_hours: 48, closed: [[2026-02-03, 2026-02-01]]}", "shipping.closed.第1项", "对调"),
    ],
)
def test_a_mistake_in_authority_is_told_at_its_key(
    a_shop: Build, now: datetime, authority: str, field: str, says: str
) -> None:
    report = check_shop(a_shop({"shop.yml": f"name: 小店\nauthority:\n  {authority}\n"}), now)

    problem = only(report.errors)
    assert problem.field == f"authority.{field}"
    assert says in problem.message


@pytest.mark.parametrize(
    ("source", "key", "says"),
    [
        ("order: {type: http, url: 'https://erp.example/{orderid}'}", "order.url", "{order_id}"),
        (
            "order: {type: http, url: 'https://erp.example/o', buyer_url: 'https://erp.example/{order_id}'}",
            "order.buyer_url",
            "{buyer}",
        ),
        (
            "order: {type: http, url: 'https://erp.example/o', buyer_url: 'ftp://erp.example'}",
            "order.buyer_url",
            "https://",
        ),
        ("stock: {type: http, url: 'http://erp.example/{sku_id}'}", "stock.url", "https://"),
        ("promotion: {type: http, url: 'https://erp.example/{sku_id}'}", "promotion.url", "请删掉"),
        (
            "stock: {type: http, url: 'https://erp.example/s', mapping: {stok: qty, stock: n}}",
            "stock.mapping.stok",
            "“stock”",
        ),
        ("stock: {type: http, url: 'https://erp.example/s', mapping: {sku_id: id}}", "stock.mapping", "缺少“stock”"),
        (
            "stock: {type: http, url: 'https://erp.example/s', token_env: sk-123abc}",
            "stock.token_env",
            "环境变量的名字",
        ),
        (
            "stock: {type: sql, url_env: 'postgresql://me:pw@db/erp', query: select 1}",
            "stock.url_env",
            "环境变量的名字",
        ),
        ("stock: {type: sql, url_env: ERP, query: 'select a::int from t where sku=:sku'}", "stock.query", ":sku_id"),
    ],
)
def test_a_mistake_in_a_source_is_told_at_its_key(
    a_shop: Build, now: datetime, source: str, key: str, says: str
) -> None:
    problem = only(check_shop(a_shop({"shop.yml": SHOP + f"sources:\n  {source}\n"}), now).errors)

    assert problem.field == f"sources.{key}"
    assert says in problem.message
    assert "pw" not in problem.message
    assert "sk-123abc" not in problem.message


def test_a_discount_written_the_wrong_way_round_is_warned_of(a_shop: Build, now: datetime) -> None:
    text = SHOP + "  bargaining: {rounds: 3, max_discount: 0.95}\n"

    report = check_shop(a_shop({"shop.yml": text}), now)

    assert report.is_valid
    assert "0.05" in only(report.warnings).message


def test_an_unknown_intent_is_told_when_the_intents_are_known(a_shop: Build, now: datetime) -> None:
    text = SHOP + "  always_people: {intents: [complain]}\n"

    problem = only(check_shop(a_shop({"shop.yml": text}), now, intents=["complaint", "stock"]).errors)

    assert "是不是想写“complaint”" in problem.message


@pytest.mark.parametrize(("hours", "warned"), [("8:00, closes: '24:00'", False), ("18:00, closes: 2:00", True)])
def test_people_may_work_until_midnight_or_beyond(a_shop: Build, now: datetime, hours: str, *, warned: bool) -> None:
    report = check_shop(a_shop({"shop.yml": f"name: 小店\nhours: {{opens: {hours}}}\n"}), now)

    assert not [problem for problem in report.errors if problem.file == "shop.yml"]
    assert any(problem.field == "hours.closes" for problem in report.warnings) is warned


def test_every_mistake_of_every_file_is_told_in_one_report(a_shop: Build, now: datetime) -> None:
    folder = a_shop(
        {
            "shop.yml": "name: 小店\nhours: {opens: 9:00, closes: 8:00}\ntone: {adress: 亲}\n",
            "faq.csv": faq_rows({"答案": ""}, {"标准问题": "多大", "生效日期": "x", "失效日期": "y"}),
            "catalog.csv": goods_rows({"价格": "x", "库存": "y"}),
            "orders.csv": order_rows({"状态": "z", "数量": "0"}),
            "promotions.yml": promotion(kind="x", ends="y", products="[M9]"),
        }
    )

    report = check_shop(folder, now)

    assert [(problem.file, problem.row) for problem in report.errors] == [
        ("catalog.csv", 2),
        ("catalog.csv", 2),
        ("faq.csv", 2),
        ("faq.csv", 3),
        ("faq.csv", 3),
        ("orders.csv", 2),
        ("orders.csv", 2),
        *[("promotions.yml", 2)] * 3,
        ("shop.yml", 2),
        ("shop.yml", 3),
    ]


@pytest.mark.parametrize(
    ("files", "file", "says"),
    [
        ({"faq.csv": [["标准问题", "回覆"], ["a", "b"]]}, "faq.csv", "缺少“答案”"),
        ({"faq.csv": "标准问题,答案\n怎么洗,用水,冲一下\n"}, "faq.csv", "英文逗号"),
        ({"faq.csv": [["问题", "标准问题", "答案"], ["a", "a", "b"]]}, "faq.csv", "只留一列"),
        ({"faq.csv": b""}, "faq.csv", "空的"),
        ({"faq.csv": FAQ[1:]}, "faq.csv", "至少要有“标准问题”、“答案”"),
        ({"faq.csv": xlsx_bytes(FAQ)}, "faq.csv", "xlsx"),
        ({"faq.csv": None, "faq.xlsx": b"PK\x03\x04"}, "faq.xlsx", "打不开"),
        ({"faq.xls": b"x"}, "faq.xls", "另存为 .xlsx"),
        ({"catalog.xlsx": CATALOG}, "catalog.csv", "只留一个"),
        ({"shop.yml": None}, "shop.yml", "没有这个文件"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(
    a_shop: Build, now: datetime, files: dict[str, Content], file: str, says: str
) -> None:
    problem = only(check_shop(a_shop(files), now).errors)

    assert problem.file == file
    assert says in problem.message


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"faq.csv": [[*FAQ[0], "内部代号"], [*FAQ[1], "x"]]}, "不认识表头“内部代号”"),
        ({"faq.csv": [[*FAQ[0], "相识问法"], [*FAQ[1], "x"]]}, "是不是想写“相似问法”"),
        ({"catalogue.csv": CATALOG}, "是不是想写“catalog.csv”"),
        ({"faq.csv": None}, "没有问答文件"),
        ({"faq.csv": FAQ[:1]}, "只有表头"),
        ({"orders.csv": None}, "没有订单表"),
    ],
)
def test_what_will_not_be_used_is_a_warning(a_shop: Build, now: datetime, files: dict[str, Content], says: str) -> None:
    report = check_shop(a_shop(files), now)

    assert report.is_valid
    assert says in only(report.warnings).message


def test_a_shop_whose_facts_come_from_elsewhere_needs_no_tables(a_shop: Build, now: datetime) -> None:
    stock, order, rest = (
        f"{{type: http, url: 'https://erp.example/{place}'}}" for place in ("{sku_id}", "{order_id}", "")
    )
    text = SHOP + f"sources: {{stock: {stock}, order: {order}, promotion: {rest}, catalogue: {rest}}}\n"
    faq = faq_rows({"适用商品": "M1"})

    report = check_shop(
        a_shop({"shop.yml": text, "faq.csv": faq, "catalog.csv": None, "orders.csv": None, "promotions.yml": None}), now
    )

    assert report.problems == ()


def test_gb18030_files_are_checked_like_any_other(a_shop: Build, now: datetime) -> None:
    folder = a_shop({"orders.csv": csv_bytes(ORDERS, "gb18030"), "shop.yml": SHOP.encode("gb18030")})

    assert check_shop(folder, now).problems == ()


def test_a_folder_that_is_not_there_is_a_report_too(tmp_path: Path, now: datetime) -> None:
    assert "没有这个店铺文件夹" in check_shop(tmp_path / "nowhere", now).errors[0].message


def test_the_folder_of_all_shops_is_told_from_a_shop(a_shop: Build, now: datetime) -> None:
    report = check_shop(a_shop().parent, now)

    assert any("请检查其中一家：shop" in problem.message for problem in report.warnings)


def test_excels_own_lock_file_is_not_the_faq(a_shop: Build, now: datetime) -> None:
    assert check_shop(a_shop({"~$faq.xlsx": b"lock"}), now).problems == ()


def test_a_promise_an_answer_may_not_make_is_an_error_at_its_row(a_shop: Build, now: datetime) -> None:
    def no_gifts(
        entry: FaqEntry, settings: ShopSettings, products: Sequence[Product], promotions: Sequence[Promotion]
    ) -> Sequence[AnswerProblem]:
        known = settings.name == "小店" and len(products) == 1 and len(promotions) == 1
        found = AnswerProblem("promise", Severity.ERROR, "不能送赠品，请删去")
        return [found] if known and "送" in entry.answer else []

    rows = faq_rows({}, {"标准问题": "送什么", "答案": "亲，送一个杯垫。"})

    problem = only(check_shop(a_shop({"faq.csv": rows}), now, no_gifts).errors)

    assert (problem.file, problem.row, problem.column, problem.field) == ("faq.csv", 3, "E", "答案")
    assert (problem.message, problem.rule) == ("不能送赠品，请删去", "promise")


def test_the_terminal_report_names_place_and_cure_and_counts(a_shop: Build, now: datetime) -> None:
    text = render_report(check_shop(a_shop({"catalog.csv": goods_rows({"底价": "50"})}), now))

    assert "错误  catalog.csv 第 2 行 E 列「底价」：底价 50 高于价格 39.9" in text
    assert "已读取：问答 1，商品 0" in text
    assert "有 1 处错误，所在的那几条会被跳过" in text


def test_a_long_report_is_cut_and_says_so() -> None:
    problems = check_many(5)

    text = render_report(FolderReport(problems), limit=3)

    assert text.count("坏") == 3
    assert "还有 2 条" in text


def check_many(count: int) -> tuple[FolderProblem, ...]:
    return tuple(FolderProblem(Severity.ERROR, "faq.csv", "坏", row) for row in range(2, count + 2))


def test_what_promotions_do_to_the_goods_is_a_warning(a_shop: Build, now: datetime) -> None:
    def too_cheap(products: Sequence[Product], promotions: Sequence[Promotion], at: datetime) -> Sequence[FloorBreach]:
        return [FloorBreach("a", "低于底价")] if (len(products), len(promotions), at) == (1, 1, now) else []

    report = check_shop(a_shop(), now, goods_check=too_cheap)

    assert report.is_valid
    problem = only(report.warnings)
    assert (problem.file, problem.row, problem.message) == ("promotions.yml", 2, "低于底价")


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "10.0.0.8", "[::1]", "erp", "erp.local", "erp.internal", "169.254.169.254"]
)
def test_an_address_in_our_own_network_is_warned_of(a_shop: Build, now: datetime, host: str) -> None:
    source = f"sources:\n  stock: {{type: http, url: 'http://{host}/stock/{{sku_id}}'}}\n"

    problem = only(check_shop(a_shop({"shop.yml": SHOP + source}), now).problems)

    assert (problem.severity, problem.field) == (Severity.WARNING, "sources.stock.url")
    assert "内网" in problem.message


def test_an_address_that_asks_for_everything_is_warned_of(a_shop: Build, now: datetime) -> None:
    source = "sources:\n  stock: {type: http, url: 'https://erp.example.com/stock'}\n"

    problem = only(check_shop(a_shop({"shop.yml": SHOP + source}), now).problems)

    assert problem.severity is Severity.WARNING
    assert "{sku_id}" in problem.message


def test_two_products_may_not_share_an_id(a_shop: Build, now: datetime) -> None:
    rows = goods_rows({}, {"规格编号": "M2-1", "标题": "竹茶盘"})

    problem = only(check_shop(a_shop({"catalog.csv": rows, "orders.csv": None, "faq.csv": FAQ}), now).errors)

    assert (problem.file, problem.row, problem.field) == ("catalog.csv", 3, "标题")
    for word in ("M1", "M2-1", "茶盘", "第 2 行"):
        assert word in problem.message
