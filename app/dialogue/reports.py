"""What a buyer reports instead of asking: a device that fails, a thing that is missing, a promise that is not kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from app.dialogue.listening import dialogue_cues
from app.dialogue.policy import asks_availability, mask_goods_names
from app.dialogue.rule_states import tells_state_in_return
from app.domain.acts import Act
from app.domain.catalogue import FaqEntry
from app.domain.conversation import Pending
from app.domain.decision import Answer, Decision
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, Request
from app.language.body import read_size_step
from app.language.users import asks_for_user, asks_use, find_users
from app.language.wishes import read_wish
from app.shop.schema import Thresholds

SURE_OF_OTHER = 0.5
"""How sure another business must be, for 不对 not to be about the matter in hand."""
_OWN_GOODS_CUES = ("owns_too", "asks_sent", "asks_after_mine")
_GOODS = frozenset({EntityKind.PRODUCT, EntityKind.SKU})


def report_intent(
    whole: Request,
    pending: Pending | None,
    traits: IntentDirectory,
    thresholds: Thresholds,
    *,
    in_view: bool,
    ordered: bool = False,
    last: str | None = None,
) -> str | None:
    """The intent that takes the report, where no other matter is surely meant; None where nothing is reported.

    Args:
        whole: the message as one request.
        pending: our open question; what fills an after-sales form is no new report.
        traits: those of every known intent.
        thresholds: the shop's zones.
        in_view: whether goods or an order are spoken of already.
        ordered: whether an order is.
        last: the intent of the turn before.
    """
    best = whole.intents[0]
    own, asked = traits.get(best.intent), traits.get(pending.intent) if pending else None
    if own and own.complaint and dialogue_cues().hears("asks_amends_if", whole.text):
        return traits.find_holder(IntentRole.FAULT)
    if pending is None and last and (_is_as_it_came(whole, last, traits) or tells_state_in_return(whole, last, traits)):
        return traits.find_holder(IntentRole.RETURNS)
    row = bool(whole.faqs) and whole.faqs[0].confidence >= SURE_OF_OTHER
    if not row and dialogue_cues().hears("tells_not_reduced", whole.text):
        return traits.find_holder(IntentRole.PRICE_PAID)
    if (asked and asked.aftersale) or (own and own.aftersale and best.confidence >= thresholds.answer):
        return best.intent if not pending and _tells_fault_of_own(whole, best.intent, traits) else None
    before = traits.get(last or "")
    of_order = before is not None and (before.of_orders_alone or before.tells_parcel)
    in_hand = before is not None and (before.aftersale or before.about_orders)
    sure = best.confidence >= thresholds.answer
    if ordered and asks_together(whole.text):
        return traits.find_holder(IntentRole.TRACKING)
    role = _role_of_reminder(whole, goods_alone=in_view and not (ordered or of_order)) or _reported_role(
        whole, in_view=in_view, of_order=of_order, in_hand=in_hand, sure=sure
    )
    return traits.find_holder(role) if role else None


def _tells_fault_of_own(whole: Request, intent: str, traits: IntentDirectory) -> bool:
    """Whether a fault of what the buyer has is surely told, which no row on what goods are like answers."""
    told = Act.ASK not in whole.acts and dialogue_cues().hears("tells_bought", whole.text)
    fault = told and traits.holds_role(intent, IntentRole.FAULT)
    return fault and tells_fault(whole.text)


def tells_fault(text: str) -> bool:
    """Whether a text tells that goods are damaged, wear badly or do not do what they are for."""
    return any(_list_roles_of_fault(text, tells=True, of_goods=True))


def hurries(text: str) -> bool:
    """Whether a text presses for what is in hand: 赶紧的 等着穿."""
    return dialogue_cues().hears("hurries", text)


def tells_misfit(text: str) -> bool:
    """Whether a text tells that what came does not fit."""
    return dialogue_cues().hears("tells_misfit", text)


def asks_terms(text: str) -> bool:
    """Whether a text asks on what terms goods are made good, which a shop writes: 邮费谁出, 保几年, 多久退款."""
    return dialogue_cues().hears("asks_terms", text)


def asks_together(text: str) -> bool:
    """Whether it is asked if things come in one parcel: 也在里面吗, 一起寄来吗."""
    return dialogue_cues().hears("asks_together", text)


def _role_of_reminder(whole: Request, *, goods_alone: bool) -> IntentRole | None:
    """Who takes 不是说48小时发货吗: of an order it urges, of goods alone it asks how soon they leave."""
    if not dialogue_cues().hears("reminds_dispatch", whole.text):
        return None
    return IntentRole.DISPATCH if goods_alone else IntentRole.URGING


def _reported_role(whole: Request, *, in_view: bool, of_order: bool, in_hand: bool, sure: bool) -> IntentRole | None:
    """The role of who takes what is reported, the plainest report first."""
    return next(_list_roles(whole, in_view=in_view, of_order=of_order, in_hand=in_hand, sure=sure), None)


def _asks_after_own(whole: Request) -> bool:
    """Whether the buyer asks where his own thing is: 我那个到哪了, 怎么还在郑州, 我还有个T恤呢, 看到我的订单了吗."""
    cues, text, kinds = dialogue_cues(), whole.text, {each.kind for each in whole.entities}
    return (
        cues.hears("asks_order_seen", text)
        or (cues.hears("points_at_mine", text) and cues.hears("asks_whereabouts", text))
        or (EntityKind.PLACE in kinds and cues.hears("rests_at", text))
        or (EntityKind.PRODUCT in kinds and any(cues.hears(cue, text) for cue in _OWN_GOODS_CUES))
    )


def _list_roles(whole: Request, *, in_view: bool, of_order: bool, in_hand: bool, sure: bool) -> Iterator[IntentRole]:
    """Every role whose report is heard; what stands behind the first one is not listened for."""
    cues, text, tells = dialogue_cues(), whole.text, Act.ASK not in whole.acts
    of_goods = in_view or any(each.kind in _GOODS for each in whole.entities) or cues.hears("tells_bought", text)
    if _asks_after_own(whole):
        yield IntentRole.TRACKING
    if (_names_variant(whole) or read_size_step(text)) and cues.hears("wants_other_variant", text):
        yield _role_of_other_variant(whole)
    if cues.hears("changes_ordered", text):
        yield IntentRole.CHANGE
    yield from _list_roles_of_dispatch(text)
    if of_order and cues.hears("absent", text) and not cues.hears("asks_arrival", text):
        yield IntentRole.CHANGE
    if in_hand and cues.hears("asks_exchange_time", text):
        yield IntentRole.RETURNS
    if tells and cues.hears("tells_misfit", text):
        yield IntentRole.RETURNS
    if cues.hears("untended_delivery", text) or cues.hears("parcel_rests", text):
        yield IntentRole.URGING
    yield from _list_roles_of_fault(text, tells=tells, of_goods=of_goods)
    if not sure and cues.hears("tells_missing", text):
        yield IntentRole.MISSING
    if tells and Act.COMPLAIN not in whole.acts and cues.hears("reports_receipt", text):
        yield IntentRole.RECEIPT


def _list_roles_of_fault(text: str, *, tells: bool, of_goods: bool) -> Iterator[IntentRole]:
    """Who takes what is damaged, does not wear well, or does not do what it ought to."""
    cues = dialogue_cues()
    worn = (tells and cues.hears("tells_wear", text)) or cues.hears("tells_fault", text)
    worn = worn or cues.hears("steps_failed", text) or (tells and cues.hears("tells_failure", text))
    worn = worn and not cues.hears("asks_whereabouts", text)
    if (tells and cues.hears("tells_damage", text)) or (of_goods and worn):
        yield IntentRole.FAULT


def _list_roles_of_dispatch(text: str) -> Iterator[IntentRole]:
    """Who takes a parcel that is not to leave, or to leave later."""
    if dialogue_cues().hears("stops_dispatch", text):
        yield IntentRole.CANCELLATION
    if dialogue_cues().hears("postpones_dispatch", text):
        yield IntentRole.CHANGE


def _names_variant(whole: Request) -> bool:
    return any(each.kind in {EntityKind.ATTRIBUTE, EntityKind.SKU} for each in whole.entities)


def _role_of_other_variant(whole: Request) -> IntentRole:
    """Another colour is a change of what was ordered, and no more than a wish where goods are still to be chosen."""
    chooses = read_wish(whole.text).seeks_advice or asks_availability(whole)
    return IntentRole.GOODS_DETAILS if chooses else IntentRole.CHANGE


def drop_foreign_rows(request: Request, traits: IntentDirectory, mapped: Mapping[str, str]) -> Request:
    """The request without rows in doubt of other matters, where the buyer speaks of what is his own and on its way."""
    best = request.intents[0].intent
    own = traits.get(best)
    if own is None or not own.of_orders_alone or not dialogue_cues().hears("points_at_mine", request.text):
        return request
    rows = tuple(each for each in request.faqs if each.is_verbatim or mapped.get(each.entry_id) == best)
    return replace(request, faqs=rows)


def drop_rows_of_other_goods(
    request: Request, traits: IntentDirectory, entries: Mapping[str, FaqEntry], *, in_view: bool, certain: float
) -> Request:
    """The request without rows of some goods alone, where none are named or in view and facts tell of any goods.

    多久充满 asks what only the lamp has; 是现货吗 asks what all goods have, and the coat's row answers it for none.
    """
    best = request.intents[0]
    own = traits.get(best.intent)
    of_all = own is not None and own.facts_first and not own.aftersale and best.confidence >= certain
    if in_view or not of_all or any(each.kind in _GOODS for each in request.entities):
        return request
    limited = {each.entry_id for each in request.faqs if each.entry_id in entries and entries[each.entry_id].products}
    rows = tuple(each for each in request.faqs if each.is_verbatim or each.entry_id not in limited)
    return replace(request, faqs=rows)


def asks_way_back(request: Request, last: str | None, traits: IntentDirectory) -> bool:
    """Whether a question of postage is of what goes back or is sent anew: 邮费呢, in a matter of what was bought."""
    new_order = any(each.kind in {*_GOODS, EntityKind.PLACE} for each in request.entities)
    return not new_order and traits.is_aftersale(last) and dialogue_cues().hears("asks_postage", request.text)


def tells_way_back(entry: FaqEntry | None) -> bool:
    """Whether a row speaks of goods that go back: its question does, or its answer tells who pays for that."""
    if entry is None:
        return False
    asked = any(dialogue_cues().hears("of_way_back", text) for text in (entry.question, *entry.similar_questions))
    return asked or dialogue_cues().hears("pays_way_back", entry.answer)


def drop_rows_of_other_users(request: Request, entries: Mapping[str, FaqEntry], told: str | None = None) -> Request:
    """The request without rows that speak of other users than it asks for: what holds for 孕妇 holds for no 狗.

    `told` is the slot with the users named before, of whom 能吃吗 is asked.
    """
    asked = find_users(mask_goods_names(request))
    if asked and not asks_for_user(request.text):
        return request
    if not asked and told and asks_use(request.text):
        asked = frozenset(told.split())
    if not asked:
        return request
    rows = (
        each
        for each in request.faqs
        if each.is_verbatim or not (of_row := _users_of_row(entries.get(each.entry_id))) or of_row & asked
    )
    return replace(request, faqs=tuple(rows))


def remember_users(before: str | None, requests: Iterable[Request]) -> str | None:
    """The slot with the users whom the last of these requests names that names any."""
    named = [found for each in requests if (found := find_users(mask_goods_names(each)))]
    return " ".join(sorted(named[-1])) if named else before


def _users_of_row(entry: FaqEntry | None) -> frozenset[str]:
    texts = (entry.question, *entry.similar_questions, entry.answer) if entry else ()
    return frozenset[str]().union(*map(find_users, texts))


def drop_rows_of_new_orders(
    request: Request, last: str | None, traits: IntentDirectory, entries: Mapping[str, FaqEntry]
) -> Request:
    """The request without rows on what an order costs to send, where goods are to go back."""
    if not asks_way_back(request, last, traits):
        return request
    rows = (each for each in request.faqs if tells_way_back(entries.get(each.entry_id)))
    return replace(request, faqs=tuple(rows))


def _is_as_it_came(whole: Request, last: str, traits: IntentDirectory) -> bool:
    """Whether goods to be given back are said to be as they came: 没用过, 吊牌还在."""
    tells = Act.ASK not in whole.acts and dialogue_cues().hears("keeps_condition", whole.text)
    return tells and (traits.holds_role(last, IntentRole.RETURNS) or traits.holds_role(last, IntentRole.CHANGE))


def hurried_matter(request: Request, last: str | None, traits: IntentDirectory) -> str | None:
    """The after-sales matter in hand, where the buyer presses for it and speaks of no parcel: 快点啊 着急穿.

    That nothing came (没收到啊), or that what we said is not so (不对吧), is said of whatever is in hand.
    """
    own = traits.get(last or "")
    disputes = own is not None and own.aftersale and Act.DENY in request.acts and Act.ASK not in request.acts
    best = request.intents[0]
    if disputes and (best.confidence < SURE_OF_OTHER or not traits.names_business(best.intent)):
        return last
    if own is not None and (own.aftersale or own.about_orders) and dialogue_cues().hears("nothing_came", request.text):
        return last
    presses = traits.holds_role(request.intents[0].intent, IntentRole.URGING)
    if own is None or not own.aftersale or not presses or dialogue_cues().hears("of_parcel", request.text):
        return None
    return last


def await_result(request: Request, decision: Decision, traits: IntentDirectory) -> Decision:
    """The decision without the shop's general words, where the buyer waits for the end of a matter in hand."""
    own = traits.get(decision.intent) if isinstance(decision, Answer) and decision.faq else None
    waits = own is not None and (own.aftersale or own.about_orders)
    if isinstance(decision, Answer) and waits and dialogue_cues().hears("awaits_result", request.text):
        return Answer(decision.intent, decision.confidence)
    return decision
