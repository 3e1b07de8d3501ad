"""What an intent's action is given and what it must return."""

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from app.domain.acts import NO_ACTS, DialogueActs
from app.domain.conversation import Conversation
from app.domain.message import Message
from app.domain.outcome import Outcome
from app.domain.understanding import Entity, EntityKind, Request
from app.facts.port import Facts
from app.language.cues import CueBook
from app.language.dates import DateSpan, find_dates
from app.language.text import normalise
from app.shop.shop import Shop


class Replies(Protocol):
    """The sentences of one intent, as its YAML holds them."""

    @property
    def intent_title(self) -> str:
        """The intent's Chinese name."""

    def has_reply(self, key: str) -> bool:
        """Whether there is a sentence of this key."""

    def render_reply(self, key: str, /, **values: object) -> "RenderedReply":
        """A variant of `key` not yet said in this conversation, filled with `values`; KeyError when there is none."""


@dataclass(frozen=True, slots=True)
class RenderedReply:
    """A filled sentence and the id of its variant."""

    text: str
    variant: str


@dataclass(frozen=True, slots=True)
class Case:
    """One request of one turn, with everything an action may look at.

    Attributes:
        now: aware time of the turn; convert to `shop.settings.hours.timezone` to speak of days.
        buyer: the platform's id of the buyer, for their orders and per-buyer limits.
        exhausted: budgets found spent while this turn was written; do not spend from them again.
        angry: whether the buyer sounds angry in this message.
        cues: the wordings this intent tells cases apart by, its own and those all intents share.
        acts: what the whole message does; those of this request are `request.acts`.
        kin: intents whose unfinished forms may have collected what this one needs.
    """

    shop: Shop
    now: datetime
    conversation: Conversation
    message: Message
    request: Request
    intent: str
    confidence: float
    facts: Facts
    replies: Replies
    buyer: str
    exhausted: frozenset[str] = field(default_factory=frozenset)
    angry: bool = False
    kin: frozenset[str] = frozenset()
    cues: CueBook = field(default_factory=CueBook)
    acts: DialogueActs = NO_ACTS

    def hears(self, cue: str) -> bool:
        """Whether this request gives the cue."""
        return self.cues.hears(cue, self.request.text, self.request.names)

    def hears_in_message(self, cue: str) -> bool:
        """Whether the message does; its request may be an earlier one that this message answers a question about."""
        return self.cues.hears(cue, normalise(self.message.text))

    @property
    def asked(self) -> str:
        """What this request asks, in full and normalised; the other requests of the message are not its business."""
        return normalise(self.request.text)

    def first_entity(self, kind: EntityKind) -> Entity | None:
        """The request's first entity of this kind."""
        return next((found for found in self.request.entities if found.kind is kind), None)

    @property
    def asked_times(self) -> tuple[DateSpan, ...]:
        """The times this request names (周日, 国庆, 三天后), resolved at the turn's moment on the shop's clock."""
        return find_dates(self.request.text, self.now.astimezone(self.shop.settings.hours.zone))

    def slot_value(self, name: str) -> str | None:
        """What the conversation remembers under this name, if it has not expired."""
        return self.conversation.current_slot(name, self.now)

    @property
    def intent_memory(self) -> dict[str, Any]:
        """This intent's own memory, empty at first."""
        return dict(self.conversation.memory.get(self.intent, {}))


class IntentAction(Action):
    """One intent's business code, as an action of rasa-sdk.

    The turn's case travels in the tracker's message metadata under "case"; a call from a shop's own Rasa assistant is
    made into one by app/channels/rasa/serving.py.
    """

    intent: ClassVar[str]

    def name(self) -> str:
        """Rasa's name for the action."""
        return f"action_{self.intent}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer the case; the outcome travels as custom payload beside its text."""
        del domain
        case: Case = tracker.latest_message["metadata"]["case"]
        outcome = await self.answer(case)
        dispatcher.utter_message(text=outcome.text, json_message={"outcome": outcome})
        return []

    @abstractmethod
    async def answer(self, case: Case) -> Outcome:
        """What to say to this request, with every commitment and quoted fact; raises FactsError when facts fail."""
