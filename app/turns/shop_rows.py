"""The shop's own row beside an action that knew no fact to tell: facts go first only where there are some."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from app.dialogue.act_moves import CONFIRM_SLOT
from app.dialogue.focus import dump_offered
from app.dialogue.listening import dialogue_cues
from app.dialogue.policy import LIKELY_TOLD
from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Product
from app.domain.conversation import Conversation, SlotName
from app.domain.decision import Clarify, Decision, Handoff, Reason
from app.domain.outcome import Outcome
from app.domain.understanding import Request
from app.guard.gate import find_expired_promises
from app.language.text import content_letters
from app.shop.schema import Thresholds
from app.shop.shop import Shop
from intents._framework.contract import Case
from intents._framework.policy import was_just_told
from intents._kit.unmet_rule import TOLD as UNMET

CHECK_SLOT = "check"
"""What is asked after what is not written: whether to look into it."""
LIKELY_FROM = 0.62
"""How near a row must be to be told where we would else but ask what is meant."""
LIKELY_OF_GOODS = 0.65
"""The same of a row of the goods that are known: that nothing is written of them is an answer, too."""
LIKELY_ELSE = 0.75
"""The same of a row of something else than these goods, or than the matter that was read, however doubtful."""
LIKELY_WORDED = 0.45
"""How likely a row must be by its wordings alone to be told to who asks, however near it is."""
LIKELY_UNASKED = 0.8
"""The same to who asks nothing: what is only told is seldom a question."""
FEWEST_LETTERS = 3
"""Letters with a meaning that a request must have to be near an answer: 有货吗 shares its one with many."""
MOST_NAMED = 2
MOST_OFFERED = 4
"""Goods that a row names from which more are no choice to be pointed at."""
SHORTEST_NAME = 2
"""Goods named before a row that speaks of them alone."""


def name_row_goods(entry: FaqEntry, products: Sequence[Product]) -> str:
    """The goods that a row speaks of alone, unless its question or answer names them; empty where it speaks of all."""
    own = [each for each in products if each.product_id in entry.products]
    words = f"{entry.question}\n{entry.answer}"
    if not own or any(name in words for each in own for name in (each.title, *each.keywords)):
        return ""
    titles = "、".join(each.title for each in own[:MOST_NAMED])
    return f"{titles}等" if len(own) > MOST_NAMED else titles


def bring_into_view(entry: FaqEntry, in_view: str | None, products: Sequence[Product]) -> dict[str, str | None]:
    """The slots after a row is told, where no product was spoken of: the one it is of, or the few that it names."""
    if in_view:
        return {}
    if len(entry.products) == 1:
        return {SlotName.PRODUCT: next(iter(entry.products))}
    told = _find_named(entry.answer, products)
    return {SlotName.OFFERED: dump_offered(told)} if 0 < len(told) <= MOST_OFFERED else {}


def _find_named(text: str, products: Sequence[Product]) -> list[str]:
    """The products that a text names by their titles, or else by other names of two letters and more."""
    by_title = [each.product_id for each in products if each.title in text]
    by_name = (each for each in products if any(len(name) >= SHORTEST_NAME and name in text for name in each.keywords))
    return by_title or [each.product_id for each in by_name]


def find_own_row(case: Case, outcome: Outcome) -> FaqEntry | None:
    """The row to tell with this outcome: one that surely answers the request, where the action told no fact.

    General words of an action give way only to a row of no category; of the others, the action has chosen itself.
    """
    entry = _find_sure_row(case) if _lacks_facts(outcome) else None
    if entry is None or (entry.category and outcome.asks is None):
        return None
    return None if find_expired_promises(entry, case.shop, case.now) else entry


def find_likely_row(
    request: Request,
    shop: Shop,
    conversation: Conversation,
    now: datetime,
    product: Product | None,
    least: float,
    *,
    in_hand: bool,
) -> FaqEntry | None:
    """The row that most likely answers, though not surely, where we would else have nothing to say.

    Never one that was just told, nor one that must not be told any more. To who only tells something of the matter in
    hand it is but a row of the goods in view: 晚上老漏, of nappies.
    """
    best = max(request.faqs, key=lambda each: each.nearness, default=None)
    entry = shop.entries.get(best.entry_id) if best else None
    if best is None or entry is None:
        return None
    asks = Act.ASK in request.acts
    if in_hand and not asks:
        if conversation.current_slot(SlotName.PRODUCT, now) not in entry.products:
            return None
        near = best.confidence >= LIKELY_TOLD
    else:
        least = least if asks else max(least, LIKELY_UNASKED)
        if product:
            least = max(least, LIKELY_OF_GOODS if product.product_id in entry.products else LIKELY_ELSE)
        worded = asks and best.confidence >= LIKELY_WORDED
        near = worded or (best.nearness >= least and len(content_letters(request.text)) >= FEWEST_LETTERS)
    if not near or was_just_told(conversation, entry) or find_expired_promises(entry, shop, now):
        return None
    return entry


def is_missed(decision: Decision) -> bool:
    """Whether we do not know what is asked: our question of it, or a handoff after two of these."""
    if isinstance(decision, Clarify):
        return decision.reason is not Reason.UNSUPPORTED_MESSAGE
    return isinstance(decision, Handoff) and decision.reason is Reason.REPEATED_MISS


def knows_nothing(case: Case, outcome: Outcome) -> bool:
    """Whether an action but asks which goods are meant, presents them, says that nothing is written, or is in doubt."""
    if answers_question(case) or outcome.faq or outcome.effects or outcome.handoff or outcome.withdraws:
        return False
    asked = outcome.asks.slot if outcome.asks else None
    if outcome.presents or asked == CHECK_SLOT or (asked == SlotName.PRODUCT and not outcome.facts):
        return True
    return case.confidence < case.shop.settings.thresholds.answer and _lacks_facts(outcome)


def least_likely(case: Case, outcome: Outcome) -> float:
    """How near a row must be to be told in place of what an action that knows nothing says."""
    matter_is_sure = case.confidence >= case.shop.settings.thresholds.answer or outcome.facts
    return LIKELY_FROM if matter_is_sure else LIKELY_ELSE


def answers_question(case: Case) -> bool:
    """Whether the buyer answers what this intent asked."""
    pending = case.conversation.pending
    return pending is not None and pending.slot != CONFIRM_SLOT and pending.intent == case.intent


def asks_policy(case: Case) -> bool:
    """Whether the buyer asks how a matter is handled (能退吗), and neither wants it done nor answers a question."""
    return Act.ASK in case.request.acts and case.conversation.pending is None


def tells_policy(case: Case, outcome: Outcome, matter: Collection[str]) -> bool:
    """Whether an outcome only tells how a matter is handled, in a shop that has not said who decides it.

    Where the shop wrote rows of the matter, nothing but facts does, such as the row that the buyer's goods do not meet.
    """
    told = bool(outcome.facts) and outcome.handoff is None
    if told and outcome.tried == UNMET:
        return True
    return asks_policy(case) and (told or not matter)


def find_policy_row(case: Case, matter: Collection[str], *, again: bool = False) -> FaqEntry | None:
    """The row that tells who asks about a matter which people decide only because the shop has not said who does.

    Args:
        case: with the rows that may answer it.
        matter: ids of the shop's rows about this very matter; a likely one of them goes before a handoff.
        again: whether the question was put together from the one before, so that a row just told answers it, too.
    """
    if not asks_policy(case) or not case.request.faqs:
        return None
    best, zones = case.request.faqs[0], case.shop.settings.thresholds
    entry = case.shop.entries.get(best.entry_id)
    least = zones.clarify + zones.gap if best.entry_id in matter else zones.answer
    if entry is None or best.confidence < least or (was_just_told(case.conversation, entry) and not again):
        return None
    return None if find_expired_promises(entry, case.shop, case.now) else entry


def find_rule_row(case: Case, outcome: Outcome, matter: Collection[str]) -> FaqEntry | None:
    """The row of this very matter, for who asks how it is handled and would else but be asked for an order's number."""
    asks_order = outcome.asks is not None and outcome.asks.slot == SlotName.ORDER
    if not asks_order or not _lacks_facts(outcome):
        return None
    entry = find_policy_row(case, matter)
    return entry if entry and entry.entry_id in matter else None


def tell_row(outcome: Outcome, entry: FaqEntry, told: Outcome, *, looking: bool = False) -> Outcome:
    """The row as it is told, and the action's question after it; general words of the action's own give way to it.

    Who is `looking` at goods and speaks of no order is not asked for one after the answer, nor is anybody whom the
    row itself has asked for its number.
    A row that hands over after its answer leaves no question of ours open.
    """
    told = replace(told, faq=entry.entry_id)
    if outcome.asks is None or told.handoff:
        return replace(told, slots={**told.slots, **outcome.slots})
    if looking and outcome.asks.slot == SlotName.ORDER:
        return told
    asked = outcome.asks.slot == SlotName.ORDER and dialogue_cues().hears("asks_order", told.text)
    text = told.text if asked else f"{told.text}\n{outcome.text}"
    return replace(outcome, text=text, tried=told.tried, faq=told.faq, content=told.content)


def _find_sure_row(case: Case) -> FaqEntry | None:
    """The row that surely answers, unless it was just told or the buyer answers a question of ours."""
    if answers_question(case) or not _is_row_sure(case.request, case.shop.settings.thresholds):
        return None
    entry = case.shop.entries.get(case.request.faqs[0].entry_id)
    return None if entry is None or was_just_told(case.conversation, entry) else entry


def _is_row_sure(request: Request, thresholds: Thresholds) -> bool:
    """Whether the best row is above the threshold and clear of the next."""
    best, *others = [each.confidence for each in request.faqs] or [0.0]
    return best >= thresholds.answer and best - max(others, default=0.0) >= thresholds.gap


def _lacks_facts(outcome: Outcome) -> bool:
    """Whether an action told nothing of goods or orders and moved nothing on: it only asks, or speaks generally."""
    if outcome.facts or outcome.effects or outcome.handoff or outcome.faq or outcome.withdraws:
        return False
    return outcome.asks is not None or outcome.memory is None
