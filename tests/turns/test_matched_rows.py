"""Rows that a shop matches by their words, answers for one stage of an order, and what stands beside an answer."""

import asyncio
from datetime import date

import pytest

from app.commands.trial import TrialReply, open_trial
from app.dialogue.fixed_rows import find_fixed_row
from app.domain.catalogue import FaqEntry, MatchMode
from app.domain.decision import Answer
from app.domain.outcome import Outcome
from app.domain.step import Step
from app.domain.understanding import Request
from app.shop.patterns import explain_pattern
from app.shop.variables import QuoteContext, fill_variables
from app.turns.step import join_contents
from intents._framework.policy import entry_content
from tests.builders import a_shop, settings_of
from tests.shop.builders import CATALOG, Content, write

TODAY = date(2026, 1, 10)
HEADINGS = ["标准问题", "答案", "匹配方式", "适用阶段", "答完转人工", "图片", "链接", "适用商品"]
FAQ: Content = [
    HEADINGS,
    ["1", "亲，回复1是看尺码表。", "完全一致", "", "", "https://a.example/size.png", "https://a.example/help"],
    ["团购", "亲，团购请联系我们的同事。", "包含", "", "是", "", ""],
    [r"第\d+期", "亲，每一期的内容都在详情页。", "正则", "", "", "", ""],
    [
        "会员卡怎么用",
        "亲，{{店铺名}}的会员卡收到{{商品名}}后用，{{买家}}请看卡片背面。",
        "完全一致",
        "",
        "",
        "",
        "",
    ],
    ["怎么预约安装师傅", "亲，下单后会有师傅联系您预约安装。", "", "售前", "", "", ""],
    ["怎么预约安装师傅", "亲，师傅会在发货后打电话给您预约安装。", "", "售中", "", "", ""],
    ["底部有没有防滑垫", "亲，底部粘了四个防滑脚垫。", "", "", "", "", "", "M1"],
]
ASKED = {
    "exact": ("1", "x"),
    "contains": ("你们有没有团购呀", "x"),
    "pattern": ("第12期讲什么", "x"),
    "variables": ("会员卡怎么用", "x"),
    "presale": ("怎么预约安装师傅", "x"),
    "insale": ("怎么预约安装师傅", "b1"),
    "goods": ("底部有防滑垫吗", "x"),
}


@pytest.fixture(scope="module")
def replies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TrialReply]:
    orders = [
        ["订单号", "买家", "规格编号", "数量", "金额", "状态", "付款时间"],
        ["8001", "b1", "M1-1", "1", "39.9", "待发货", "今天-1天"],
    ]
    folder = write(
        tmp_path_factory.mktemp("shops") / "shop",
        {"shop.yml": "name: 小店\n", "faq.csv": FAQ, "catalog.csv": CATALOG, "orders.csv": orders},
    )

    async def ask_all() -> dict[str, TrialReply]:
        async with open_trial(folder) as trial:
            assert trial is not None
            return {name: await trial.ask_text(text, buyer=buyer) for name, (text, buyer) in ASKED.items()}

    return asyncio.run(ask_all())


def test_a_row_matched_by_its_words_goes_before_every_intent(replies: dict[str, TrialReply]) -> None:
    assert "亲，回复1是看尺码表。" in replies["exact"].reply
    assert "亲，每一期的内容都在详情页。" in replies["pattern"].reply


def test_a_row_of_some_goods_begins_with_them_where_none_are_in_view(replies: dict[str, TrialReply]) -> None:
    assert replies["goods"].reply.startswith("关于「茶盘」：亲，底部粘了四个防滑脚垫。")


def test_pictures_and_links_stand_below_the_text() -> None:
    entry = FaqEntry("F1", "尺码", "亲。", images=("https://a.example/1.png",), links=("https://a.example/help",))
    step = Step(Request("尺码", ()), Answer("other", 1.0, "F1"), Outcome("亲。", content=entry_content(entry)))

    parts = join_contents("亲。", (step,)).parts

    assert [part.type for part in parts] == ["text", "image", "card"]


def test_a_row_that_asks_for_people_answers_first(replies: dict[str, TrialReply]) -> None:
    assert replies["contains"].reply.startswith("亲，团购请联系我们的同事。")
    assert replies["contains"].action == "handoff"


def test_variables_are_filled_and_those_the_talk_does_not_tell_have_words(replies: dict[str, TrialReply]) -> None:
    assert "小店的会员卡收到这款商品后用，您请看" in replies["variables"].reply


def test_one_question_is_answered_by_where_the_buyer_stands(replies: dict[str, TrialReply]) -> None:
    assert "下单后会有师傅" in replies["presale"].reply
    assert "发货后打电话" in replies["insale"].reply


def a_row(question: str, match: MatchMode, **more: object) -> FaqEntry:
    return FaqEntry(question, question, "亲。", match=match, **more)  # type: ignore[arg-type]


def test_exact_goes_before_pattern_and_pattern_before_words_the_longest_first() -> None:
    rows = (
        a_row("票", MatchMode.CONTAINS),
        a_row("发票", MatchMode.CONTAINS),
        a_row("发.", MatchMode.PATTERN),
        a_row("发票", MatchMode.EXACT),
    )

    found = [
        find_fixed_row(a_shop(faq=rows[:count]), text, TODAY, ())
        for count, text in [(1, "发票"), (2, "要发票"), (3, "要发票"), (4, "发票？")]
    ]

    assert found == list(rows)


def test_a_row_does_not_match_what_it_excludes_nor_before_its_day() -> None:
    rows = (
        a_row("发票", MatchMode.CONTAINS, not_matching=("发票丢了",)),
        a_row("券", MatchMode.CONTAINS, valid_from=date(2026, 2, 1)),
    )
    shop = a_shop(faq=rows)

    assert find_fixed_row(shop, "发票丢了怎么办", TODAY, ()) is None
    assert find_fixed_row(shop, "有券吗", TODAY, ()) is None


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("(a+)+b", "一层套一层"), ("xa*b*c*", "最多用"), ("(", "写法有误"), (".*", "什么都不写"), (r"(a)\1", "反向引用")],
)
def test_a_pattern_that_could_hold_up_the_service_is_refused(pattern: str, says: str) -> None:
    assert says in explain_pattern(pattern)


@pytest.mark.parametrize("pattern", ["发票|收据", r"第\d{1,3}期", "多久.*发货", "^1$"])
def test_a_plain_pattern_is_fine(pattern: str) -> None:
    assert explain_pattern(pattern) == ""


def test_a_shops_promise_is_quoted_as_it_stands() -> None:
    settings = settings_of(shipping={"within_hours": 24})

    assert fill_variables("{{发货时限}}内发出", QuoteContext(settings)) == "24小时内发出"
