"""The goods a buyer wants to have at once: which, in what colour and size, and how many of each. Pure.

Goods are put in (拿一袋, 再配个尾灯), counted anew (内胎我要两条), left out (帽子先不要了) and exchanged (换成手套).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.dialogue.focus import FocusItem, FocusStack, axis_of
from app.dialogue.variants import merge_values, pick_values
from app.dialogue.wanted_parts import Part, goods_spans, read_parts
from app.domain.catalogue import Product, skus_with_attributes
from app.domain.understanding import Entity, EntityKind
from app.language.sums import asks_of_wanted
from app.language.taking import Deed, find_left_out, halves, leaves_last, split_clauses
from app.language.together import are_joined, asks_of_all, asks_of_sum, says_together

SEVERAL: Final = 2
MOST_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class WantedLine:
    """One product in what was chosen of it, and how many pieces."""

    product_id: str
    values: tuple[str, ...] = ()
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class WantedGoods:
    """The lines in the order they came; `by` is the id of the message that made them so."""

    lines: tuple[WantedLine, ...] = ()
    by: str = ""

    @classmethod
    def load_goods(cls, stored: str | None) -> "WantedGoods":
        """From the text of the conversation's slot."""
        kept: dict[str, Any] = json.loads(stored) if stored else {"lines": [], "by": ""}
        return cls(tuple(WantedLine(each, tuple(values), pieces) for each, values, pieces in kept["lines"]), kept["by"])

    def dump_goods(self) -> str | None:
        """As the conversation's slot keeps it; None where nothing is wanted."""
        lines = [[each.product_id, each.values, each.pieces] for each in self.lines]
        return json.dumps({"lines": lines, "by": self.by}, ensure_ascii=False) if lines else None

    @property
    def product_ids(self) -> tuple[str, ...]:
        """Each product once."""
        return tuple(dict.fromkeys(each.product_id for each in self.lines))

    @property
    def is_several(self) -> bool:
        """Whether there is more than one line."""
        return len(self.lines) >= SEVERAL


def is_settled(line: WantedLine, product: Product) -> bool:
    """Whether what was chosen leaves no question of its price open."""
    return len({sku.price for sku in skus_with_attributes(product.listed_skus, line.values)}) == 1


@dataclass(frozen=True, slots=True)
class Told:
    """A message with what it names.

    Attributes:
        text: as normalised.
        entities: what it names.
        asks: whether it asks something, so that a colour in it chooses none.
        counted: the pieces said of what was spoken of before it.
    """

    text: str
    entities: tuple[Entity, ...]
    asks: bool
    counted: int = 1


def note_wanted(
    wanted: WantedGoods, before: FocusStack, told: Told, products: Mapping[str, Product], view: str | None
) -> tuple[WantedLine, ...]:
    """The lines after a message.

    Args:
        wanted: those before it.
        before: what was spoken of before it.
        told: the message.
        products: the shop's, by id.
        view: the product spoken of.
    """
    if wanted.is_several and leaves_last(told.text):
        return wanted.lines[:-1]
    parts = read_parts(told.text, told.entities, products, view) or _leave_out_by_word(wanted, told.text, products)
    parts = _share_out(parts, told.counted) if halves(told.text) else parts
    goods = dict.fromkeys(each.product.product_id for each in parts if not each.in_view)
    if len(goods) >= SEVERAL and are_joined(told.text, goods_spans(told.text, told.entities)):
        deeds = {each.deed for each in parts}
        if not deeds & {Deed.ADD, Deed.LEAVE_OUT, Deed.INSTEAD} and not _is_among(goods, wanted):
            return _put_all((), [replace(each, deed=Deed.TAKE) for each in parts], before, told.counted)
    done = [each for each in parts if each.deed and (wanted.lines or each.deed is not Deed.INSTEAD)]
    if not done:
        return _settle_open(wanted.lines, told, products, view)
    fresh = {each.product.product_id for each in done}
    anew = all(each.deed is Deed.TAKE for each in done) and len(fresh) >= SEVERAL and not _is_among(fresh, wanted)
    return _put_all(() if anew else wanted.lines, done, before, told.counted)


def _share_out(parts: Sequence[Part], pieces: int) -> list[Part]:
    """The pieces spoken of before, as evenly as they go among what is named now: 30 of 两种颜色各一半."""
    least, more = divmod(pieces, max(1, len(parts)))
    return [
        replace(each, pieces=max(1, least + (at < more)), deed=each.deed or Deed.TAKE) for at, each in enumerate(parts)
    ]


def _leave_out_by_word(wanted: WantedGoods, text: str, products: Mapping[str, Product]) -> list[Part]:
    """The one of the goods wanted that is left out by a word too short to name it elsewhere: 壳不要了."""
    words = [word for first, last in split_clauses(text) if (word := find_left_out(text[first:last]))]
    known = [products[each] for each in wanted.product_ids if each in products]
    meant = [each for each in known if any(word in name for word in words for name in (each.title, *each.keywords))]
    return [Part(meant[0], deed=Deed.LEAVE_OUT)] if len(meant) == 1 else []


def _is_among(goods: Iterable[str], wanted: WantedGoods) -> bool:
    return any(each in wanted.product_ids for each in goods)


def _put_all(
    lines: tuple[WantedLine, ...], parts: Sequence[Part], before: FocusStack, counted: int
) -> tuple[WantedLine, ...]:
    left: WantedLine | None = None
    told: list[tuple[str, tuple[str, ...]]] = []
    for part in parts:
        product_id = part.product.product_id
        beside = any(each == product_id and _conflicts(part.product, values, part.values) for each, values in told)
        told.append((product_id, part.values))
        if part.deed is Deed.LEAVE_OUT:
            out = [each for each in lines if _is_meant(each, part)]
            left = out[-1] if out else left
            lines = tuple(each for each in lines if each not in out)
            continue
        if part.deed is Deed.INSTEAD:
            lines, left = _exchange(lines, part, left, before), None
            continue
        if part.deed is Deed.ADD and not lines:
            lines = _seed_lines(part, before, counted)
        lines = _put(lines, part, before, beside=beside)
    return lines[:MOST_LINES]


def _is_meant(line: WantedLine, part: Part) -> bool:
    named = {value.lower() for value in part.values}
    return line.product_id == part.product.product_id and (
        not named or not line.values or named <= set(map(str.lower, line.values))
    )


def _exchange(
    lines: tuple[WantedLine, ...], part: Part, left: WantedLine | None, before: FocusStack
) -> tuple[WantedLine, ...]:
    """In place of what was left out in the same breath, of its own other size, or else of the latest line."""
    own = [each for each in lines if each.product_id == part.product.product_id]
    if own:
        old = own[-1]
        new = WantedLine(old.product_id, merge_values(part.product, old.values, part.values), part.pieces or old.pieces)
        return tuple(new if each is old else each for each in lines)
    gone = left or (lines[-1] if lines else None)
    kept = tuple(each for each in lines if each is not gone)
    pieces = part.pieces or (gone.pieces if gone else 1)
    return _put(kept, replace(part, pieces=pieces), before)


def _seed_lines(part: Part, before: FocusStack, counted: int) -> tuple[WantedLine, ...]:
    """What the first added goods are added to: those spoken of last."""
    last = before.items[-1] if before.items else None
    same = last is not None and last.product_id == part.product.product_id
    if last is None or (same and (not part.values or set(part.values) <= set(last.values))):
        return ()
    return (WantedLine(last.product_id, last.values, counted),)


def _put(
    lines: tuple[WantedLine, ...], part: Part, before: FocusStack, *, beside: bool = False
) -> tuple[WantedLine, ...]:
    """With these goods: counted anew or chosen otherwise where they are among them, else behind them.

    `beside` another variant of theirs in the same message they are a thing of their own.
    """
    product = part.product
    own = [each for each in lines if each.product_id == product.product_id]
    fitting = [each for each in own if not _conflicts(product, each.values, part.values)]
    added = part.deed is Deed.ADD
    if fitting or (own and not added and not beside):
        old = (fitting or own)[-1]
        more = old.pieces + (part.pieces or 1) if added else (part.pieces or old.pieces)
        known = (*before.chosen_values(product.product_id), *old.values) if len(own) == 1 else old.values
        new = WantedLine(product.product_id, merge_values(product, known, part.values), more)
        return tuple(new if each is old else each for each in lines)
    chosen = own[-1].values if own else before.chosen_values(product.product_id)
    values = merge_values(product, chosen, part.values)
    return (*lines, WantedLine(product.product_id, values, part.pieces or 1))


def _conflicts(product: Product, one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two choices differ on an axis: 小号 and 大号."""
    first = {axis_of(product, value): value.lower() for value in one}
    return any(first.get(axis_of(product, value), value.lower()) != value.lower() for value in other)


def _settle_open(
    lines: tuple[WantedLine, ...], told: Told, products: Mapping[str, Product], view: str | None
) -> tuple[WantedLine, ...]:
    """The one line of the goods in view in the colour and size that is named, where nothing is asked."""
    named = {str(each.value) for each in told.entities if each.kind is EntityKind.PRODUCT} or {view or ""}
    own = [each for each in lines if each.product_id in named]
    product = products.get(own[0].product_id) if len(own) == 1 else None
    if product is None or told.asks:
        return lines
    said = [str(each.value) for each in told.entities if each.kind is EntityKind.ATTRIBUTE]
    values = merge_values(product, own[0].values, said or pick_values(product, told.text, own[0].values))
    return tuple(replace(each, values=values) if each is own[0] else each for each in lines)


def wanted_words(
    text: str, stack: FocusStack, wanted: WantedGoods, products: Mapping[str, Product], *, of_several: bool
) -> str | None:
    """The words for all goods that a question of the whole (一起能减多少) is about; None where it is about no several.

    Without goods put together these are the last two spoken of, where the words cannot be of one. Where the question
    before was `of_several`, what asks for less or for what comes off (再少点呢) is of the same.
    """
    as_it_is = bool(wanted.lines) and asks_of_wanted(text)
    if not (asks_of_all(text) or as_it_is or (of_several and asks_of_sum(text))):
        return None
    if wanted.lines and (wanted.is_several or as_it_is):
        titles = [products[each].title for each in wanted.product_ids if each in products]
        return "和".join(titles)
    if not says_together(text):
        return None
    words = [_item_words(each, products) for each in _last_of_each(stack)[-SEVERAL:]]
    return "和".join(words) if len(words) >= SEVERAL and all(words) else None


def _item_words(item: FocusItem, products: Mapping[str, Product]) -> str:
    product = products.get(item.product_id)
    return f"{product.title}{''.join(item.values)}" if product else ""


def find_owner(entities_of: Mapping[str, Sequence[Entity]], products: Mapping[str, Product]) -> Product | None:
    """Of the goods wanted together the one that alone has most of the colours and sizes of a message.

    `entities_of` are the entities of the message as read with each of them in view.
    """
    ranked = sorted(
        ((count_own(products[each], found), each) for each, found in entities_of.items() if each in products),
        reverse=True,
    )
    if len(ranked) < SEVERAL or not ranked[0][0] or ranked[0][0] == ranked[1][0]:
        return None
    return products[ranked[0][1]]


def count_own(product: Product, entities: Sequence[Entity]) -> int:
    """How many of the colours and sizes named the product comes in."""
    said = {str(each.value) for each in entities if each.kind is EntityKind.ATTRIBUTE}
    return sum(any(sku.has_attribute(value) for sku in product.listed_skus) for value in said)


def _last_of_each(stack: FocusStack) -> list[FocusItem]:
    """The latest item of each product, the latest product last."""
    last: dict[str, FocusItem] = {}
    for each in stack.items:
        last.pop(each.product_id, None)
        last[each.product_id] = each
    return list(last.values())
