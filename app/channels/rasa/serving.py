"""Serves the intents to a shop's own Rasa assistant: each action call is a turn with a given intent.

The assistant owns the dialogue. Negotiations, open questions and spent budgets are kept in our conversation
`rasa/<sender_id>`, so that a retried call gets the stored answer and budgets hold across channels. A handoff opens a
ticket and pauses the assistant; resuming the assistant gives the conversation back to the bot.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ConversationPaused, SlotSet
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from app.domain.conversation import Conversation, SlotName
from app.domain.document import encode_dataclass
from app.domain.events import TurnAnswered
from app.domain.message import ConversationKey, Message, MessageContext, Sender
from app.domain.outcome import HandoffRequest
from app.domain.plain_text import LONGEST_ID, clean_text
from app.domain.step import Step
from app.domain.ticket import Ticket
from app.domain.written_turn import Turn
from app.tenants.registry import OpenShop, OpenShops
from app.turns.planner import GivenIntent
from app.turns.responder import Responder, TurnSource
from intents._framework.registry import IntentRegistry

CHANNEL = "rasa"
DIGEST_LENGTH = 32
ACTION_PREFIX = "action_"
INTERNAL_FIELDS = frozenset({"type", "notes", "margins", "suggested"})  # these may contain the floor price


@dataclass(frozen=True, slots=True)
class RasaDependencies:
    """The intents, the shops and the responder that serving needs."""

    catalogue: IntentRegistry
    shops: OpenShops
    responder: Responder
    clock: Callable[[], datetime]


class RasaActionRunner:
    """Keeps one executor per shop, because rasa-sdk's executor remembers the last caller's domain."""

    def __init__(self, dependencies: RasaDependencies) -> None:
        self._dependencies = dependencies
        self._executors: dict[str | None, ActionExecutor] = {}

    @property
    def action_names(self) -> tuple[str, ...]:
        """Every action's name as Rasa calls it."""
        return tuple(f"{ACTION_PREFIX}{intent}" for intent in self._dependencies.catalogue)

    async def run_action(self, call: Mapping[str, Any], shop: str | None) -> dict[str, Any] | None:
        """Rasa's answer to its call; None when it names no action.

        `shop` is the shop the caller may speak for, None for any. Raises rasa_sdk's exceptions for an unknown action, a
        missing domain and a rejected call, and StorageUnavailableError when nothing could be written.
        """
        result = await self._shop_executor(shop).run(dict(call))
        answer: dict[str, Any] | None = result.model_dump() if result else None
        return answer

    def _shop_executor(self, shop: str | None) -> ActionExecutor:
        if shop not in self._executors:
            executor = ActionExecutor()
            for intent in self._dependencies.catalogue:
                executor.register_action(RasaAction(intent, shop, self._dependencies))
            self._executors[shop] = executor
        return self._executors[shop]


class RasaAction(Action):  # type: ignore[misc]  # rasa-sdk ships no types
    """Runs one intent for an external tracker."""

    def __init__(self, intent: str, shop: str | None, dependencies: RasaDependencies) -> None:
        self._intent = intent
        self._shop = shop
        self._dependencies = dependencies

    def name(self) -> str:
        """Rasa's name for it."""
        return f"{ACTION_PREFIX}{self._intent}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Computes a turn: puts its replies into the dispatcher and returns its events."""
        opened = self._resolve_caller_shop(tracker)
        message = _tracker_message(tracker, opened, self.name(), self._dependencies.clock())
        given = GivenIntent(self._intent, self._dependencies.catalogue.traits, _tracker_confidence(tracker))
        answer = await self._dependencies.responder.answer_call(message, TurnSource(given, _rasa_body, resumes=True))
        dispatcher.messages.extend(answer.body["responses"])
        known = set((domain or {}).get("slots") or {})
        return [event for event in answer.body["events"] if event["event"] != "slot" or event["name"] in known]

    def _resolve_caller_shop(self, tracker: Tracker) -> OpenShop:
        named = tracker.slots.get("shop") or _tracker_metadata(tracker).get("shop")
        shop = self._shop or named or self._single_shop()
        if not isinstance(shop, str) or shop not in self._dependencies.shops.known_ids:
            raise ActionExecutionRejection(self.name(), "name a known shop in the slot or metadata `shop`")
        if named and named != shop:
            raise ActionExecutionRejection(self.name(), "this token speaks for another shop")
        return self._dependencies.shops.get_shop(shop)

    def _single_shop(self) -> str | None:
        return self._dependencies.shops.choose_unnamed()


def _tracker_message(tracker: Tracker, opened: OpenShop, action: str, now: datetime) -> Message:
    latest, given, conversation = tracker.latest_message, _tracker_metadata(tracker), _fit_id(tracker.sender_id)
    buyer = _text_or_none(given.get("buyer")) or _text_or_none(tracker.slots.get("buyer")) or conversation
    text = _text_or_none(latest.get("text")) or ""
    context = MessageContext(
        product_id=_text_or_none(given.get("product_id")) or _text_or_none(tracker.slots.get(SlotName.PRODUCT)),
        sku_id=_text_or_none(given.get("sku_id")) or _text_or_none(tracker.slots.get(SlotName.SKU)),
        order_id=_text_or_none(given.get("order_id")) or _text_or_none(tracker.slots.get(SlotName.ORDER)),
    )
    told = latest.get("message_id") or len(tracker.events)
    return Message(
        # The same message asks once more when the assistant has filled a slot meanwhile: that is another question.
        id=_fit_id(f"{conversation}/{told}/{action}/{_digest((buyer, text, context))}"),
        key=ConversationKey(opened.shop.shop_id, CHANNEL, conversation),
        sender=Sender(buyer),
        text=text,
        sent_at=now,
        received_at=now,
        context=context,
    )


def _fit_id(text: str) -> str:
    """The text as an id; of one that is too long its beginning and a digest of all of it."""
    return text if len(text) <= LONGEST_ID else f"{text[: LONGEST_ID // 2]}~{_digest(text)}"


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode(errors="backslashreplace")).hexdigest()[:DIGEST_LENGTH]


def _tracker_metadata(tracker: Tracker) -> Mapping[str, Any]:
    found = tracker.latest_message.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _text_or_none(value: object) -> str | None:
    return clean_text(str(value)) or None if isinstance(value, str | int) and value else None


def _tracker_confidence(tracker: Tracker) -> float:
    intent = tracker.latest_message.get("intent")
    value = intent.get("confidence") if isinstance(intent, Mapping) else None
    return value if isinstance(value, float) and 0 <= value <= 1 else 1.0


def _rasa_body(turn: Turn, answered: TurnAnswered) -> dict[str, Any]:
    """Rasa's document: one response with our custom JSON beside it, and the events."""
    (step,) = turn.steps
    dispatcher = CollectingDispatcher()
    text = "\n".join(reply.text for reply in answered.replies)
    dispatcher.utter_message(text=text, json_message=_custom_json(step, turn.ticket))
    return {"events": list(_rasa_events(step, turn.conversation, turn.at)), "responses": dispatcher.messages}


def _custom_json(step: Step, ticket: Ticket | None) -> dict[str, Any]:
    custom: dict[str, Any] = {}
    if step.outcome.commitments:
        custom["commitments"] = [encode_dataclass(commitment) for commitment in step.outcome.commitments]
    if step.handoff_wish and ticket:
        custom["handoff"] = {"id": ticket.id, **_handoff_document(step.handoff_wish)}
    return custom


def _handoff_document(wish: HandoffRequest) -> dict[str, Any]:
    """The handoff without the fields only agents may read, because an assistant passes custom JSON to the buyer."""
    document = encode_dataclass(wish)
    return {key: value for key, value in document.items() if key not in INTERNAL_FIELDS}


def _rasa_events(step: Step, after: Conversation, now: datetime) -> Iterator[dict[str, Any]]:
    for name in SlotName:
        yield SlotSet(name.value, after.current_slot(name, now))
    if step.handoff_wish:
        yield ConversationPaused()
