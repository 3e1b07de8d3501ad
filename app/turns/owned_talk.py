"""Plans what a buyer tells of goods he has: his story is heard as one, and sells nothing."""

from app.dialogue.act_moves import CONFIRM_SLOT, SURE_OF_MATTER
from app.dialogue.listening import dialogue_cues
from app.dialogue.reports import asks_terms, tells_fault, tells_misfit
from app.dialogue.rule_states import tells_state_in_return
from app.domain.acts import Act
from app.domain.conversation import Owner, Pending, SlotName
from app.domain.decision import Answer
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.message import MessageType
from app.domain.understanding import Request, Understanding
from app.language.conditions import find_told_states
from app.language.courtesies import strip_courtesies
from app.language.doubts import holds_question
from app.language.owning import tells_of_others, tells_owned, wants_something
from app.turns.plan import NUMBER_KINDS, RequestPlan, is_verbatim, whole_request
from app.turns.scene import Scene

_TROUBLES = (IntentRole.FAULT, IntentRole.MISSING)
SURE_ROW = 0.85
"""How sure a row must be, to be told while an after-sales form waits."""
TROUBLE_FROM = 0.5
"""How likely trouble must be, to be taken for told in a story of goods that came."""
_OF_CHOICE = frozenset({CONFIRM_SLOT, SlotName.PRODUCT, SlotName.SKU, SlotName.QUANTITY})
"""What we ask of who chooses goods: a story of goods that came answers none of it."""


class OwnedTalk:
    """What is told while goods are spoken of as the buyer's own."""

    def __init__(self, traits: IntentDirectory) -> None:
        self._traits = traits

    def plan_story(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A part of the story: its trouble to who takes that, its circumstances heard; None for all else."""
        whole = whole_request(understanding)
        told = scene.message.type is MessageType.TEXT and bool(whole.text) and scene.conversation.owner is Owner.BOT
        if not told or is_verbatim(whole):
            return None
        owned = scene.conversation.current_slot(SlotName.OWNED, scene.now) is not None
        if _asks(whole):
            return self._plan_question(scene, whole) if owned else None
        pending = scene.conversation.pending
        if pending is not None and pending.slot not in _OF_CHOICE:
            return self._plan_for_form(whole, pending) if owned else None
        intent = self._intent_of_telling(scene, whole) if owned else self._intent_of_others(whole)
        return RequestPlan(whole, Answer(intent, 1.0)) if intent else None

    def _plan_for_form(self, whole: Request, pending: Pending) -> RequestPlan | None:
        """More of the story, while an after-sales form waits; None where something else is surely meant."""
        best, form = whole.intents[0], self._traits.is_aftersale(pending.intent) and not pending.options
        named = any(each.kind in NUMBER_KINDS for each in whole.entities)
        sure = best.confidence >= SURE_OF_MATTER and self._traits.names_business(best.intent)
        other = (sure and not self._is_trouble(whole)) or _complains(whole)
        if not form or named or other or whole.acts.has_any(*_OTHER_ACTS, *_GIVES_NOTHING):
            return None
        return RequestPlan(whole, Answer(pending.intent, 1.0))

    def _intent_of_telling(self, scene: Scene, whole: Request) -> str | None:
        """Who takes what is told of the buyer's own goods; None where another matter is surely meant."""
        if tells_misfit(whole.text) or tells_state_in_return(whole, scene.conversation.last_intent, self._traits):
            return None
        if dialogue_cues().hears("tells_too_big", whole.text):
            return self._traits.find_holder(IntentRole.RETURNS)
        if dialogue_cues().hears("tells_wrong_goods", whole.text):
            return self._traits.find_holder(IntentRole.MISSING)
        if self._is_trouble(whole) and find_told_states(whole.text)[0] and whole.intents[0].confidence < SURE_OF_MATTER:
            fault = tells_fault(whole.text)
            return whole.intents[0].intent if fault else self._traits.get_holder(IntentRole.RECEIPT)
        return None if self._means_otherwise(scene, whole) else self._intent_of_part(whole)

    def _means_otherwise(self, scene: Scene, whole: Request) -> bool:
        """Whether a row of the shop or a matter other than the story is surely meant."""
        thresholds, best = scene.opened.shop.settings.thresholds, whole.intents[0]
        of_goods = self._traits.holds_role(best.intent, IntentRole.GOODS_DETAILS)
        sure = best.confidence >= (SURE_OF_MATTER if of_goods else thresholds.answer)
        row = bool(whole.faqs) and whole.faqs[0].confidence >= SURE_ROW
        return row or _does_otherwise(whole) or (sure and self._traits.names_business(best.intent))

    def _is_trouble(self, whole: Request) -> bool:
        return any(self._traits.holds_role(whole.intents[0].intent, role) for role in _TROUBLES)

    def _intent_of_part(self, whole: Request) -> str | None:
        """Who takes a part of the story by what it tells; None where goods are wanted back."""
        best, trouble = whole.intents[0], self._is_trouble(whole)
        if tells_fault(whole.text):
            return self._traits.find_holder(IntentRole.FAULT)
        if trouble and best.confidence >= TROUBLE_FROM:
            return best.intent
        wants = self._traits.is_aftersale(best.intent) and not trouble and best.confidence >= TROUBLE_FROM
        return None if wants or wants_something(whole.text) else self._traits.get_holder(IntentRole.RECEIPT)

    def _intent_of_others(self, whole: Request) -> str | None:
        """Trouble with goods of another shop or another person is no matter of the buyer's with us."""
        told = (self._is_trouble(whole) or tells_fault(whole.text)) and tells_of_others(whole.text)
        return self._traits.get_holder(IntentRole.RECEIPT) if told else None

    def _plan_question(self, scene: Scene, whole: Request) -> RequestPlan | None:
        """Whether goods that trouble was told of can be used or are right so, where no row of the shop's tells."""
        row = whole.faqs[0] if whole.faqs else None
        waits = scene.conversation.pending is not None and self._traits.is_aftersale(scene.conversation.pending.intent)
        if row and row.confidence >= SURE_ROW and waits and asks_terms(whole.text):
            return RequestPlan(whole, Answer(scene.opened.intent_of[row.entry_id], row.confidence, row.entry_id))
        last = scene.conversation.last_intent
        asked = self._traits.is_aftersale(last) and dialogue_cues().hears("asks_of_own_fault", whole.text)
        fault = self._traits.find_holder(IntentRole.FAULT)
        known = row is not None and row.confidence >= scene.opened.shop.settings.thresholds.answer
        known = known and row is not None and scene.opened.intent_of[row.entry_id] != fault
        return RequestPlan(whole, Answer(fault, 1.0)) if asked and fault and not known else None


def _asks(whole: Request) -> bool:
    """Whether anything is asked beside whether somebody is there: 在吗 昨天收到的 asks nothing."""
    clauses = whole.acts.clauses
    asked = any(Act.ASK in each.acts and Act.GREET not in each.acts for each in clauses)
    asked = (asked or (not clauses and Act.ASK in whole.acts)) and not tells_owned(whole.text)
    return asked or holds_question(strip_courtesies(whole.text))


def _complains(whole: Request) -> bool:
    return Act.COMPLAIN in whole.acts and Act.TELL not in whole.acts


def _does_otherwise(whole: Request) -> bool:
    return (
        whole.acts.has_any(*_OTHER_ACTS)
        or _complains(whole)
        or whole.acts.has_only(Act.GREET)
        or whole.acts.has_only(Act.AFFIRM)
    )


_GIVES_NOTHING = (Act.AFFIRM, Act.WAIT, Act.DEFER, Act.LACK, Act.REFUSE, Act.GREET, Act.CHOOSE)
_OTHER_ACTS = (Act.CLAIM, Act.THANK, Act.CLOSE, Act.CANCEL, Act.WITHDRAW, Act.AUTOMATIC)
