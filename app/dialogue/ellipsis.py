"""Ellipsis and reference: puts what a fragment names into the question under discussion. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.dialogue.focus import axis_of
from app.domain.acts import Act, DialogueActs
from app.domain.catalogue import Product
from app.domain.understanding import Entity, EntityKind
from app.language.fragments import (
    Fragment,
    FragmentKind,
    denies_matter,
    is_pointing,
    read_fragment,
    strip_asking_lead,
    strip_filler,
)
from app.language.looks import find_look_span, is_colour
from app.language.taking import find_second_choice

FEWEST_KEPT = 2
"""Characters of a message that must be left once what it denies is put aside."""
SHARED_ENDING = 2
"""Characters at the end of two titles that make their products of one kind: 茶盘."""


class ObjectKind(StrEnum):
    """The kinds of objects a question can be asked of."""

    GOODS = "goods"
    VARIANT = "variant"
    PLACE = "place"
    TIME = "time"
    CARRIER = "carrier"
    QUANTITY = "quantity"
    SAME = "same"  # the fragment only points at what was spoken of


_KINDS = {
    EntityKind.PRODUCT: ObjectKind.GOODS,
    EntityKind.ATTRIBUTE: ObjectKind.VARIANT,
    EntityKind.SKU: ObjectKind.VARIANT,
    EntityKind.PLACE: ObjectKind.PLACE,
    EntityKind.DATE: ObjectKind.TIME,
    EntityKind.TIME: ObjectKind.TIME,
    EntityKind.DURATION: ObjectKind.TIME,
    EntityKind.COURIER: ObjectKind.CARRIER,
    EntityKind.QUANTITY: ObjectKind.QUANTITY,
}


@dataclass(frozen=True, slots=True)
class Referent:
    """What a fragment names: its kind, and the words that name it in a full question."""

    kind: ObjectKind
    words: str


def resolve_fragment(
    fragment: Fragment, entities: Sequence[Entity], products: Sequence[Product], view: Iterable[str]
) -> Referent | None:
    """What a fragment's object is: an entity it names, or the one product it describes; None when it is neither.

    Args:
        fragment: of the message that `entities` were found in.
        entities: those of the message.
        products: the shop's.
        view: ids of the products spoken of; what is described is looked for among those of their kind first.
    """
    if is_pointing(fragment.text):
        return Referent(ObjectKind.SAME, fragment.text)
    inside = [each for each in entities if fragment.start <= each.start and each.end <= fragment.end + 1]
    known = [each for each in inside if each.kind in _KINDS]
    rest = fragment.text
    for each in known:
        rest = rest.replace(each.text, "", 1)
    if known and not strip_filler(rest):
        goods = next((each for each in known if each.kind is EntityKind.PRODUCT), known[0])
        words = fragment.text if len(known) > 1 and goods.kind is EntityKind.PRODUCT else _object_words(goods)
        return Referent(_KINDS[goods.kind], words)
    described = find_described_product(strip_filler(fragment.text), products, view)
    return Referent(ObjectKind.GOODS, described.title) if described else None


def _object_words(named: Entity) -> str:
    """The words that name it before any noun: 俩 stands alone, 2个 does not; 大 is 大号, and 16 is iPhone 16."""
    if named.kind is EntityKind.ATTRIBUTE and (len(named.text) == 1 or named.text.isdecimal()):
        return str(named.value)
    return f"{named.value}个" if named.kind is EntityKind.QUANTITY and len(named.text) == 1 else named.text


_OF_SIZE = frozenset("大中小长短高矮新旧")
"""Words that describe no product by themselves, whatever title they stand in."""


def find_described_product(words: str, products: Sequence[Product], view: Iterable[str]) -> Product | None:
    """The one product that the words describe, by its title, names or variants; of the kind spoken of first."""
    seen = set(view)
    if words in _OF_SIZE:
        return None
    fitting = [each for each in products if words and each.product_id not in seen and _is_described(each, words)]
    spoken_of = [each for each in products if each.product_id in seen]
    kin = [each for each in fitting if any(_is_same_sort(each, other) for other in spoken_of)]
    chosen = kin or fitting
    return chosen[0] if len(chosen) == 1 else None


def _is_described(product: Product, words: str) -> bool:
    named = (product.title, *product.keywords, *(value for sku in product.skus for value in sku.attributes))
    return any(words in name for name in named)


def _is_same_sort(one: Product, other: Product) -> bool:
    return one.title[-SHARED_ENDING:] == other.title[-SHARED_ENDING:] or not set(one.keywords).isdisjoint(
        other.keywords
    )


def put_object(question: str, entities: Sequence[Entity], referent: Referent, *, beside: bool = False) -> str:
    """The question asked of the referent: in place of the first object of its kind, or `beside` it.

    A question that names no such object is asked of it all the same: 包邮吗 of 西藏 is 西藏包邮吗.
    """
    if referent.kind is ObjectKind.SAME:
        return question
    span = _object_span(entities, referent.kind)
    if span is None and referent.kind is ObjectKind.VARIANT:
        span = find_look_span(question)
    if span is None:
        shown = next((word for word in ("这个", "这款", "那个", "那款") if word in question), None)
        if shown and referent.kind is ObjectKind.GOODS:
            return question.replace(shown, referent.words, 1)
        return f"{referent.words}{question}"
    start, end = span
    words = f"{question[start:end]}和{referent.words}" if beside else referent.words
    return question[:start] + words + question[end:]


def keep_axis(entities: Sequence[Entity], product: Product | None, referent: Referent) -> Sequence[Entity]:
    """A question's entities without the variants on another axis than the referent: L takes the place of M, not of 白.

    All of them where none is on its axis, or the referent is no variant of the product.
    """
    axis = axis_of(product, referent.words) if product and referent.kind is ObjectKind.VARIANT else None
    if product is None or axis is None:
        return entities
    others = [
        each
        for each in entities
        if each.kind is EntityKind.ATTRIBUTE and axis_of(product, str(each.value)) not in {axis, None}
    ]
    same = [each for each in entities if each.kind is EntityKind.ATTRIBUTE and each not in others]
    return [each for each in entities if each not in others and each.kind is not EntityKind.SKU] if same else entities


def _object_span(entities: Sequence[Entity], kind: ObjectKind) -> tuple[int, int] | None:
    """Where the question's first object of this kind stands; goods with the variants beside them, a variant whole."""
    held = sorted(
        (each.start, each.end, _KINDS[each.kind], str(each.value)) for each in entities if each.kind in _KINDS
    )
    wanted = {ObjectKind.GOODS, ObjectKind.VARIANT} if kind is ObjectKind.GOODS else {kind}
    span: tuple[int, int] | None = None
    first = ""
    for start, end, own, value in held:
        if own not in wanted:
            continue
        if span is None:
            span, first = (start, end), value
        elif start <= span[1] + 1 and (kind is ObjectKind.GOODS or value == first):
            span = (span[0], max(span[1], end))
    return span


def name_owner(text: str, entities: Sequence[Entity], products: Sequence[Product], view: Iterable[str]) -> str | None:
    """The message with the product put before a variant that it alone comes in: 两用款 belongs to one tray.

    None where a product is named, or the variant is one of those in view, or of several products; a colour asked for
    of goods in view is no other goods' either.
    """
    if any(each.kind in {EntityKind.PRODUCT, EntityKind.SKU} for each in entities):
        return None
    variant = next((each for each in entities if each.kind is EntityKind.ATTRIBUTE), None)
    if variant is None:
        return None
    seen = set(view)
    if seen and is_colour(str(variant.value)):
        return None
    owners = [each for each in products if any(sku.has_attribute(str(variant.value)) for sku in each.skus)]
    if len(owners) != 1 or owners[0].product_id in seen:
        return None
    return f"{text[: variant.start]}{owners[0].title}{text[variant.start :]}"


def split_correction(text: str, acts: DialogueActs) -> tuple[str, Fragment] | None:
    """The question a message asks and the fragment that corrects it in the same breath: 小号多少钱，打错了，是中号."""
    for clause in acts.clauses[1:]:
        if not clause.acts & {Act.CORRECT, Act.DENY}:
            continue
        fragment = read_fragment(text[clause.start :])
        if fragment and fragment.kind is FragmentKind.REPLACES:
            return text[: clause.start].rstrip(" ,.;，"), fragment
    return None


def drop_first_choice(text: str, entities: Sequence[Entity], product: Product) -> str | None:
    """The message with the second choice alone: 白的吧 of 没有灰的就白的吧; None where it names no two of one kind."""
    span = find_second_choice(text)
    if span is None:
        return None
    named = [(each.start, axis_of(product, str(each.value))) for each in entities if each.kind is EntityKind.ATTRIBUTE]
    first = {axis for start, axis in named if span[0] <= start < span[1] and axis is not None}
    second = {axis for start, axis in named if start >= span[1] and axis is not None}
    return f"{text[: span[0]]}{text[span[1] :]}" if first & second else None


def drop_denied(text: str, acts: DialogueActs) -> str | None:
    """The message without the matters it sets aside; None when it sets none aside, or says nothing else."""
    denied = [clause for clause in acts.clauses if clause.negated and denies_matter(text[clause.start : clause.end])]
    kept = [text[each.start : each.end] for each in acts.clauses if each not in denied]
    rest = strip_asking_lead("，".join(kept))
    return rest if denied and len(rest) >= FEWEST_KEPT else None
