"""What an intent's action is given and what it must return."""

from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from app.domain.conversation import Conversation
from app.domain.message import Message
from app.domain.outcome import Outcome
from app.domain.understanding import Entity, EntityKind, Request
from app.facts.port import Facts
from app.shop.shop import Shop


class Replies(Protocol):
    """The sentences of one intent, as its YAML holds them."""

    @property
    def title(self) -> str:
        """The intent's Chinese name."""

    def has(self, key: str) -> bool:
        """Whether there is a sentence of this key."""

    def say(self, key: str, /, **values: object) -> "Said":
        """A variant of `key` not yet said in this conversation, filled with `values`; KeyError when there is none."""


@dataclass(frozen=True, slots=True)
class Said:
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

    def entity(self, kind: EntityKind) -> Entity | None:
        """The request's first entity of this kind."""
        return next((found for found in self.request.entities if found.kind is kind), None)

    def slot(self, name: str) -> str | None:
        """What the conversation remembers under this name, if it has not expired."""
        return self.conversation.slot(name, self.now)

    @property
    def memory(self) -> dict[str, Any]:
        """This intent's own memory, empty at first."""
        return dict(self.conversation.memory.get(self.intent, {}))


class CaseMaker(Protocol):
    """Builds a case from a tracker that came from outside (a shop's own Rasa assistant)."""

    async def __call__(self, tracker: Tracker, intent: str) -> Case:
        """The case; raises rasa_sdk's ActionExecutionRejection when the tracker names no known shop."""


class IntentAction(Action):
    """One intent's business code, run in-process and served to Rasa alike.

    In-process the turn's case travels in the tracker's message metadata under "case"; a tracker from outside has
    none, and `case_maker` builds it.
    """

    intent: ClassVar[str]

    def __init__(self, case_maker: CaseMaker | None = None) -> None:
        self._case_maker = case_maker

    def name(self) -> str:
        """Rasa's name for the action."""
        return f"action_{self.intent}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer the case; the outcome travels as custom payload beside its text."""
        del domain
        case = await self._case(tracker)
        outcome = await self.answer(case)
        dispatcher.utter_message(text=outcome.text, json_message={"outcome": outcome})
        return []

    async def _case(self, tracker: Tracker) -> Case:
        case = (tracker.latest_message.get("metadata") or {}).get("case")
        if isinstance(case, Case):
            return case
        if self._case_maker is None:
            raise LookupError("a tracker from outside needs a case maker")
        return await self._case_maker(tracker, self.intent)

    @abstractmethod
    async def answer(self, case: Case) -> Outcome:
        """What to say to this request, with every commitment and quoted fact; raises FactsError when facts fail."""
