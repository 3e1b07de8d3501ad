"""Sizes by height and weight, from the goods' own chart; what no chart tells goes to people with the measures."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.commerce.advice import find_kind
from app.commerce.sizing import Measure, SizeAdvice, advise_size, find_missing_measure, has_sizes, list_measures
from app.dialogue.focus import FocusStack
from app.dialogue.policy import mask_goods_names
from app.domain.catalogue import Product, is_called
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.asides import is_goods_follow_up
from app.language.body import (
    Body,
    asks_own_size,
    asks_size,
    read_bare_body,
    read_bare_number,
    read_body,
    read_light_body,
    read_usual_size,
    read_wearer,
    tells_build,
)
from app.language.size_charts import sort_worn_sizes
from app.language.spans import find_girth, find_told_measure
from app.language.wishes import Audience, read_audience
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import (
    build_handoff,
    build_pending,
    compose_reply,
    find_awaited_slot,
    find_untold_policy,
    find_verbatim_entry,
    quote_faq_entry,
)
from intents._kit.goods import GoodsMatch

note = load_notes(__file__)

SEVERAL: Final = 2
MEASURES: Final = {Measure.HEIGHT: note("measure_height"), Measure.WEIGHT: note("measure_weight")}


async def advise_size_of(case: Case, goods: GoodsMatch | None) -> Outcome | None:
    """The size for the height and the weight told, now or before; None where no size is asked for."""
    body, usual = _find_body(case, goods), read_usual_size(case.request.text)
    if body is None and _means_somebody_else(case) and goods and has_sizes(goods.fact.value):
        return _ask_body(case, goods)
    if body is None:
        return _answer_usual(case, goods, usual) if usual and goods and has_sizes(goods.fact.value) else None
    everything = await case.facts.list_products()
    if not any(map(has_sizes, everything.value)):
        return None
    goods = await _find_goods(case, goods, everything.value)
    if goods is None:
        return compose_reply(
            case.replies.render_reply("size_ask_product", body=body.describe()),
            facts=(everything,),
            asks=build_pending(case, SlotName.PRODUCT),
            slots={SlotName.BODY: body.describe()},
            tried=note("asked_product"),
        )
    return _answer_of_goods(case, goods, body) if has_sizes(goods.fact.value) else None


def _find_body(case: Case, goods: GoodsMatch | None) -> Body | None:
    """The measures of this message, else those told before where it goes on with them: 平时穿L, 有点胖, 大衣呢."""
    text, stored = case.request.text, case.slot_value(SlotName.BODY)
    awaited = find_awaited_slot(case) == SlotName.BODY
    told = read_body(text) or read_light_body(text, asked=awaited) or (_read_answer(text, goods) if awaited else None)
    kept = read_body(stored) if stored else None
    if told and kept and awaited:
        return told.complete_with(kept)
    if told or kept is None or _means_somebody_else(case):
        return told
    refers = asks_own_size(text) or read_usual_size(text) is not None or tells_build(text)
    return kept if refers or is_goods_follow_up(mask_goods_names(case.request)) else None


def _read_answer(text: str, goods: GoodsMatch | None) -> Body | None:
    """The numbers alone that answer what the goods' chart goes by; of a girth they tell no body."""
    measures = list_measures(goods.fact.value) if goods else (Measure.HEIGHT, Measure.WEIGHT)
    of_height, of_weight = Measure.HEIGHT in measures, Measure.WEIGHT in measures
    return read_bare_body(text, of_height=of_height, of_weight=of_weight) if measures else None


def complete_girth(case: Case, goods: GoodsMatch) -> str:
    """The request, with the girth that was asked for before its number where the number stands alone: 胸围53."""
    text, girth = case.request.text, find_girth(goods.fact.value.details)
    alone = girth and find_awaited_slot(case) == SlotName.BODY and not list_measures(goods.fact.value)
    number = read_bare_number(text) if alone else None
    return f"{girth}{number}" if number else text


def ask_for_measures(case: Case, goods: GoodsMatch | None) -> Outcome | None:
    """What the goods' chart goes by, of who asks for a size and tells nothing; without a chart the shop's own row."""
    text = case.request.text
    if goods is None or not asks_own_size(text) or not has_sizes(goods.fact.value):
        return None
    if find_told_measure(text) or find_verbatim_entry(case):
        return None
    measures, girth = list_measures(goods.fact.value), find_girth(goods.fact.value.details)
    wanted = "和".join(each for measure, each in MEASURES.items() if measure in measures) or girth
    if not wanted:
        entry = find_untold_policy(case)
        return quote_faq_entry(case, entry) if entry else None
    said = case.replies.render_reply("size_ask_measures", title=goods.product_title, measures=wanted)
    slots = {SlotName.PRODUCT: goods.fact.value.product_id}
    return compose_reply(
        said, facts=(goods.fact,), asks=build_pending(case, SlotName.BODY), slots=slots, tried=note("asked_measure")
    )


def _means_somebody_else(case: Case) -> bool:
    """Whether a size is asked for somebody of whom no measures were told: 我老公有点胖，他穿什么码."""
    text, question = case.request.text, case.conversation.question
    wearer = read_wearer(text)
    asked = asks_size(text) or tells_build(text)
    known = wearer is not None and question is not None and wearer in question.text
    return wearer is not None and asked and not known and case.slot_value(SlotName.BODY) is not None


def _answer_of_goods(case: Case, goods: GoodsMatch, body: Body) -> Outcome:
    """By the goods' own chart, else the shop's very row, else people."""
    advice = advise_size(goods.fact.value, body)
    if advice:
        return _answer_advice(case, goods, body, advice, stout=tells_build(case.request.text))
    entry, missing = find_verbatim_entry(case), find_missing_measure(goods.fact.value, body)
    if entry:
        return quote_faq_entry(case, entry)
    if missing:
        return _ask_measure(case, goods, body, missing)
    girth = find_girth(goods.fact.value.details)
    return _ask_girth(case, goods, body, girth) if girth else _ask_people(case, goods, body)


async def _find_goods(case: Case, goods: GoodsMatch | None, products: Sequence[Product]) -> GoodsMatch | None:
    """The goods spoken of; for children the ones made for them, and by their kind where none are named (卫裤)."""
    named = case.first_entity(EntityKind.PRODUCT) is not None
    wearer = read_audience(case.request.text)
    if goods and (named or Audience.CHILDREN not in wearer or wearer <= read_audience(goods.product_title)):
        return goods
    worn = [each for each in products if has_sizes(each)]
    kind = [each for each in find_kind(worn, case.request.text) if has_sizes(each)]
    made = [each for each in worn if Audience.CHILDREN in wearer and wearer <= read_audience(each.title)]
    only = next((found for found in (kind, made) if len(found) == 1), None)
    if only is None:
        return goods
    fact = await case.facts.get_product(only[0].product_id)
    return GoodsMatch(fact.with_value(fact.value), fact.value.skus) if fact.value else goods


def _answer_advice(case: Case, goods: GoodsMatch, body: Body, advice: SizeAdvice, *, stout: bool) -> Outcome:
    words = {"title": goods.product_title, "body": body.describe()}
    words |= {"smallest": advice.smallest, "largest": advice.largest}
    words |= {"by_height": advice.by_height or "", "by_weight": advice.by_weight or ""}
    words |= {"sizes": "或".join(advice.sizes), "fit": _describe_fit(goods.fact.value)}
    stout = stout and bool(advice.sizes) and advice.by_height is None
    said = case.replies.render_reply("size_up" if stout else _choose_reply(advice), **words)
    return compose_reply(
        said,
        facts=(goods.fact,),
        slots={
            SlotName.PRODUCT: goods.fact.value.product_id,
            SlotName.BODY: body.describe(),
            **_choose_advised(case, goods.fact.value, advice, stout=stout),
        },
        tried=note("told_size", sizes=words["sizes"] or note("no_size")),
    )


def _choose_advised(case: Case, product: Product, advice: SizeAdvice, *, stout: bool) -> Mapping[str, str]:
    """The focus with the size that was advised as the one chosen, so that what comes next is asked of it."""
    sizes = sort_worn_sizes(value for sku in product.listed_skus for value in sku.attributes)
    at = next((sizes.index(each) for each in sizes for size in advice.sizes if is_called(each, size)), None)
    if len(advice.sizes) != 1 or at is None:
        return {}
    chosen = sizes[min(at + stout, len(sizes) - 1)]
    stack = FocusStack.load_stack(case.slot_value(SlotName.FOCUS))
    return {SlotName.FOCUS: stack.push_product(product, (chosen,)).dump_stack()}


def _choose_reply(advice: SizeAdvice) -> str:
    if not advice.sizes:
        return "size_below" if advice.below else "size_beyond"
    if advice.is_height:
        return "size_by_height"
    if advice.by_height:
        return "size_apart"
    return "size_either" if len(advice.sizes) >= SEVERAL else "size"


def _describe_fit(product: Product) -> str:
    fit = dict(product.details).get("版型")
    return note("fit", fit=fit) if fit else ""


def _answer_usual(case: Case, goods: GoodsMatch, usual: str) -> Outcome | None:
    """Who wears L as a rule is told how these goods are cut."""
    fit = dict(goods.fact.value.details).get("版型")
    key = "size_usual_fit" if fit else "size_usual"
    said = case.replies.render_reply(key, title=goods.product_title, size=usual.upper(), fit=fit)
    slots = {SlotName.PRODUCT: goods.fact.value.product_id}
    return compose_reply(said, facts=(goods.fact,), slots=slots, tried=note("told_size", sizes=usual.upper()))


def _ask_body(case: Case, goods: GoodsMatch) -> Outcome:
    said = case.replies.render_reply("size_ask_body", title=goods.product_title)
    slots = {SlotName.PRODUCT: goods.fact.value.product_id}
    return compose_reply(
        said, facts=(goods.fact,), asks=build_pending(case, SlotName.PRODUCT), slots=slots, tried=note("asked_measure")
    )


def _ask_measure(case: Case, goods: GoodsMatch, body: Body, missing: Measure) -> Outcome:
    """The chart goes by the other measure: it is asked for, and the one that was told is kept."""
    key = "size_ask_weight" if missing is Measure.WEIGHT else "size_ask_height"
    said = case.replies.render_reply(key, title=goods.product_title, body=body.describe())
    return compose_reply(
        said,
        facts=(goods.fact,),
        asks=build_pending(case, SlotName.BODY),
        slots={SlotName.PRODUCT: goods.fact.value.product_id, SlotName.BODY: body.describe()},
        tried=note("asked_measure"),
    )


def _ask_girth(case: Case, goods: GoodsMatch, body: Body, girth: str) -> Outcome:
    """What a chart of girths goes by; weight and height tell nothing of it."""
    said = case.replies.render_reply("size_ask_girth", title=goods.product_title, girth=girth)
    slots = {SlotName.PRODUCT: goods.fact.value.product_id, SlotName.BODY: body.describe()}
    return compose_reply(
        said, facts=(goods.fact,), asks=build_pending(case, SlotName.BODY), slots=slots, tried=note("asked_measure")
    )


def _ask_people(case: Case, goods: GoodsMatch, body: Body) -> Outcome:
    """No chart is written: people check with the measures in hand, and nobody asks for them again."""
    collected = {note("field_goods"): goods.product_title, note("field_body"): body.describe()}
    wish = build_handoff(case, Reason.LOW_CONFIDENCE, note("wants_size"), collected=collected)
    said = case.replies.render_reply("size_people", title=goods.product_title, body=body.describe())
    slots = {SlotName.PRODUCT: goods.fact.value.product_id, SlotName.BODY: body.describe()}
    return compose_reply(said, facts=(goods.fact,), handoff=wish, slots=slots)
