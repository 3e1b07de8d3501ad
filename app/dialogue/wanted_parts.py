"""Which stretch of a message is about which goods, and what it does with them: the goods of a basket. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from app.dialogue.focus import axis_of
from app.dialogue.variants import pick_values
from app.domain.catalogue import Product
from app.domain.understanding import Entity, EntityKind
from app.language.fragments import is_filler
from app.language.measures import find_quantities
from app.language.taking import Deed, chooses, counts_each, find_join, read_deed, split_clauses
from app.language.units import MeasureKind

_JUST: Final = "那就先要来拿吧了呢啊呀"
"""Beside a number these add nothing to it: 那就3辆吧."""
_VARIANTS: Final = frozenset({EntityKind.ATTRIBUTE, EntityKind.SKU})


@dataclass(frozen=True, slots=True)
class Part:
    """Goods of a message.

    Attributes:
        product: which.
        values: the colours and sizes said of it.
        pieces: how many; None where no number is said.
        deed: what is done with it; None where nothing is.
        in_view: whether it is spoken of by no name.
    """

    product: Product
    values: tuple[str, ...] = ()
    pieces: int | None = None
    deed: Deed | None = None
    in_view: bool = False


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What stands about one product, from `start` to `end`; `name` is where it is named."""

    start: int
    end: int
    product: Product
    name: tuple[int, int] | None = None


def read_parts(text: str, entities: Sequence[Entity], products: Mapping[str, Product], view: str | None) -> list[Part]:
    """The goods of a message in its order; a clause that names none speaks of those before it, or of those in view."""
    parts: list[Part] = []
    for clause in split_clauses(text):
        stretches = _split_clause(text, clause, entities, products)
        if stretches:
            parts += [part for each in stretches for part in _read_stretch(text, each, entities)]
        elif parts and _is_another(parts[-1], text, clause, entities):
            parts += _read_stretch(text, _Stretch(*clause, parts[-1].product), entities)
            parts[-1] = replace(parts[-1], deed=parts[-1].deed or parts[-2].deed)
        elif parts:
            parts = _complete_alike(parts, text, clause, entities)
            parts[-1] = _complete_part(parts[-1], text, clause, entities)
        else:
            parts += _read_of_view(text, clause, entities, products.get(view or ""))
    parts = _follow_first(parts)
    numbers = [each.pieces for each in parts if each.pieces]
    if counts_each(text) and len(set(numbers)) == 1:
        parts = [replace(each, pieces=numbers[0]) for each in parts]
    return parts


def goods_spans(text: str, entities: Sequence[Entity]) -> list[tuple[int, int]]:
    """Where each product is named in a text, with the colours and sizes that stand beside it: 圆形托盘, 砧板大号."""
    spans = [(each.start, each.end) for each in entities if each.kind is EntityKind.PRODUCT]
    variants = sorted((each.start, each.end) for each in entities if each.kind in _VARIANTS)
    return [_grow_left(text, variants, *_grow_right(text, variants, *span)) for span in sorted(spans)]


def _grow_right(text: str, variants: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    for first, last in variants:
        end = last if end <= first and is_filler(text[end:first]) else end
    return start, end


def _grow_left(text: str, variants: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    for first, last in reversed(variants):
        start = first if last <= start and is_filler(text[last:start]) else start
    return start, end


def _split_clause(
    text: str, clause: tuple[int, int], entities: Sequence[Entity], products: Mapping[str, Product]
) -> list[_Stretch]:
    named = sorted(
        (each.start, each.end, str(each.value))
        for each in entities
        if each.kind is EntityKind.PRODUCT and clause[0] <= each.start < clause[1] and str(each.value) in products
    )
    starts = [clause[0], *(find_join(text, one[1], other[0]) for one, other in pairwise(named))]
    ends = [*starts[1:], clause[1]]
    return [
        _Stretch(start, end, products[value], (first, last))
        for start, end, (first, last, value) in zip(starts, ends, named, strict=False)
    ]


def _read_stretch(text: str, stretch: _Stretch, entities: Sequence[Entity]) -> list[Part]:
    """The goods of a stretch: one part, or one for each of several sizes of it (小号和大号, 一个黑M一个白L)."""
    numbers, name = _find_numbers(text, stretch, entities), stretch.name
    apart = _split_at_numbers(text, stretch, entities) if len(numbers) > 1 else []
    if apart:
        return [
            Part(stretch.product, values, pieces, Deed.TAKE, in_view=name is None)
            for values, pieces in zip(apart, numbers, strict=False)
        ]
    counted = bool(numbers) and (name is not None or _says_but_variants(text, stretch, entities))
    deed = read_deed(text, (stretch.start, stretch.end), name, counted=counted)
    each_of = _several_values(stretch, entities)
    counts = numbers if len(numbers) == len(each_of) else [numbers[0] if numbers else None] * len(each_of)
    return [
        Part(stretch.product, values, pieces, deed, in_view=name is None)
        for values, pieces in zip(
            each_of or [_read_values(text, stretch, entities)], counts or numbers[:1] or [None], strict=True
        )
    ]


def _split_at_numbers(text: str, stretch: _Stretch, entities: Sequence[Entity]) -> list[tuple[str, ...]]:
    """What is said behind each number of pieces, or before each, where every one has a choice of its own; else empty.

    两个黑的一个白的 are told behind their numbers, 黑色L一件灰色M一件 before them.
    """
    spans = sorted((each.start, each.end) for each in _inside(stretch, entities) if each.kind is EntityKind.QUANTITY)
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    behind = zip(starts, [*starts[1:], stretch.end], strict=True)
    before = zip([stretch.start, *ends[:-1]], ends, strict=True)
    for way in (behind, before):
        said = [_read_values(text, _Stretch(*span, stretch.product), entities) for span in way]
        if all(said) and len(set(said)) == len(said):
            return said
    return []


def _says_but_variants(text: str, stretch: _Stretch, entities: Sequence[Entity]) -> bool:
    """Whether a stretch that names no goods says no more than a number, a colour and a size: 两个黑色的, not 两个娃."""
    rest, at = "", stretch.start
    for each in sorted(_inside(stretch, entities), key=lambda each: each.start):
        rest, at = rest + text[at : each.start], max(at, each.end)
    rest += text[at : stretch.end]
    named = {letter for sku in stretch.product.listed_skus for value in sku.attributes for letter in value}
    return is_filler("".join(letter for letter in rest.strip(_JUST) if letter not in named))


def _several_values(stretch: _Stretch, entities: Sequence[Entity]) -> list[tuple[str, ...]]:
    """What is chosen of each thing, where several values of one axis are named; empty where there is but one thing."""
    axes: dict[int, list[str]] = {}
    for value in _own_values(stretch.product, _inside(stretch, entities)):
        axis = axis_of(stretch.product, value)
        if axis is not None:
            axes.setdefault(axis, []).append(value)
    many = [values for values in axes.values() if len(values) > 1]
    fixed = [values[0] for values in axes.values() if len(values) == 1]
    return [(*fixed, value) for value in many[0]] if len(many) == 1 else []


def _is_another(part: Part, text: str, clause: tuple[int, int], entities: Sequence[Entity]) -> bool:
    """Whether a clause names the same goods in another colour or size: 大的拿黑色30 小的栗色26."""
    told = {axis_of(part.product, value): value for value in part.values}
    said = _read_values(text, _Stretch(*clause, part.product), entities)
    return any(told.get(axis_of(part.product, value), value) != value for value in said)


def _complete_alike(
    parts: Sequence[Part], text: str, clause: tuple[int, int], entities: Sequence[Entity]
) -> list[Part]:
    """With the size that a clause of nothing else says of all variants before it: 黑的灰的各一件 L码."""
    product = parts[-1].product
    stretch = _Stretch(*clause, product)
    if not _says_but_variants(text, stretch, entities):
        return list(parts)
    said = _read_values(text, stretch, entities)
    return [
        replace(each, values=(*each.values, *_on_other_axes(product, each.values, said)))
        if each.product is product and each.values
        else each
        for each in parts
    ]


def _on_other_axes(product: Product, told: Sequence[str], said: Sequence[str]) -> tuple[str, ...]:
    chosen = {axis_of(product, value) for value in told}
    return tuple(value for value in said if axis_of(product, value) not in chosen)


def _complete_part(part: Part, text: str, clause: tuple[int, int], entities: Sequence[Entity]) -> Part:
    """With what a clause behind the goods says of them: T恤 黑M, 再带两条."""
    stretch = _Stretch(*clause, part.product)
    values = part.values or _read_values(text, stretch, entities)
    pieces = part.pieces or next(iter(_find_numbers(text, stretch, entities)), None)
    deed = part.deed or read_deed(text, clause, None, counted=pieces is not None)
    deed = deed or (Deed.TAKE if values and chooses(text[slice(*clause)]) else None)
    return replace(part, values=values, pieces=pieces, deed=deed if deed is not Deed.LEAVE_OUT else part.deed)


def _read_of_view(
    text: str, clause: tuple[int, int], entities: Sequence[Entity], product: Product | None
) -> list[Part]:
    """The goods in view, where a clause that names none takes them: 拿个六寸的, 来两个, 就26吧."""
    if product is None:
        return []
    parts = _read_stretch(text, _Stretch(*clause, product), entities)
    chosen = chooses(text[slice(*clause)])
    parts = [replace(each, deed=Deed.TAKE) if each.deed is None and chosen else each for each in parts]
    return [each for each in parts if each.values or (each.deed and each.pieces is not None)]


def _follow_first(parts: Sequence[Part]) -> list[Part]:
    """What stands beside goods that are taken is taken as well: with its own number, or before 再配个尾灯."""
    taken = any(each.deed in {Deed.TAKE, Deed.ADD} for each in parts)
    added = max((at for at, each in enumerate(parts) if each.deed is Deed.ADD), default=-1)
    return [
        replace(each, deed=Deed.TAKE)
        if each.deed is None and ((taken and each.pieces is not None) or at < added)
        else each
        for at, each in enumerate(parts)
    ]


def _inside(stretch: _Stretch, entities: Sequence[Entity]) -> list[Entity]:
    return [each for each in entities if stretch.start <= each.start and each.end <= stretch.end]


def _find_numbers(text: str, stretch: _Stretch, entities: Sequence[Entity]) -> list[int]:
    """The numbers of pieces said; a number that a variant has in its name (六片 of 六片装) counts nothing.

    One that stands right behind a size (28一条, L两件) is read from there on.
    """
    names = [value for sku in stretch.product.listed_skus for value in sku.attributes]
    inside = _inside(stretch, entities)
    said = [
        max(1, int(each.value))
        for each in inside
        if each.kind is EntityKind.QUANTITY and not any(name.startswith(each.text) for name in names)
    ]
    if said:
        return said
    behind = (text[each.end : stretch.end] for each in inside if each.kind is EntityKind.ATTRIBUTE)
    counted = (found for rest in behind for found in find_quantities(rest, MeasureKind.COUNT) if found.start == 0)
    return [max(1, int(found.high)) for found in counted]


def _read_values(text: str, stretch: _Stretch, entities: Sequence[Entity]) -> tuple[str, ...]:
    """The product's own colours and sizes that a stretch names, by its entities first, by short words else."""
    inside = _inside(stretch, entities)
    said = {
        axis: value
        for value in _own_values(stretch.product, inside)
        if (axis := axis_of(stretch.product, value)) is not None
    }
    rest = text[stretch.start : stretch.end]
    for each in inside:
        if each.kind in {EntityKind.PRODUCT, EntityKind.QUANTITY}:
            rest = rest.replace(each.text, " ", 1)
    picked = pick_values(stretch.product, rest, tuple(said.values()))
    more = {axis: value for value in picked if (axis := axis_of(stretch.product, value)) is not None}
    return tuple({**more, **said}.values())


def _own_values(product: Product, inside: Sequence[Entity]) -> list[str]:
    values = [str(each.value) for each in inside if each.kind is EntityKind.ATTRIBUTE]
    return [value for value in dict.fromkeys(values) if any(sku.has_attribute(value) for sku in product.listed_skus)]
