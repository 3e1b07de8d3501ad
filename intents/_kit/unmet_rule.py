"""A rule of the shop held against what the buyer told of the goods: 吊牌剪了 does not meet 吊牌没剪的可以退."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from app.dialogue.rule_states import (
    RuleVerdict,
    ToldStates,
    add_told_states,
    asks_of_states,
    judge_rule,
    load_told_states,
)
from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Product
from app.domain.conversation import SlotName
from app.domain.decision import Reason
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.guard.gate import find_expired_promises
from app.language.conditions import GoodsState, find_days_held, find_told_states
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import build_handoff, compose_reply, quote_faq_entry, was_just_told
from intents._framework.shared import shared_cues

note = load_notes(__file__)

TOLD: Final = note("told_unmet")
STATE_NAMES: Final = {
    GoodsState.TAG_OFF: note("state_tag_off"),
    GoodsState.OPENED: note("state_opened"),
    GoodsState.USED: note("state_used"),
    GoodsState.WASHED: note("state_washed"),
    GoodsState.MADE_FOR: note("state_made_for"),
    GoodsState.HARMED: note("state_harmed"),
}
LASTING: Final = frozenset({GoodsState.TAG_OFF, GoodsState.USED, GoodsState.WASHED, GoodsState.MADE_FOR})
"""States in which goods are as they came no more, whether or not the shop wrote a rule of it."""


def read_told_states(case: Case) -> ToldStates:
    """What this message and the ones before it tell of the state of the buyer's goods."""
    return add_told_states(load_told_states(case.slot_value(SlotName.CONDITION)), case.message.text)


def hold_against_rules(case: Case, product: Product | None = None, *, dated: bool = False) -> Outcome | None:
    """The rule that the goods do not meet, as one; None where they meet what is written or nothing was told of them.

    Who comes back with it gets a person, and so does what no rule speaks of.

    Args:
        case: of a return, an exchange or a repair.
        product: the goods, where they are known; else those of the message or in view.
        dated: whether an order tells since when the buyer has them, which goes before his own count.
    """
    told = read_told_states(case)
    if dated:
        told = ToldStates(told.states)
    faulty = shared_cues().hears("damaged", case.message.text) and GoodsState.HARMED not in told.states
    if not told or faulty:
        return None
    product = product or _find_product(case)
    judged = [(entry, _judge_entry(case, entry, told, product)) for entry in _list_rules(case, product)]
    unmet = [(entry, verdict) for entry, verdict in judged if verdict.denied or verdict.is_late]
    allowed = frozenset[GoodsState]().union(*(verdict.allowed for _, verdict in judged))
    if unmet:
        entry, verdict = max(unmet, key=lambda each: _rank_rule(case, product, *each))
        return _tell_unmet(case, entry, verdict, _name_states(told, verdict))
    late = _tell_late(case, told)
    open_states = (told.states & LASTING) - allowed
    return late or (_ask_people(case, _name_states(ToldStates(open_states))) if open_states else None)


def tells_state(case: Case) -> bool:
    """Whether this very message tells in what state the goods are or are not, or since when the buyer has them."""
    told, kept = find_told_states(case.message.text)
    return bool(told or kept) or find_days_held(case.message.text) is not None


def _tell_unmet(case: Case, entry: FaqEntry, verdict: RuleVerdict, states: str) -> Outcome:
    """The row that rules the states out in so many words as it is, any other with what they are to it."""
    if TOLD in case.conversation.tried[-2:] and not tells_state(case) and not _asks_of_goods(case):
        return _ask_people(case, states)
    if was_just_told(case.conversation, entry) or TOLD in case.conversation.tried[-2:]:
        said = case.replies.render_reply("unmet_again", states=states)
        return compose_reply(said, facts=quote_faq_entry(case, entry).facts, tried=TOLD)
    quoted = quote_faq_entry(case, entry)
    if verdict.said == verdict.denied and not verdict.is_late and _names_states(entry, case):
        return replace(quoted, tried=TOLD)
    said = case.replies.render_reply("unmet", states=states, answer=quoted.text)
    return compose_reply(said, facts=quoted.facts, faq=quoted.faq, content=quoted.content, tried=TOLD)


def _asks_of_goods(case: Case) -> bool:
    """Whether it is asked of goods named now, 毛衣还能退吗: who says which goods does not keep on."""
    return Act.ASK in case.request.acts and case.first_entity(EntityKind.PRODUCT) is not None


def _tell_late(case: Case, told: ToldStates) -> Outcome | None:
    promise = case.shop.settings.authority.shipping
    days = promise.returns_days if promise else None
    if told.days is None or not days or told.days <= days:
        return None
    return compose_reply(case.replies.render_reply("unmet_late", days=days), tried=TOLD)


def _ask_people(case: Case, states: str) -> Outcome:
    wish = note("wish_unmet", states=states)
    return compose_reply(
        case.replies.render_reply("unmet_people", states=states),
        handoff=build_handoff(case, Reason.AFTER_SALES, wish, collected={note("field_state"): states}),
        memory={},
    )


def _list_rules(case: Case, product: Product | None) -> Iterable[FaqEntry]:
    """The shop's rows that may be told of these goods."""
    for entry in case.shop.entries.values():
        mine = not entry.products or (product is not None and product.product_id in entry.products)
        if mine and not find_expired_promises(entry, case.shop, case.now):
            yield entry


def _judge_entry(case: Case, entry: FaqEntry, told: ToldStates, product: Product | None) -> RuleVerdict:
    question = case.conversation.question
    names = (product.title, *product.keywords) if product else ()
    scope = "\n".join((case.message.text, question.text if question else "", *names))
    return judge_rule(entry.answer, told, scope, case.shop.products)


def _rank_rule(case: Case, product: Product | None, entry: FaqEntry, verdict: RuleVerdict) -> tuple[float, ...]:
    """The row of these goods, then of these states, then the likeliest first."""
    own = product is not None and product.product_id in entry.products
    likely = next((each.confidence for each in case.request.faqs if each.entry_id == entry.entry_id), 0.0)
    return (len(verdict.denied), own, _names_states(entry, case), likely)


def _names_states(entry: FaqEntry, case: Case) -> bool:
    """Whether the row asks of what was told: 吊牌剪了还能退吗."""
    return asks_of_states(entry, read_told_states(case).states)


def _name_states(told: ToldStates, verdict: RuleVerdict | None = None) -> str:
    """The states that a rule rules out, or all, as they are said back to the buyer."""
    states = verdict.denied if verdict else told.states
    named = [name for state, name in STATE_NAMES.items() if state in states]
    late = verdict is not None and verdict.is_late
    return "、".join([*named, *([note("state_late")] if late else [])])


def _find_product(case: Case) -> Product | None:
    named = case.first_entity(EntityKind.PRODUCT)
    known = str(named.value) if named else case.message.context.product_id or case.slot_value(SlotName.PRODUCT)
    return case.shop.products_by_id.get(known or "")
