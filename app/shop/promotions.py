"""Reads promotions.yml: public promotions, each checked for the keys its kind needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import Field, PlainValidator, ValidationInfo, field_validator

from app.domain.catalogue import Promotion, PromotionKind
from app.shop.document import KeyPath, KeyPlace, YamlDocument, path_label, read_model
from app.shop.report import CellPlace, ProblemCollector
from app.shop.schema import Money, Share, StrictModel
from app.shop.when import Calendar

_KINDS = {
    "满减": PromotionKind.THRESHOLD,
    "打折": PromotionKind.PERCENT,
    "折扣": PromotionKind.PERCENT,
    "优惠券": PromotionKind.COUPON,
    "赠品": PromotionKind.GIFT,
    "第N件": PromotionKind.NTH_PIECE,
    "第二件半价": PromotionKind.NTH_PIECE,
    "包邮": PromotionKind.FREE_SHIPPING,
}
_KIND_WORDS = "threshold 满减、percent 打折、coupon 优惠券、gift 赠品、nth_piece 第N件、free_shipping 包邮"
_NEEDS = {
    PromotionKind.THRESHOLD: ("over", "minus"),
    PromotionKind.PERCENT: ("rate",),
    PromotionKind.COUPON: ("minus",),
    PromotionKind.GIFT: ("gift",),
    PromotionKind.NTH_PIECE: ("quantity", "rate"),
    PromotionKind.FREE_SHIPPING: (),
}
_ALLOWS = {
    PromotionKind.THRESHOLD: {"repeats"},
    PromotionKind.PERCENT: {"over", "quantity"},
    PromotionKind.COUPON: {"over", "claim"},
    PromotionKind.GIFT: {"over", "quantity", "claim", "repeats"},
    PromotionKind.NTH_PIECE: {"repeats"},
    PromotionKind.FREE_SHIPPING: {"over", "quantity"},
}
_EXAMPLES = {"over": "99", "minus": "10", "rate": "0.8", "quantity": "2", "gift": "杯垫一片"}
_SUBTRACTS = frozenset({PromotionKind.THRESHOLD, PromotionKind.COUPON})
_MULTIPLIES = frozenset({PromotionKind.PERCENT, PromotionKind.NTH_PIECE})
_VALUES = ("over", "minus", "rate", "quantity", "gift", "claim", "repeats")


def _parse_begin(value: object, info: ValidationInfo) -> datetime:
    return _context_calendar(info).parse_moment(str(value))


def _parse_end(value: object, info: ValidationInfo) -> datetime:
    return _context_calendar(info).parse_moment(str(value), whole_day=True)


def _context_calendar(info: ValidationInfo) -> Calendar:
    """The calendar of the reading; its absence is a bug, not a mistake in the file."""
    return cast("Calendar", (info.context or {})["calendar"])


Begins = Annotated[datetime, PlainValidator(_parse_begin)]
Ends = Annotated[datetime, PlainValidator(_parse_end)]


class PromotionText(StrictModel):
    """One promotion as written; times are read with the shop's calendar."""

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    kind: PromotionKind
    begins: Begins
    ends: Ends
    products: tuple[str, ...] = ()
    over: Money = Decimal(0)
    minus: Money = Decimal(0)
    rate: Share = Decimal(1)
    quantity: int = Field(default=0, ge=0)
    gift: str = ""
    claim: str = ""
    repeats: bool = False
    stacks: bool = False

    @field_validator("kind", mode="before")
    @classmethod
    def _translate_kind(cls, value: object) -> object:
        kind = _KINDS.get(str(value), value)
        if kind not in list(PromotionKind):
            raise ValueError(f"没有“{value}”这种活动，请写其中一个：{_KIND_WORDS}。")
        return kind


@dataclass(frozen=True, slots=True)
class PlacedPromotions:
    """The promotions in the order of the file, and the entry of each by id."""

    promotions: Sequence[Promotion] = ()
    places: Mapping[str, KeyPlace] = field(default_factory=dict)


def read_promotion_document(
    document: YamlDocument, products: Iterable[str] | None, problems: ProblemCollector, calendar: Calendar
) -> PlacedPromotions:
    """Reads every valid promotion and notes the others; `products` is None without a catalogue in the folder."""
    items, at = _list_items(document, problems)
    reader = _PromotionReader(document, frozenset(products) if products is not None else None, problems, calendar)
    paths: list[KeyPath] = [(*at, number) for number in range(len(items))]
    found = [(reader.read_item(item, path), path) for item, path in zip(items, paths, strict=True)]
    sound = [(promotion, path) for promotion, path in found if promotion is not None]
    places = {promotion.promotion_id: KeyPlace(document, path) for promotion, path in sound}
    return PlacedPromotions(tuple(promotion for promotion, _ in sound), places)


def _list_items(document: YamlDocument, problems: ProblemCollector) -> tuple[list[Any], tuple[str, ...]]:
    value = document.value
    if isinstance(value, list) or value is None:
        return value or [], ()
    if isinstance(value, dict) and set(value) == {"promotions"} and isinstance(value["promotions"], list | None):
        return value["promotions"] or [], ("promotions",)
    problems.add_error(document.file, "请写成列表：第一行 promotions:，下面每个活动以“- id:”开头。", 1)
    return [], ()


class _PromotionReader:
    """Reads promotions one by one and remembers their ids."""

    def __init__(
        self, document: YamlDocument, products: frozenset[str] | None, problems: ProblemCollector, calendar: Calendar
    ) -> None:
        self._document = document
        self._products = products
        self._problems = problems
        self._calendar = calendar
        self._ids: set[str] = set()
        self._failed = False

    def read_item(self, item: object, at: tuple[str | int, ...]) -> Promotion | None:
        """Reads the promotion at `at`; notes the reason and returns None when it is wrong."""
        context = {"calendar": self._calendar}
        self._failed = False
        reading = read_model(PromotionText, item, self._document, self._problems, context, at, leaves_out=True)
        if isinstance(item, dict):
            self._check_id(item.get("id"), at)
            self._check_products(item.get("products"), at)
        if reading.sound is not None and isinstance(item, dict):
            self._check_promotion(reading.sound, frozenset(item), at)
        return _build_promotion(reading.exact) if reading.exact and not self._failed else None

    def _check_promotion(self, text: PromotionText, written: frozenset[str], at: tuple[str | int, ...]) -> None:
        """Checks the keys the kind needs; `written` also has keys whose wrong values were dropped from `text`."""
        self._check_keys(text, written, at)
        self._check_sums(text, at)
        if text.ends <= text.begins:
            self._note_item_error(at, "ends", f"“{text.title}”结束得比开始还早，请把 begins 和 ends 改正。")

    def _check_id(self, written: object, at: tuple[str | int, ...]) -> None:
        if str(written) in self._ids:
            self._note_item_error(at, "id", f"“{written}”重复，每个活动要有自己的 id。")
        self._ids.add(str(written))

    def _check_products(self, named: object, at: tuple[str | int, ...]) -> None:
        """Checks product ids as written, whatever else is wrong."""
        if self._products is None or not isinstance(named, list):
            return
        for product in sorted({str(name) for name in named} - self._products):
            hint = self._problems.suggest_name(product, self._products) or "请填商品表里的“商品编号”。"
            self._note_item_error(at, "products", f"商品表里没有“{product}”。{hint}")

    def _check_keys(self, text: PromotionText, written: frozenset[str], at: tuple[str | int, ...]) -> None:
        needs = _NEEDS[text.kind]
        for key in needs:
            if key not in written:
                self._note_item_error(at, key, f"{text.kind.value} 类活动“{text.title}”要写 {key}，请补上。")
            elif key in text.model_fields_set and not getattr(text, key):
                self._note_item_error(
                    at, key, f"“{text.title}”的 {key} 不能是 0 或空的，请写实际的数，例如 {_EXAMPLES[key]}。"
                )
        for key in sorted((written & frozenset(_VALUES)) - set(needs) - _ALLOWS[text.kind]):
            self._note_item_error(at, key, f"{text.kind.value} 类活动用不到 {key}，请删掉，或检查 kind 是否写对。")

    def _check_sums(self, text: PromotionText, at: tuple[str | int, ...]) -> None:
        sound = text.model_fields_set
        if {"over", "minus"} <= sound and text.kind in _SUBTRACTS and 0 < text.over <= text.minus:
            self._note_item_error(at, "minus", f"满 {text.over} 减 {text.minus} 会倒贴钱，over 要大于 minus。")
        if "rate" in sound and text.kind in _MULTIPLIES and text.rate == 1:
            self._note_item_error(at, "rate", "rate 是 1 等于没有优惠；八折写 0.8，半价写 0.5。")
        if text.kind is PromotionKind.NTH_PIECE and text.quantity == 1:
            self._note_item_error(at, "quantity", "第 N 件优惠的 quantity 要写 2 或更大：第二件半价写 2。")

    def _note_item_error(self, at: tuple[str | int, ...], key: str, message: str) -> None:
        line = self._document.line_number((*at, key)) or 1
        self._problems.report_error(CellPlace(self._document.file, line, path_label((*at, key))), message)
        self._failed = True


def _build_promotion(text: PromotionText) -> Promotion:
    return Promotion(
        promotion_id=text.id,
        title=text.title,
        kind=text.kind,
        begins=text.begins,
        ends=text.ends,
        products=frozenset(text.products),
        over=text.over,
        minus=text.minus,
        rate=text.rate,
        quantity=text.quantity,
        gift=text.gift,
        claim=text.claim,
        repeats=text.repeats,
        stacks=text.stacks,
    )
