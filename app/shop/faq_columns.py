"""The columns of an FAQ, and how they are found in tables whose headings nobody foresaw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.catalogue import MatchMode, SaleStage
from app.shop.raw_table import RawTable, TableRow
from app.shop.sheet import Column

COLUMNS = (
    Column("id", "编号", ("问题编号", "知识编号", "知识id")),
    Column(
        "question",
        "标准问题",
        (
            *(
                "问题",
                "问",
                "标准问",
                "标准问法",
                "提问",
                "问句",
                "主问题",
                "主问法",
                "问题标题",
                "问题内容",
                "常见问题",
            ),
            *("买家问题", "客户问题", "用户问题", "顾客问题", "买家提问", "q", "知识标题"),
        ),
        required=True,
        loose=("关键词", "匹配关键词", "触发词", "关键字", "分段标题", "标题", "keyword", "keywords", "title", "query"),
    ),
    Column(
        "similar_questions",
        "相似问法",
        (
            "相似问题",
            "相似问",
            "相似说法",
            "扩展问法",
            "扩展问",
            "扩展问题",
            "同义问法",
            "同义问",
            "其他问法",
            "相似提问",
        ),
    ),
    Column("not_matching", "不匹配问法", ("不匹配问题", "反例")),
    Column(
        "answer",
        "答案",
        (
            *(
                "回答",
                "回复",
                "答",
                "答复",
                "标准答案",
                "标准回答",
                "解答",
                "答案内容",
                "回答内容",
                "回复内容",
                "回复话术",
                "标准回复",
            ),
            *("话术", "客服回复", "客服回答", "分段内容", "a", "reply"),
        ),
        required=True,
        loose=("内容", "话术内容", "知识内容", "正文", "content", "response", "text"),
    ),
    Column("category", "分类", ("类目", "类别", "问题分类", "知识分类")),
    Column("products", "适用商品", ("商品", "商品编号")),
    Column("valid_from", "生效日期", ("开始日期",)),
    Column("valid_to", "失效日期", ("结束日期", "截止日期", "有效期至")),
    Column("match", "匹配方式", ("匹配类型", "匹配模式", "匹配规则")),
    Column("stages", "适用阶段", ("订单阶段", "阶段", "售前售后")),
    Column("then_people", "答完转人工", ("转人工", "是否转人工")),
    Column("images", "图片", ("图片链接", "配图", "图片地址")),
    Column("links", "链接", ("网址", "跳转链接")),
    Column("confirmed", "确认", ("已确认", "确认无误")),
)
MATCH_MODES = {
    **dict.fromkeys(("", "智能", "智能匹配", "语义", "模糊", "模糊匹配", "smart"), MatchMode.SMART),
    **dict.fromkeys(("完全一致", "精确", "精确匹配", "全匹配", "完全匹配", "相等", "exact"), MatchMode.EXACT),
    **dict.fromkeys(("包含", "关键词", "包含关键词", "关键字", "半匹配", "contains"), MatchMode.CONTAINS),
    **dict.fromkeys(("正则", "正则表达式", "正则匹配", "regex", "pattern"), MatchMode.PATTERN),
}
MATCH_WORDS = "智能、完全一致、包含、正则"
SALE_STAGES = {
    **dict.fromkeys(("售前", "未下单", "下单前", "presale"), SaleStage.PRESALE),
    **dict.fromkeys(("售中", "待付款", "待发货", "已发货", "运输中", "待收货", "insale"), SaleStage.INSALE),
    **dict.fromkeys(("售后", "已签收", "已完成", "退款中", "已退款", "aftersale"), SaleStage.AFTERSALE),
}
STAGE_WORDS = "售前、售中、售后"
_FEWEST_ROWS = 2
_FILLED_SHARE = 0.5
_SHORTEST_ANSWER = 5
_LONGEST_QUESTION = 60
_LONGEST_HEADING = 12


@dataclass(frozen=True, slots=True)
class _ColumnContent:
    """What a column holds: the mean length of its filled cells, and how many of them differ."""

    at: int
    length: float
    distinct: float


def guess_faq_columns(table: RawTable, found: Mapping[str, int]) -> tuple[RawTable, Mapping[str, int]] | None:
    """Finds question and answer by their content: of the full columns the longest answers, a shorter one asks.

    A first row that reads like the others is one of them, not the headings.
    """
    contents = [content for content in _describe_columns(table) if content.at not in found.values()]
    answers = [content for content in contents if content.length >= _SHORTEST_ANSWER]
    answer = found.get("answer", max(answers, key=lambda content: content.length).at if answers else None)
    questions = [each for each in contents if each.at != answer and each.length <= _LONGEST_QUESTION]
    asked = [content for content in questions if content.distinct > _FILLED_SHARE and not _counts_rows(table, content)]
    question = found.get("question", asked[0].at if asked else None)
    if answer is None or question is None:
        return None
    guessed = {"question": question, "answer": answer}
    return _restore_first_row(table, question, answer), {name: guessed[name] for name in guessed if name not in found}


def _describe_columns(table: RawTable) -> list[_ColumnContent]:
    """The columns that are filled in at least half of the rows."""
    if len(table.rows) < _FEWEST_ROWS:
        return []
    contents = []
    for at in range(len(table.headings)):
        cells = [row.cells[at].strip() for row in table.rows if at < len(row.cells) and row.cells[at].strip()]
        if len(cells) >= len(table.rows) * _FILLED_SHARE:
            length, distinct = sum(map(len, cells)) / len(cells), len(set(cells)) / len(cells)
            contents.append(_ColumnContent(at, length, distinct))
    return contents


def _counts_rows(table: RawTable, content: _ColumnContent) -> bool:
    return all(row.cells[content.at].strip().isdigit() for row in table.rows if content.at < len(row.cells))


def _restore_first_row(table: RawTable, question: int, answer: int) -> RawTable:
    """The table without headings where the first row is a question with its answer."""
    if max(len(table.first[question].strip()), len(table.first[answer].strip())) <= _LONGEST_HEADING:
        return table
    rows: Sequence[TableRow] = (TableRow(table.top, table.first), *table.rows)
    return replace(table, rows=tuple(rows), headings=("",) * len(table.headings))
