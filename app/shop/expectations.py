"""Reads the questions a shop wants tried, with the row or the words it expects: checks.yml, and sheets named 测试."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import field_validator

from app.shop.document import KeyPath, KeyPlace, read_document, read_model
from app.shop.folder import ShopFiles
from app.shop.report import CellPlace, ProblemCollector
from app.shop.schema import StrictModel
from app.shop.sheet import Column, SheetRecord, load_check_sheets
from app.shop.when import Calendar

COLUMNS = (
    Column("ask", "问题", ("买家问", "买家的话", "测试问题", "问"), required=True),
    Column("row", "应命中", ("命中", "应命中条目", "期望条目", "期望")),
    Column("says", "回复包含", ("应包含", "包含", "期望回复")),
    Column("never", "回复不含", ("不应包含", "不含")),
    Column("action", "处理", ("应处理", "动作", "期望处理")),
    Column("intent", "意图", ("业务", "分类")),
    Column("product", "商品", ("商品编号", "正在看的商品")),
    Column("order", "订单", ("订单号", "正在看的订单")),
    Column("buyer", "买家", ("买家账号",)),
)
ACTIONS = {
    **dict.fromkeys(("answer", "答复", "回答", "直接答", "机器人答"), "answer"),
    **dict.fromkeys(("clarify", "反问", "追问"), "clarify"),
    **dict.fromkeys(("handoff", "转人工", "人工"), "handoff"),
}
_YAML_ENDINGS = (".yml", ".yaml")
_EXCEL = ".xlsx"


class _CheckText(StrictModel):
    """One check of checks.yml."""

    ask: tuple[str, ...]
    row: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    action: str = ""
    intent: str = ""
    product: str = ""
    order: str = ""
    buyer: str = ""

    @field_validator("ask", "says", "never", mode="before")
    @classmethod
    def _list_one(cls, value: object) -> object:
        return value if isinstance(value, list | tuple) else (value,)

    @field_validator("action")
    @classmethod
    def _know_action(cls, value: str) -> str:
        if value and value not in ACTIONS:
            raise ValueError(_unknown_action(value))
        return ACTIONS.get(value, "")


def _unknown_action(value: str) -> str:
    return f"看不懂“{value}”，请写 答复、反问 或 转人工。"


@dataclass(frozen=True, slots=True)
class Expectation:
    """Messages of one conversation, and what the last of them should get; an empty part expects nothing.

    Attributes:
        row: the id or the standard question of the FAQ row.
        says, never: words the reply holds, and words it does not.
        action: answer, clarify or handoff.
        intent: an intent's id or title.
        product, order: what the buyer looks at.
    """

    place: CellPlace
    ask: tuple[str, ...]
    row: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    action: str = ""
    intent: str = ""
    product: str = ""
    order: str = ""
    buyer: str = ""


def read_expectations(files: ShopFiles, problems: ProblemCollector, calendar: Calendar) -> list[Expectation]:
    """Every expectation of a folder; notes those that cannot be read."""
    found: list[Expectation] = []
    own = set(files.table_names("checks"))
    for name, content in files.contents.items():
        if name in own and name.lower().endswith(_YAML_ENDINGS):
            found += _read_document(name, content, problems, calendar)
        elif name in own or (name.lower().endswith(_EXCEL) and name in files.table_names("faq")):
            for sheet in load_check_sheets(name, content, COLUMNS, problems, calendar):
                found += filter(None, map(_read_record, sheet.iter_records()))
    return found


def _read_record(record: SheetRecord) -> Expectation | None:
    ask = record.read_words("ask")
    action = record.read_cell("action")
    if action and action not in ACTIONS:
        record.note_error("action", _unknown_action(action))
        return None
    if not ask:
        return None
    return Expectation(
        place=record.place.locate_cell("ask"),
        ask=ask,
        row=record.read_cell("row"),
        says=record.read_words("says"),
        never=record.read_words("never"),
        action=ACTIONS.get(action, ""),
        intent=record.read_cell("intent"),
        product=record.read_cell("product"),
        order=record.read_cell("order"),
        buyer=record.read_cell("buyer"),
    )


def _read_document(name: str, content: bytes, problems: ProblemCollector, calendar: Calendar) -> Iterator[Expectation]:
    document = read_document(name, content, problems)
    if document is None:
        return
    items, at = _list_checks(document.value)
    if items is None:
        problems.add_error(name, "请写成列表：第一行 checks:，下面每条以“- ask: 买家的话”开头。", 1)
        return
    for number, item in enumerate(items):
        path: KeyPath = (*at, number)
        reading = read_model(_CheckText, item, document, problems, {"calendar": calendar}, path, leaves_out=True)
        if reading.exact:
            place = KeyPlace(document, path).locate_key("ask")
            yield Expectation(place, **reading.exact.model_dump())


def _list_checks(value: Any) -> tuple[Sequence[Any] | None, KeyPath]:
    if isinstance(value, Mapping) and set(value) == {"checks"}:
        return (value["checks"] or [], ("checks",)) if isinstance(value["checks"], list | None) else (None, ())
    return (value or [], ()) if isinstance(value, list | None) else (None, ())
