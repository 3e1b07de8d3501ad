"""Answers an intent from the shop's own FAQ, and hands over what it does not answer."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.acts import Act
from app.domain.catalogue import FaqEntry
from app.domain.content import TEXT_ONLY, CardKind, CardPart, Content, ImagePart
from app.domain.conversation import Conversation, Pending
from app.domain.decision import Reason
from app.domain.fact import Fact, FactKind
from app.domain.message import Message
from app.domain.outcome import HandoffRequest, Outcome
from app.domain.understanding import EntityKind, FaqScore, Request
from app.language.repeats import repeats_question
from app.language.text import content_letters, letter_pairs
from app.shop.shop import Shop
from app.shop.variables import QuoteContext, fill_variables
from intents._framework.contract import Case, IntentAction, RenderedReply
from intents._framework.notes import load_notes

note = load_notes(__file__)

MATTER_FORGOTTEN_AFTER: Final = timedelta(hours=2)


NEAR_THRESHOLD_SHARE: Final = 0.9
SURE_WITHOUT_WORDS: Final = 0.75
SURE_OF_GOODS: Final = 0.97


_CALL: Final = re.compile("^(?:亲|您好)，")


def compose_reply(*parts: RenderedReply, **outcome: Any) -> Outcome:
    """An outcome that says the parts one after the other, calling the buyer once."""
    first, *rest = (part.text for part in parts)
    text = "".join([first, *(_CALL.sub("", later) for later in rest)])
    return Outcome(text=text, used_replies=tuple(part.variant for part in parts), **outcome)


def find_policy(case: Case) -> FaqEntry | None:
    """The shop's own answer that this request may mean and that stands under this intent's Chinese title.

    That intent and category agree carries an entry the ranking alone was not quite sure of. An entry without a
    category stands under any title once the ranking is sure of it: a shop need not sort its FAQ.
    """
    sure = case.shop.settings.thresholds.answer
    least = sure * NEAR_THRESHOLD_SHARE
    likely = {score.entry_id: score.confidence for score in case.request.faqs if score.confidence >= least}
    told = {score.entry_id: score for score in case.request.faqs}
    known = [
        entry
        for entry_id in likely
        if (entry := case.shop.entries.get(entry_id)) and shares_content(case.request, entry, told[entry_id])
    ]
    mine = [
        entry
        for entry in known
        if matches_category(entry.category, case.replies.intent_title)
        or (not entry.category and likely[entry.entry_id] >= sure)
    ]
    return max(mine, key=lambda entry: likely[entry.entry_id], default=None)


def shares_content(request: Request, entry: FaqEntry, score: FaqScore) -> bool:
    """Whether the entry is about what is asked, and not only about the same goods: 挂钟能放微波炉吗 is no 挂钟会响吗.

    What the ranking is surer of may be said in quite other words; of named goods it is soon sure, by their name.
    """
    of_goods = any(each.kind is EntityKind.PRODUCT for each in request.entities)
    if score.is_verbatim or score.confidence >= (SURE_OF_GOODS if of_goods else SURE_WITHOUT_WORDS):
        return True
    asked = request.text
    for named in request.entities:
        asked = asked.replace(named.text, " ") if named.kind is EntityKind.PRODUCT else asked
    written = "\n".join((entry.question, *entry.similar_questions, entry.answer))
    telling = content_letters(asked)
    if telling:
        return bool(telling & content_letters(written))
    pairs = letter_pairs(asked)
    return not of_goods or not pairs or bool(pairs & letter_pairs(written))


def find_untold_policy(case: Case) -> FaqEntry | None:
    """The same, unless it was just told; the same question asked once more gets the same words once more."""
    entry = find_policy(case)
    return entry if entry and not _was_told_enough(case, entry) else None


def _was_told_enough(case: Case, entry: FaqEntry) -> bool:
    """Whether other words than these are due: told twice, or once to who asks on or complains."""
    told = case.conversation.tried[-2:].count(faq_tried_note(entry))
    question = case.conversation.question
    plainly = Act.ASK in case.request.acts and Act.COMPLAIN not in case.request.acts
    again = plainly and question is not None and repeats_question(case.request.text, question.text)
    return told > 1 or (told == 1 and not again)


def find_verbatim_entry(case: Case) -> FaqEntry | None:
    """The shop's own answer under this intent, where one of its very wordings was said and it was not just told."""
    best = case.request.faqs[0] if case.request.faqs else None
    entry = find_untold_policy(case) if best and best.is_verbatim else None
    return entry if entry and best and entry.entry_id == best.entry_id else None


def find_best_entry(case: Case) -> FaqEntry | None:
    """The shop's own words where the ranking is sure of them, else its policy; not what was just told."""
    best = case.request.faqs[0] if case.request.faqs else None
    if best and best.confidence >= case.shop.settings.thresholds.answer:
        entry = case.shop.entries.get(best.entry_id)
        return entry if entry and not _was_told_enough(case, entry) else None
    return find_untold_policy(case)


def faq_tried_note(entry: FaqEntry) -> str:
    """How the brief says that the entry was told."""
    return note("faq_told", question=entry.question)


def was_just_told(conversation: Conversation, entry: FaqEntry) -> bool:
    """Whether this was among our last two answers: who comes back with the matter needs more than the same words."""
    return faq_tried_note(entry) in conversation.tried[-2:]


def matches_category(category: str, title: str) -> bool:
    """Whether a shop's own category means the intent: 退换货 and 质量问题 stand under 退换货/退款 and 质量/破损."""
    return bool(category) and any(part in category or category in part for part in title.split("/"))


def quote_faq_entry(case: Case, entry: FaqEntry) -> Outcome:
    """The shop's own words, quoted as a fact of the shop's folder."""
    as_of = case.shop.loaded_at or case.now
    context = QuoteContext(
        case.shop.settings, name_product(case.shop, case.message, case.request), case.message.sender.name or ""
    )
    told = replace(entry, answer=fill_variables(entry.answer, context))
    fact = Fact(FactKind.CATALOGUE, told, f"files {entry.source or entry.entry_id}", as_of)
    return Outcome(
        text=told.answer,
        facts=(fact,),
        tried=faq_tried_note(entry),
        faq=entry.entry_id,
        handoff=build_row_handoff(case.message, entry),
        content=entry_content(entry),
    )


def name_product(shop: Shop, message: Message, request: Request) -> str:
    """The title of the one product the request or its page is about; empty when there is none."""
    named = {each.value for each in request.entities if each.kind is EntityKind.PRODUCT}
    product_id = named.pop() if len(named) == 1 else message.context.product_id
    product = shop.products_by_id.get(str(product_id))
    return product.title if product else ""


def build_row_handoff(message: Message, entry: FaqEntry) -> HandoffRequest | None:
    """The person the row asks for after its answer."""
    if not entry.then_people:
        return None
    return HandoffRequest(Reason.AUTHORITY_EXCEEDED, message.text, notes=(note("row_asks_people"),))


def entry_content(entry: FaqEntry) -> Content:
    """The row's pictures and links, below its words."""
    if not (entry.images or entry.links):
        return TEXT_ONLY
    images = tuple(ImagePart(url) for url in entry.images)
    links = tuple(CardPart(title=entry.question, kind=CardKind.LINK, url=url) for url in entry.links)
    return Content((*images, *links))


def build_pending(case: Case, slot: str, **options: Any) -> Pending:
    """Our question about `slot`, which the next message may answer."""
    return Pending(intent=case.intent, slot=slot, text=case.message.text, asked_at=case.now, **options)


def build_handoff(case: Case, reason: Reason, wish: str, **request: Any) -> HandoffRequest:
    """The wish for a person, with the buyer's own words in it."""
    return HandoffRequest(
        reason=reason, wish=note("by_buyer", wish=wish, words=case.message.text.strip()[:80]), **request
    )


def current_memory(case: Case) -> dict[str, Any]:
    """This intent's memory while its matter is still the same one."""
    memory = case.intent_memory
    return {} if is_memory_expired(memory, case) else memory


def is_memory_expired(memory: Mapping[str, Any], case: Case) -> bool:
    opened = memory.get("at")
    return not opened or case.now - datetime.fromisoformat(opened) > MATTER_FORGOTTEN_AFTER


def find_awaited_slot(case: Case) -> str | None:
    """The slot this intent asked for in the turn before, if it still waits for it."""
    pending = case.conversation.pending
    return pending.slot if pending and pending.intent == case.intent else None


class PolicyAction(IntentAction):
    """Answers from the shop's FAQ, else with the intent's own `answer`, else gives the question to a person."""

    async def answer(self, case: Case) -> Outcome:
        """The policy's words, the general ones, or a handoff with the question."""
        entry = find_untold_policy(case)
        return quote_faq_entry(case, entry) if entry else self.answer_generally(case)

    def answer_generally(self, case: Case) -> Outcome:
        """What the intent can say without the shop's own words, once: who asks again needs a person."""
        if not case.replies.has_reply("answer") or current_memory(case):
            return self.escalate_unknown(case)
        return compose_reply(
            case.replies.render_reply("answer"), memory={"at": case.now.isoformat()}, tried=note("told_generally")
        )

    def escalate_unknown(self, case: Case) -> Outcome:
        """Nothing known: say so kindly and give it to a person."""
        return compose_reply(
            case.replies.render_reply("unknown"),
            handoff=build_handoff(case, Reason.LOW_CONFIDENCE, note("no_answer_known")),
            memory={},
        )
