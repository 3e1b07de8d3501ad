"""Goods side by side: on what was asked, else on what tells them apart."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.commerce.advice import count_shared_words
from app.commerce.qualities import Choice, choose_candidates, product_candidate, variant_candidate
from app.dialogue.ellipsis import find_described_product
from app.dialogue.focus import dump_offered, load_offered
from app.domain.catalogue import FaqEntry, Product, Sku, skus_with_attribute
from app.domain.commitment import PriceCommitment
from app.domain.conversation import SlotName
from app.domain.fact import Fact
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.fragments import strip_filler
from app.language.qualities import asks_which, bare_model, find_asked_quality, read_criterion
from app.language.text import content_letters
from app.language.wishes import read_wish, split_clauses, split_compared
from intents._framework.contract import Case, RenderedReply
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply, quote_faq_entry, was_just_told
from intents._kit.basket import find_named_products
from intents._kit.details import VARIANT, find_asked_details, format_details, told_details
from intents._kit.goods import GoodsMatch
from intents._kit.wording import format_price_span, format_yuan, variant_name
from intents.product_question.advice import favoured_products

note = load_notes(__file__)

MOST_VARIANTS: Final = 6
MOST_COMPARED: Final = 4
SEVERAL: Final = 2
NOUN_SUFFIX: Final = "子"
"""竹子 is what titles call 竹."""


async def compare_goods(case: Case, goods: GoodsMatch | None) -> Outcome | None:
    """Several products, else one product's variants; None where nothing is compared. Raises FactsError."""
    text = case.request.text
    if not (read_wish(text).compares or find_asked_quality(text) or read_criterion(text)):
        return None
    products = await _find_compared_products(case)
    own = next((fact for fact in products if _holds_all_sides(fact.value, text)), None)
    if own:
        return _compare_variants(case, GoodsMatch(own, own.value.listed_skus))
    if len(products) < SEVERAL:
        products = await _find_kind_products(case) or await _find_offered_products(case)
    if len(products) < SEVERAL:
        return _compare_variants(case, goods) if goods else None
    rows = _differing_details(case, [fact.value for fact in products])
    lines = [
        _render_line(case, fact.value.title, fact.value.listed_skus, rows[fact.value.product_id]) for fact in products
    ]
    choices = choose_candidates([product_candidate(fact.value) for fact in products], text)
    return _compose_comparison(case, lines, products, choices=choices)


async def choose_for_use(case: Case) -> Outcome | None:
    """One of the goods compared or proposed last, for who asks which suits a person or a use; None where none does."""
    if not asks_which(case.request.text) or find_asked_quality(case.request.text):
        return None
    products = await _find_offered_products(case)
    favoured = favoured_products(case, [fact.value for fact in products])
    shared = {fact.value.product_id: count_shared_words(fact.value, case.request.text) for fact in products}
    suited = [fact for fact in products if fact.value.product_id in favoured or shared[fact.value.product_id]]
    if len(products) < SEVERAL or len(suited) != 1:
        return None
    product = suited[0].value
    line = _render_line(case, product.title, product.listed_skus, told_details(product))
    said = case.replies.render_reply("compare_pick", goods=line)
    return _compose_comparison(case, [line], suited, said=said)


async def _find_kind_products(case: Case) -> list[Fact[Product]]:
    """The products that the one word for goods ends the names of: 猫砂哪个好 is asked of both kinds of litter.

    A word that is no name of the product means it by what else was said: 我家金毛吃哪个粮 compares nothing.
    """
    words = [each for each in case.request.entities if each.kind in {EntityKind.PRODUCT, EntityKind.ATTRIBUTE}]
    if len(words) != 1 or words[0].kind is not EntityKind.PRODUCT:
        return []
    everything, noun = await case.facts.list_products(), words[0].text
    meant = next((each for each in everything.value if each.product_id == words[0].value), None)
    if meant is None or noun.lower() not in _own_names(meant):
        return []
    kind = [each for each in everything.value if any(name.endswith(noun) for name in (each.title, *each.keywords))]
    return await _fetch_products(case, kind) if SEVERAL <= len(kind) <= MOST_COMPARED else []


def _own_names(product: Product) -> set[str]:
    return {name.lower() for name in (product.title, *product.keywords)}


async def _find_offered_products(case: Case) -> list[Fact[Product]]:
    """The goods proposed or compared last, where the message names none and one of them is spoken of."""
    offered = load_offered(case.slot_value(SlotName.OFFERED))
    named = case.first_entity(EntityKind.PRODUCT) or case.first_entity(EntityKind.ATTRIBUTE)
    if named or case.slot_value(SlotName.PRODUCT) not in offered:
        return []
    facts = [await case.facts.get_product(product_id) for product_id in offered[:MOST_COMPARED]]
    return [fact.with_value(fact.value) for fact in facts if fact.value is not None]


async def _fetch_products(case: Case, products: Sequence[Product]) -> list[Fact[Product]]:
    facts = [await case.facts.get_product(each.product_id) for each in products]
    return [fact.with_value(fact.value) for fact in facts if fact.value is not None]


async def _find_compared_products(case: Case) -> list[Fact[Product]]:
    """The products named, and the one that the other side but describes: 竹的那个 beside a tray of walnut."""
    named = await find_named_products(case)
    sides = split_compared(case.request.text)
    if len(named) != 1 or len(sides) < SEVERAL:
        return named
    words = [str(each.text) for each in case.request.entities if each.kind in {EntityKind.PRODUCT, EntityKind.SKU}]
    bare = [strip_filler(side) for side in sides if not any(word in side for word in words)]
    everything = await case.facts.list_products()
    view = [named[0].value.product_id]
    described = [
        each
        for words_of in bare
        if (
            each := find_described_product(words_of, everything.value, view)
            or find_described_product(words_of.removesuffix(NOUN_SUFFIX), everything.value, view)
        )
        is not None
    ]
    return [*named, *await _fetch_products(case, described)]


def _holds_all_sides(product: Product, text: str) -> bool:
    """Whether every side is a variant of one product: 折叠的和链条的, of a lock that comes as either."""
    sides = [strip_filler(side).removesuffix("的") for side in split_compared(text)]
    values = [value for sku in product.listed_skus for value in sku.attributes]
    meant = [frozenset(value for value in values if side and side in value) for side in sides]
    return len(meant) >= SEVERAL and all(meant) and len(set(meant)) == len(meant)


def _differing_details(case: Case, products: Sequence[Product]) -> dict[str, dict[str, str]]:
    """By product, the details asked for where any are, else those that are not the same in all."""
    quality = find_asked_quality(case.request.text)
    if quality and not quality.details:
        return {each.product_id: {} for each in products}
    asked = {name for each in products for name in find_asked_details(each, case.request.text)}
    asked |= {name for each in products for name, _ in each.details if quality and name in quality.details}
    details = {
        each.product_id: {name: value for name, value in each.details if name in asked or name in told_details(each)}
        for each in products
    }
    names = list(dict.fromkeys(name for own in details.values() for name in own))
    differing = [name for name in names if len({own.get(name) for own in details.values()}) > 1]
    kept = [name for name in names if name in asked] or differing
    return {product_id: {name: own[name] for name in kept if name in own} for product_id, own in details.items()}


def _compare_variants(case: Case, goods: GoodsMatch) -> Outcome | None:
    """One product's colours or sizes: what each costs, and what the details say of each by its name."""
    product, groups = goods.fact.value, _group_variants(case, goods)
    if len(groups) < SEVERAL or _names_foreign_goods(case, product):
        return None
    own = {name: _details_of_variant(product, name) for name in groups}
    skus = [sku for each in groups.values() for sku in each]
    candidates = [variant_candidate(name, each, own[name]) for name, each in groups.items()]
    choices = [each for each in choose_candidates(candidates, case.request.text) if each.asked]
    if choices or any(own.values()):
        lines = [_render_line(case, name, each, own[name]) for name, each in groups.items()]
        return _compose_comparison(case, lines, [goods.fact], skus, choices=choices)
    entry = _find_variant_entry(case, product, tuple(groups))
    if entry:
        return quote_faq_entry(case, entry)
    if len({sku.price for sku in skus}) == 1:
        said = case.replies.render_reply("compare_same", names="、".join(groups), price=format_yuan(skus[0].price))
        return _compose_comparison(case, [], [goods.fact], skus, said)
    names = "、".join(told_details(product)) or VARIANT
    said = case.replies.render_reply("compare_price", title=product.title, prices=format_price_span(skus), names=names)
    return _compose_comparison(case, [], [goods.fact], skus, said)


def _group_variants(case: Case, goods: GoodsMatch) -> dict[str, list[Sku]]:
    """The variants compared, by the words that name them: two colours where two are named, else each SKU."""
    listed = goods.fact.value.listed_skus
    words = dict.fromkeys(str(each.value) for each in case.request.entities if each.kind is EntityKind.ATTRIBUTE)
    named = {word: skus_with_attribute(listed, word) for word in words}
    named = {word: skus for word, skus in sorted(named.items(), key=lambda each: _place(each[1], listed)) if skus}
    return named if len(named) >= SEVERAL else {variant_name(sku): [sku] for sku in listed[:MOST_VARIANTS]}


def _names_foreign_goods(case: Case, product: Product) -> bool:
    """Whether one side of the comparison shares no word with these goods: 和别家的比哪个好."""
    words = (product.title, *product.keywords, *(word for sku in product.skus for word in sku.attributes))
    own = content_letters("".join(words))
    sides = (content_letters(side) for side in split_compared(case.request.text))
    return any(side and side.isdisjoint(own) for side in sides)


def _place(skus: Sequence[Sku], listed: Sequence[Sku]) -> int:
    return listed.index(skus[0]) if skus else len(listed)


def _find_variant_entry(case: Case, product: Product, names: Sequence[str]) -> FaqEntry | None:
    """What the shop wrote of this very product that tells its variants apart by name."""
    own = (entry for entry in case.shop.entries.values() if product.product_id in entry.products)
    likely = {score.entry_id for score in case.request.faqs}
    telling = (entry for entry in own if entry.entry_id in likely and any(name in entry.answer for name in names))
    return next((entry for entry in telling if not was_just_told(case.conversation, entry)), None)


def _details_of_variant(product: Product, name: str) -> dict[str, str]:
    """Of each detail the clauses that speak of a variant by its name: 小号30×15cm; 豆沙 is 豆沙101.

    A detail that is named like the variant (折叠锁：1.1公斤) is all of it.
    """
    found: dict[str, str] = {}
    name = bare_model(name)
    for title, value in product.details:
        if len(title) > 1 and (title in name or name in title):
            found[title] = value
            continue
        own = [clause for clause in split_clauses(value) if name in clause]
        if own:
            found[title] = "，".join(own)
    return found


def _render_line(case: Case, title: str, skus: Sequence[Sku], details: Mapping[str, str]) -> str:
    key = "compared" if details else "compared_price"
    return case.replies.render_reply(
        key, title=title, prices=format_price_span(skus), details=format_details(details)
    ).text


def _compose_comparison(
    case: Case,
    lines: Sequence[str],
    products: Sequence[Fact[Product]],
    skus: Sequence[Sku] = (),
    said: RenderedReply | None = None,
    *,
    choices: Sequence[Choice] = (),
) -> Outcome:
    told = skus or [sku for fact in products for sku in fact.value.listed_skus]
    facts: tuple[Fact[Any], ...] = tuple(products)
    ids = [fact.value.product_id for fact in products]
    in_view = case.slot_value(SlotName.PRODUCT)
    offered = {SlotName.OFFERED: dump_offered(ids)} if len(ids) >= SEVERAL else {}
    return compose_reply(
        said or _render_comparison(case, lines, choices),
        facts=facts,
        commitments=tuple(PriceCommitment(sku.sku_id, 1, sku.price, sku.price) for sku in told),
        slots={SlotName.PRODUCT: in_view if in_view in ids else ids[-1], **offered},
        tried=note("told_comparison"),
    )


def _render_comparison(case: Case, lines: Sequence[str], choices: Sequence[Choice]) -> RenderedReply:
    """The goods side by side, with what speaks for which."""
    goods = "\n".join(lines)
    asked = next((each for each in choices if each.asked), None)
    if asked:
        return case.replies.render_reply("compare_answer", name=asked.name, word=asked.word, goods=goods)
    words: dict[str, list[str]] = {}
    for each in choices:
        words.setdefault(each.name, []).append(each.word)
    told = "，".join(
        case.replies.render_reply("compare_choice", name=name, word="、".join(own)).text for name, own in words.items()
    )
    return case.replies.render_reply("compare_choices" if told else "compare", goods=goods, choices=told)
