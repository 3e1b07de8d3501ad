"""Ratings in a turn: what is said to one, and that it is kept whatever is said."""

from dataclasses import dataclass, replace

from app.dialogue.rating import hear_rating
from app.domain.acts import Act
from app.domain.conversation import Conversation
from app.domain.decision import Answer
from app.domain.intent_traits import IntentRole
from app.domain.message import MessageType
from app.domain.outcome import RecordRating
from app.domain.understanding import Understanding
from app.domain.written_turn import Turn
from app.language.ratings import Rating
from app.turns.meanwhile import SURELY_READ
from app.turns.plan import RequestPlan, whole_request
from app.turns.planner import RequestPlanner
from app.turns.scene import Scene
from handoff.ratings import describe_follow_up


@dataclass(frozen=True, slots=True)
class RatingPlanner:
    """Thanks for a rating; all else, and what a rating asks besides, is another planner's."""

    others: RequestPlanner

    def plan_requests(self, scene: Scene, understanding: Understanding) -> list[RequestPlan]:
        """One plan of thanks, or what the other planner makes of the message, or of the rest of it."""
        rating = _hear_rating(scene)
        if rating is None or scene.heard.risk:
            return self.others.plan_requests(scene, understanding)
        rest = scene.opened.understand(rating.words, scene.now) if rating.words else None
        if rest is not None and _asks_something(scene, rest):
            return self.others.plan_requests(scene, rest)
        return [
            RequestPlan(whole_request(understanding), Answer(scene.opened.traits.get_holder(IntentRole.RECEIPT), 1.0))
        ]


def _hear_rating(scene: Scene) -> Rating | None:
    """What the message rates; words beside a picture or a card rate nothing."""
    typed = scene.message.type is MessageType.TEXT
    return hear_rating(scene.conversation, scene.message.text, scene.now) if typed else None


def _asks_something(scene: Scene, rest: Understanding) -> bool:
    """Whether what stands beside the rating is a matter of its own: a question, or what people have to see to.

    回复太慢 and 速度快 are none, whatever they resemble: they say why.
    """
    traits = scene.opened.traits
    best = [each.intents[0] for each in rest.requests]
    grave = (each.intent for each in best if each.confidence >= SURELY_READ)
    return any(Act.ASK in each.acts for each in rest.requests) or any(
        traits.is_aftersale(intent) or (intent in traits and traits[intent].complaint) for intent in grave
    )


def settle_invitation(turn: Turn, scene: Scene) -> Turn:
    """The turn with the rating that was heard; an invitation is over once it is answered, or another matter begins."""
    invitation = turn.conversation.invitation
    if invitation is None:
        return turn
    heard = _hear_rating(scene)
    if heard is not None:
        reminder = describe_follow_up(heard.score, heard.words, scene.opened.shop.settings.csat.follow_up)
        kept = RecordRating(invitation.ticket_id, heard.score, heard.words, reminder)
        return replace(turn, conversation=_close(turn), effects=(*turn.effects, kept))
    courteous = all(scene.opened.traits.is_courtesy(step.intent_id) for step in turn.steps)
    return turn if courteous and invitation.until > scene.now else replace(turn, conversation=_close(turn))


def _close(turn: Turn) -> Conversation:
    return replace(turn.conversation, invitation=None)
