"""What a buyer but tells of goods in view: the shop's row of it, or that it was heard; no overview once more."""

from typing import Final

from app.dialogue.policy import LIKELY_TOLD
from app.domain.outcome import Outcome
from app.domain.understanding import EntityKind
from app.language.taking import chooses, split_clauses
from app.language.variant_words import picks_one
from intents._framework.contract import Case
from intents._framework.notes import load_notes
from intents._framework.policy import compose_reply, faq_tried_note, quote_faq_entry
from intents._kit.goods import GoodsMatch

note = load_notes(__file__)

_NAMED: Final = frozenset({EntityKind.PRODUCT, EntityKind.SKU, EntityKind.ATTRIBUTE})


def take_remark(case: Case, goods: GoodsMatch) -> Outcome | None:
    """None where goods are named or picked, or were not spoken of before."""
    fresh = case.conversation.question is None or case.message.context.product_id
    named = any(each.kind is EntityKind.PRODUCT for each in case.request.entities)
    if fresh or named or _picks(case.request.text):
        return None
    best = case.request.faqs[0] if case.request.faqs else None
    entry = case.shop.entries.get(best.entry_id) if best and best.confidence >= LIKELY_TOLD else None
    untold = entry is not None and faq_tried_note(entry) not in case.conversation.tried
    if entry and untold and goods.fact.value.product_id in entry.products:
        return quote_faq_entry(case, entry)
    if any(each.kind in _NAMED for each in case.request.entities):
        return None
    said = case.replies.render_reply("remark", title=goods.product_title)
    return compose_reply(said, facts=(goods.fact,), tried=note("told_remark"))


def _picks(text: str) -> bool:
    """Whether one of several is picked anywhere in a message, whatever is told beside it: 还是浅的吧 家里光线暗."""
    return picks_one(text) or any(chooses(text[start:end]) for start, end in split_clauses(text))
