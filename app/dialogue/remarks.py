"""Remarks: what a buyer only tells, that no trouble and no order is behind, and that asks for nothing."""

from dataclasses import replace

from app.dialogue.act_moves import CONFIRM_SLOT
from app.dialogue.listening import dialogue_cues
from app.dialogue.rule_states import tells_state_in_return
from app.domain.acts import Act
from app.domain.conversation import Pending, SlotName
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, Request
from app.language.doubts import holds_question, hopes_for_use, hopes_for_yes, sounds_told, tells_story
from app.language.things import find_named_thing

_SAYS_NO_MORE = (
    Act.TELL,
    Act.AFFIRM,
    Act.DENY,
    Act.REFUSE,
    Act.DEFER,
    Act.THANK,
    Act.CLOSE,
    Act.WAIT,
)
_GOODS_SLOTS = frozenset({SlotName.PRODUCT, SlotName.SKU, SlotName.QUANTITY})
SURE_OF_ORDER = 0.45
"""How likely it must be that a word which asks for nothing is about an order."""
_CIRCUMSTANCES = frozenset({EntityKind.PLACE, EntityKind.DATE, EntityKind.TIME, EntityKind.DURATION})
"""What a remark may name: a place or a time is no object that anything could be wanted of."""


def is_remark(request: Request, traits: IntentDirectory, least: float) -> bool:
    """Whether a request that nobody understood only tells something: 没用过还是得自己试, 北方有暖气，有点担心.

    Args:
        request: what was understood.
        traits: those of every known intent.
        least: how likely an intent must be to be meant.
    """
    return _tells(request) and names_no_object(request) and not _likely_trouble(request, traits, least)


def praises(text: str) -> bool:
    """Whether a text praises what was bought: 用着挺好."""
    return any(dialogue_cues().hears(cue, text) for cue in ("praises", "finds_no_fault"))


def is_passing_remark(request: Request, pending: Pending | None, last: str | None, traits: IntentDirectory) -> bool:
    """Whether a request only praises, or tells for whom or for what the goods in view are: 给老人吃的, 我是新手.

    Never while a form waits for an answer, nor where the buyer disputes what we said of an order, or tells the state of
    what is to go back.
    """
    filling = pending is not None and pending.slot not in {CONFIRM_SLOT, *_GOODS_SLOTS}
    if filling or find_named_thing(request.text) or dialogue_cues().hears("steps_failed", request.text):
        return False
    own = traits.get(last or "")
    if own is not None and (own.aftersale or own.about_orders) and Act.DENY in request.acts:
        return False
    if tells_state_in_return(request, last, traits):
        return False
    if Act.ASK not in request.acts and praises(request.text):
        return True
    return last is not None and _is_told_of_goods(request, last, traits)


def _is_told_of_goods(request: Request, last: str, traits: IntentDirectory) -> bool:
    """A place or a time may be told, too, where nothing that depends on either was asked before."""
    best = request.intents[0]
    unsure = traits.holds_role(best.intent, IntentRole.GOODS_DETAILS) or not traits.names_business(best.intent)
    placed = traits.holds_role(last, IntentRole.GOODS_DETAILS)
    free = names_no_object(request) if placed else not request.entities
    return unsure and free and Act.TELL in request.acts and _tells(request)


def drop_unasked(request: Request, traits: IntentDirectory) -> Request:
    """The request without readings that ask for nothing, where a yes is hoped for: no 没关系的 to 溅到水没事吧.

    Who hopes so of what is yet to be done reports no fault either.
    """
    if not hopes_for_yes(request.text):
        return request
    of_use = hopes_for_use(request.text)
    asking = tuple(
        each
        for each in request.intents
        if not (traits.is_courtesy(each.intent) or (of_use and traits.holds_role(each.intent, IntentRole.FAULT)))
    )
    return replace(request, intents=asking or request.intents)


def _tells(request: Request) -> bool:
    """Whether nothing but telling, agreeing or declining is heard, and it is no bare name of a thing: 尺寸表."""
    others = request.acts.found - set(_SAYS_NO_MORE)
    heard = bool(request.acts.found) or sounds_told(request.text) or tells_story(request.text)
    return heard and not others and not holds_question(request.text)


def names_no_object(request: Request) -> bool:
    """Whether a request names no more than a place or a time."""
    return all(each.kind in _CIRCUMSTANCES for each in request.entities)


def _likely_trouble(request: Request, traits: IntentDirectory, least: float) -> bool:
    """Whether the likeliest reading is of an order or of something wrong with one."""
    best = request.intents[0]
    own = traits.get(best.intent)
    if own is None or not own.names_business:
        return False
    wrong = (own.aftersale or own.complaint) and best.confidence >= least
    return wrong or (own.about_orders and best.confidence >= SURE_OF_ORDER)
