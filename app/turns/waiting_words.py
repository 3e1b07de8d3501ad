"""What a buyer who waits for a person hears where nothing is answered: where they stand, or that more is passed on."""

from collections.abc import Sequence
from dataclasses import replace

from app.dialogue.act_moves import CONFIRM_SLOT, is_automatic
from app.dialogue.listening import dialogue_cues
from app.domain.acts import Act, DialogueActs
from app.domain.conversation import Conversation
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.message import MessageType
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.understanding import Understanding
from app.turns.meanwhile import names_matter
from app.turns.plan import whole_request
from app.turns.scene import Scene
from handoff.acknowledgement import AcknowledgementKind

_TAKES_LEAVE = (Act.AFFIRM, Act.THANK, Act.CLOSE, Act.WAIT, Act.GREET)


def choose_word(
    scene: Scene, understanding: Understanding, ticket: Ticket, traits: IntentDirectory, tried: Sequence[Step] = ()
) -> AcknowledgementKind | None:
    """What the waiting buyer hears where nothing is answered; None is silence.

    Who presses, or asks a second time without an answer, hears how long the queue is; another matter for people is
    said to be passed on, once. `tried` is an answer that was not whole in itself, if one was made.
    """
    more = None if scene.conversation.queue_acknowledged else AcknowledgementKind.MORE
    if scene.message.type is not MessageType.TEXT:
        return more
    if is_automatic(understanding.text, scene.acts):
        return None
    if _presses(scene, understanding, traits):
        return AcknowledgementKind.AGAIN
    if (
        understanding.normalised
        and scene.acts.has_only(*_TAKES_LEAVE)
        and not names_matter(scene, understanding, traits)
    ):
        return AcknowledgementKind.THANKS if Act.THANK in scene.acts else None
    return more or _word_for_matter(scene, understanding, ticket, traits, tried)


def _word_for_matter(
    scene: Scene, understanding: Understanding, ticket: Ticket, traits: IntentDirectory, tried: Sequence[Step]
) -> AcknowledgementKind | None:
    asks = Act.ASK in scene.acts
    unwritten = asks and any(step.outcome.asks and step.outcome.asks.slot == CONFIRM_SLOT for step in tried)
    best, sure = whole_request(understanding).intents[0], names_matter(scene, understanding, traits)
    known = {ticket.brief.get("intent"), *scene.conversation.queue_matters}
    if unwritten or (sure and best.intent not in known):
        return AcknowledgementKind.MATTER
    return AcknowledgementKind.AGAIN if asks and scene.conversation.misses else None


def _presses(scene: Scene, understanding: Understanding, traits: IntentDirectory) -> bool:
    """Whether the buyer asks where the person is, or loses patience: 人呢, ??, 转人工 once more, 还要等多久."""
    text, best = understanding.normalised, whole_request(understanding).intents[0]
    sure = best.confidence >= scene.opened.shop.settings.thresholds.answer
    own = traits.get(best.intent)
    presses = own is not None and (own.complaint or own.role in {IntentRole.PERSON, IntentRole.URGING})
    if scene.heard.anger or scene.heard.risk or (sure and presses):
        return True
    marks = bool(text) and not text.strip(" ?!.~,")
    cues = dialogue_cues()
    return marks or any(cues.hears(cue, text) for cue in ("calls", "nudges", "presses", "asks_wait"))


def note_word(
    conversation: Conversation, word: AcknowledgementKind | None, understanding: Understanding, acts: DialogueActs
) -> Conversation:
    """The conversation after such a word, or after silence: two unanswered questions in a row are two misses."""
    if word is None:
        asked = Act.ASK in acts
        return replace(conversation, misses=conversation.misses + 1) if asked else conversation
    matter = whole_request(understanding).intents[0].intent
    noted = word in {AcknowledgementKind.MORE, AcknowledgementKind.MATTER}
    matters = (*conversation.queue_matters, matter) if noted else conversation.queue_matters
    acknowledged = conversation.queue_acknowledged or noted
    return replace(conversation, misses=0, queue_acknowledged=acknowledged, queue_matters=matters)
