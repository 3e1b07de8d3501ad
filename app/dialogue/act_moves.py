"""What a message's acts call for before any intent is looked at: silence, a courtesy, people, our question again."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.dialogue.listening import dialogue_cues
from app.domain.acts import Act, DialogueActs
from app.domain.conversation import Conversation, Pending, SlotName
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, Request, Understanding
from app.language.acts import negated_part
from app.language.choices import read_choice
from app.language.doubts import holds_question
from app.language.fragments import is_platform_line

QUESTION_KEPT = timedelta(minutes=30)
CONFIRM_SLOT = "check"
"""The slot of our offer to have something looked into."""
MISTAKEN_FROM = 0.9
"""How sure an order's intent must be for 不买了 to be about the order."""
SURE_OF_MATTER = 0.8
LONGEST_YES = len("是的是的")
_KEPT_IN_HAND = (Act.ASK, Act.CANCEL, Act.CORRECT, Act.CHOOSE)
_LETTING_GO = (Act.REFUSE, Act.DENY, Act.TELL, Act.DEFER, Act.CLOSE)
_GOODBYES_IN_FIGURES = frozenset({"88", "886", "881", "8888"})
_NO_DECLINING = frozenset({EntityKind.COURIER, EntityKind.ATTRIBUTE, EntityKind.PRODUCT, EntityKind.SKU})


class Move(StrEnum):
    """What is done about a message because of its acts alone."""

    STAY_SILENT = "stay_silent"  # no person wrote it
    ACKNOWLEDGE = "acknowledge"  # puts off, takes back, waits, buys nothing
    WELCOME = "welcome"  # calls for attention and says no more
    ASK_PEOPLE = "ask_people"  # only people can know what a colleague promised
    ASK_AGAIN = "ask_again"  # our question stands
    ASK_OPENLY = "ask_openly"  # what we asked about is not meant
    CARRY_OUT = "carry_out"  # agrees to what we offered


def choose_move(
    conversation: Conversation,
    understanding: Understanding,
    acts: DialogueActs,
    traits: IntentDirectory,
    now: datetime,
) -> Move | None:
    """The move that the acts decide; None leaves the message to its intents.

    `acts` are those of the message as typed; `understanding` may be of its full form.
    """
    typed, text = understanding.text, understanding.normalised
    if is_automatic(typed, acts):
        return Move.ACKNOWLEDGE if _is_unheard(typed) else Move.STAY_SILENT
    if _claims_promise(text, acts):
        return Move.ASK_PEOPLE
    pending = _fresh_pending(conversation, now)
    answer = _answer_move(pending, text, acts) if pending else None
    announced = pending is None and (dialogue_cues().hears("announces", text) or dialogue_cues().hears("calls", text))
    if pending is None and dialogue_cues().hears("excuses_slip", text):
        return Move.ACKNOWLEDGE
    if announced or (answer is None and pending is None and text and acts.has_only(Act.GREET)):
        return Move.WELCOME
    if answer is None and _takes_leave(conversation, understanding, acts, traits):
        return Move.ACKNOWLEDGE
    courteous = answer is None and _asks_nothing(conversation, understanding, acts, traits)
    return Move.ACKNOWLEDGE if courteous else answer


def _asks_nothing(
    conversation: Conversation, understanding: Understanding, acts: DialogueActs, traits: IntentDirectory
) -> bool:
    """Whether the buyer takes a wish back, buys nothing, puts it off or declines a thing, and wants nothing else.

    In haggling all of these are moves of the haggling.
    """
    best = (understanding.whole or understanding.requests[0]).intents[0]
    of_nothing = conversation.pending is not None and conversation.pending.slot == SlotName.PRODUCT
    haggling = traits.holds_role(conversation.last_intent, IntentRole.NEGOTIATION) and not of_nothing
    busy = acts.has_any(*_KEPT_IN_HAND) and Act.WITHDRAW not in acts
    if not haggling and declined_thing(understanding, acts):
        return True
    if acts.has_only(Act.DEFER) and not haggling:
        return True
    if haggling or busy or _is_about_order(understanding, acts, traits):
        return False
    text = understanding.normalised
    lets_go = (
        acts.has_only(*_LETTING_GO) and acts.has_any(Act.REFUSE, Act.DENY) and dialogue_cues().hears("lets_go", text)
    )
    if lets_go or _takes_back(conversation, text, acts, traits) or gives_up_buying(text, acts):
        return True
    if Act.ASK in acts:
        return False
    sure = traits.names_business(best.intent) and best.confidence >= MISTAKEN_FROM
    return Act.DEFER in acts and not sure and not acts.has_any(Act.AFFIRM, Act.COMPLAIN)


def _takes_leave(
    conversation: Conversation, understanding: Understanding, acts: DialogueActs, traits: IntentDirectory
) -> bool:
    """Whether the buyer says goodbye and no more: 88 is no number where nobody haggles and nothing is to choose."""
    text = understanding.normalised.strip(" .!~,")
    named = any(each.kind in _NO_DECLINING for each in understanding.entities)
    if named or (any(map(str.isdigit, text)) and text not in _GOODBYES_IN_FIGURES):
        return False
    open_choice = conversation.pending is not None and conversation.pending.options
    haggling = traits.holds_role(conversation.last_intent, IntentRole.NEGOTIATION)
    return Act.CLOSE in acts and acts.has_only(Act.CLOSE, Act.CHOOSE, Act.THANK) and not (open_choice or haggling)


def is_automatic(typed: str, acts: DialogueActs) -> bool:
    """Whether no person wrote the message: an automatic reply, a platform's notice, a placeholder."""
    if is_platform_line(typed):
        return not dialogue_cues().hears("stands_for_picture", typed)
    human = acts.has_any(Act.CLAIM, Act.COMPLAIN, Act.ASK, Act.AFFIRM)
    return Act.AUTOMATIC in acts and not human


def _is_unheard(typed: str) -> bool:
    """Whether the message is a voice or a video that we cannot hear or see."""
    return dialogue_cues().hears("unheard_message", typed)


def _claims_promise(text: str, acts: DialogueActs) -> bool:
    return Act.CLAIM in acts and dialogue_cues().hears("colleague_promised", text)


def _fresh_pending(conversation: Conversation, now: datetime) -> Pending | None:
    pending = conversation.pending
    return pending if pending and now - pending.asked_at <= QUESTION_KEPT else None


def _answer_move(pending: Pending, text: str, acts: DialogueActs) -> Move | None:
    """What an answer without content does about our open question."""
    if pending.slot == CONFIRM_SLOT:
        asks = Act.ASK in acts or holds_question(text)
        agrees = Act.AFFIRM in acts and not asks and not dialogue_cues().hears("reports_purchase", text)
        agrees = agrees and (Act.THANK not in acts or dialogue_cues().hears("wants_it_done", text))
        return Move.CARRY_OUT if agrees or dialogue_cues().hears("presses", text) else None
    ordered = Act.ASK not in acts and dialogue_cues().hears("reports_purchase", text)
    if (pending.slot == SlotName.PRODUCT and _names_nothing(text, acts)) or (pending.slot == SlotName.SKU and ordered):
        return Move.ACKNOWLEDGE
    if acts.has_only(Act.WAIT) or acts.has_only(Act.WAIT, Act.AFFIRM, Act.TELL):
        return Move.ACKNOWLEDGE if Act.WAIT in acts else None
    if _takes_none(pending, text, acts):
        return Move.ASK_OPENLY
    if pending.options and _chooses_none(pending, text, acts):
        return Move.ASK_AGAIN
    nudges = not text.strip(" ?!.~,") or dialogue_cues().hears("nudges", text)
    return Move.ASK_AGAIN if nudges and text else None


def _takes_none(pending: Pending, text: str, acts: DialogueActs) -> bool:
    """Whether none of our readings is meant, or no order whose number we asked for: 不是 is no number."""
    if pending.options:
        return acts.has_only(Act.DENY, Act.REFUSE) and not read_choice(text, len(pending.options))
    return pending.slot == SlotName.ORDER and acts.has_only(Act.DENY) and dialogue_cues().hears("is_not_meant", text)


def _names_nothing(text: str, acts: DialogueActs) -> bool:
    """Whether an answer to which goods are meant is a mere 哦哦 or 对的, or tells that they are ordered by now."""
    if Act.ASK in acts:
        return False
    if acts.has_only(Act.AFFIRM) and len(text) <= LONGEST_YES:
        return True
    return dialogue_cues().hears("reports_purchase", text) or is_merely_heard(text)


def is_merely_heard(text: str) -> bool:
    """Whether a text says that our words arrived, and no more: 哦哦, 嗯好的."""
    return dialogue_cues().hears("merely_heard", text)


def _chooses_none(pending: Pending, text: str, acts: DialogueActs) -> bool:
    """对 to a menu, or a number beyond it; a menu of one takes a yes."""
    if len(pending.options) > 1 and acts.has_only(Act.AFFIRM) and len(text) <= LONGEST_YES:
        labels = [option.label for option in pending.options]
        return read_choice(text, len(labels), labels) is None
    return text.isdigit() and len(text) <= len("99") and int(text) > len(pending.options)


def _is_about_order(understanding: Understanding, acts: DialogueActs, traits: IntentDirectory) -> bool:
    """Whether an order is named or surely meant: 不要了 gives that back; what is taken back is done with."""
    best = (understanding.whole or understanding.requests[0]).intents[0]
    own = traits.get(best.intent)
    named = any(each.kind is EntityKind.ORDER_ID for each in understanding.entities)
    meant = own is not None and own.about_orders and best.confidence >= SURE_OF_MATTER
    return named or (meant and Act.WITHDRAW not in acts)


def _takes_back(conversation: Conversation, text: str, acts: DialogueActs, traits: IntentDirectory) -> bool:
    """Whether the buyer takes back a wish that is in hand, or that this very message names."""
    if Act.WITHDRAW not in acts or (acts.clauses and Act.ASK in acts.clauses[-1].acts):
        return False
    if dialogue_cues().hears("turns_to_return", text):
        return False
    own = traits.get(conversation.last_intent or "")
    return Act.CANCEL in acts or conversation.pending is not None or (own is not None and own.about_orders)


def gives_up_buying(text: str, acts: DialogueActs) -> bool:
    """Whether the buyer will not buy, of nothing that is bought already."""
    return Act.ASK not in acts and dialogue_cues().hears("gives_up_buying", text)


def declined_thing(understanding: Understanding, acts: DialogueActs) -> str:
    """The one thing a message says is not wanted (我不要发票): empty where it asks for something, or names goods."""
    clauses = acts.clauses
    if len(clauses) == 1 and dialogue_cues().hears("insists", understanding.normalised):
        return negated_part(understanding.normalised)
    if len(clauses) != 1 or Act.REFUSE not in acts or acts.has_any(Act.ASK, Act.CANCEL):
        return ""
    named = any(each.kind in _NO_DECLINING for each in understanding.entities)
    bought = dialogue_cues().hears("points_at_bought", clauses[0].negated)
    return "" if named or bought else clauses[0].negated


def count_misses(conversation: Conversation, request: Request) -> int:
    """The misses before this request: what asks another thing, or names goods, starts anew."""
    named = any(each.kind is EntityKind.PRODUCT for each in request.entities)
    other = (named or Act.ASK in request.acts) and not is_same_question(request.text, conversation.missed)
    return 0 if other else conversation.misses


def is_same_question(one: str, other: str) -> bool:
    """Whether two requests ask in about the same words, by the pairs of characters they share."""
    first, second = _pairs(one), _pairs(other)
    return bool(first & second) and 2 * len(first & second) >= min(len(first), len(second))


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}
