"""The intents served to a shop's own Rasa assistant: one call of an action is one turn, stored like any other.

The assistant owns the dialogue; what was haggled, asked and spent lives in our conversation `rasa/<sender_id>`, so that
a retried call gets the stored answer and budgets hold across both. A handoff opens a ticket and pauses the assistant;
who resumes the assistant has given the conversation back to the bot.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ConversationPaused, SlotSet
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

from app.dialogue.slots import dialogue_context, remember_entities
from app.domain.conversation import Conversation, Owner, SlotName
from app.domain.decision import Answer
from app.domain.message import ConversationKey, Message, MessageContext, Sender
from app.domain.outbox import OutboxRow
from app.domain.outcome import HandoffRequest
from app.domain.ticket import Ticket
from app.domain.understanding import IntentScore, Request, Understanding
from app.domain.written_turn import OutgoingReply, Turn
from app.errors import StorageUnavailableError
from app.storage.ports import BudgetExhaustedError, ConversationMovedError, StoredAnswer, TurnStore
from app.tenants.registry import OpenShop, OpenShops
from app.turns.actions import ActionRunner
from app.turns.escalation import TicketEscalation
from app.turns.planner import mandatory_handoff
from app.turns.scene import Scene
from app.turns.state import next_state
from app.turns.step import Step
from app.turns.trace import build_trace, encode_dataclass
from intents._framework.registry import IntentRegistry

CHANNEL = "rasa"
MOST_ATTEMPTS = 8
LONGEST_ID = 128
ACTION_PREFIX = "action_"
INTERNAL_FIELDS = frozenset({"type", "notes", "suggested"})  # these may hold the floor


@dataclass(frozen=True, slots=True)
class RasaDependencies:
    """What serving needs: the shops, the store, who carries out an intent and who opens a ticket.

    `announce` gives the outbox rows that tell the shop's software of a new ticket.
    """

    catalogue: IntentRegistry
    shops: OpenShops
    store: TurnStore
    performer: ActionRunner
    desk: TicketEscalation
    announce: Callable[[Ticket, datetime], Sequence[OutboxRow]]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


class RasaActionRunner:
    """One executor a shop: rasa-sdk's executor keeps the last caller's domain, which must not leak to another's."""

    def __init__(self, kitchen: RasaDependencies) -> None:
        self._kitchen = kitchen
        self._executors: dict[str | None, ActionExecutor] = {}

    @property
    def action_names(self) -> tuple[str, ...]:
        """Every action's name as Rasa calls it."""
        return tuple(f"{ACTION_PREFIX}{intent}" for intent in self._kitchen.catalogue)

    async def run_action(self, call: Mapping[str, Any], shop: str | None) -> dict[str, Any] | None:
        """Rasa's answer to its call, None when it named no action.

        `shop` is the one the caller may speak for, None for any. Raises rasa_sdk's exceptions for an unknown action, a
        missing domain and a rejected call, and StorageUnavailableError when nothing could be written.
        """
        result = await self._shop_executor(shop).run(dict(call))
        answer: dict[str, Any] | None = result.model_dump() if result else None
        return answer

    def _shop_executor(self, shop: str | None) -> ActionExecutor:
        if shop not in self._executors:
            executor = ActionExecutor()
            for intent in self._kitchen.catalogue:
                executor.register_action(RasaAction(intent, shop, self._kitchen))
            self._executors[shop] = executor
        return self._executors[shop]


class RasaAction(Action):  # type: ignore[misc]  # rasa-sdk ships no types
    """One intent, run for a tracker that came from outside."""

    def __init__(self, intent: str, shop: str | None, kitchen: RasaDependencies) -> None:
        self._intent = intent
        self._shop = shop
        self._kitchen = kitchen

    def name(self) -> str:
        """Rasa's name for it."""
        return f"{ACTION_PREFIX}{self._intent}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """One turn; its words go through the dispatcher, its events back."""
        opened = self._resolve_caller_shop(tracker)
        message = _tracker_message(tracker, opened, self.name(), self._kitchen.clock())
        body = await self._answer_call(opened, message, _tracker_confidence(tracker))
        dispatcher.messages.extend(body["responses"])
        known = set((domain or {}).get("slots") or {})
        return [event for event in body["events"] if event["event"] != "slot" or event["name"] in known]

    def _resolve_caller_shop(self, tracker: Tracker) -> OpenShop:
        named = tracker.slots.get("shop") or _tracker_metadata(tracker).get("shop")
        shop = self._shop or named or self._single_shop()
        if not isinstance(shop, str) or shop not in self._kitchen.shops.shop_ids:
            raise ActionExecutionRejection(self.name(), "name a known shop in the slot or metadata `shop`")
        if named and named != shop:
            raise ActionExecutionRejection(self.name(), "this token speaks for another shop")
        return self._kitchen.shops.get_shop(shop)

    def _single_shop(self) -> str | None:
        ids = self._kitchen.shops.shop_ids
        return ids[0] if len(ids) == 1 else None

    async def _answer_call(self, opened: OpenShop, message: Message, confidence: float) -> Mapping[str, Any]:
        exhausted: frozenset[str] = frozenset()
        for _ in range(MOST_ATTEMPTS):
            conversation = await self._kitchen.store.begin_turn(message)
            if isinstance(conversation, StoredAnswer):
                return conversation.body
            turn = await self._compute_action_turn(opened, message, conversation, confidence, exhausted)
            try:
                return await self._kitchen.store.commit(turn)
            except ConversationMovedError:
                continue
            except BudgetExhaustedError as gone:
                exhausted |= {gone.budget}
        raise StorageUnavailableError("the conversation kept moving while it was answered; call again")

    async def _compute_action_turn(
        self,
        opened: OpenShop,
        message: Message,
        conversation: Conversation,
        confidence: float,
        exhausted: frozenset[str],
    ) -> Turn:
        now = self._kitchen.clock()
        understanding = opened.understand(
            message.text, now, dialogue_context(conversation, now), message.context.product_id
        )
        found = remember_entities(_give_to_bot(conversation), understanding.entities, message.context, now)
        heard = opened.listener.detect_signals(understanding.normalised)
        scene = Scene(opened, replace(found, buyer=message.sender.id), message, now, exhausted, heard)
        request = _build_request(understanding, IntentScore(self._intent, confidence))
        decision = mandatory_handoff(scene, understanding.normalised, request.intents[0]) or Answer(
            self._intent, confidence
        )
        step = await self._kitchen.performer.execute_decision(scene, request, decision)
        after = next_state(scene.conversation, (step,), scene.now, opened.shop.settings.hours)
        if step.handoff_wish is None:
            return self._build_action_turn(scene, understanding, step, after, step.outcome.text)
        ticket, acknowledgement = await self._kitchen.desk.escalate(replace(scene, conversation=after), (step,))
        after = replace(after, owner=Owner.QUEUE, handoff_id=ticket.id, pending=None)
        text = "\n".join(words for words in (step.outcome.text, acknowledgement) if words)
        turn = self._build_action_turn(scene, understanding, step, after, text)
        return replace(turn, ticket=ticket, outbox=tuple(self._kitchen.announce(ticket, now)))

    def _build_action_turn(
        self, scene: Scene, understanding: Understanding, step: Step, after: Conversation, text: str
    ) -> Turn:
        return Turn(
            messages=(scene.message,),
            expected_version=scene.conversation.version,
            conversation=after,
            body=_rasa_body(step, after, text, scene.now),
            trace_id=self._kitchen.new_id(),
            trace={"shop": scene.opened.shop.shop_id} | build_trace(understanding, (step,)),
            at=scene.now,
            replies=(OutgoingReply(self._kitchen.new_id(), text),),
            effects=step.outcome.effects,
        )


def _give_to_bot(conversation: Conversation) -> Conversation:
    """The assistant only calls while it is not paused."""
    return replace(conversation, owner=Owner.BOT, handoff_id=None, queue_acknowledged=False)


def _tracker_message(tracker: Tracker, opened: OpenShop, action: str, now: datetime) -> Message:
    latest, given = tracker.latest_message, _tracker_metadata(tracker)
    told = latest.get("message_id") or f"{len(tracker.events)}-{latest.get('text') or ''}"
    return Message(
        id=f"{tracker.sender_id}/{told}/{action}"[-LONGEST_ID:],
        key=ConversationKey(opened.shop.shop_id, CHANNEL, str(tracker.sender_id)[:LONGEST_ID]),
        sender=Sender(
            _text_or_none(given.get("buyer")) or _text_or_none(tracker.slots.get("buyer")) or str(tracker.sender_id)
        ),
        text=_text_or_none(latest.get("text")) or "",
        sent_at=now,
        received_at=now,
        context=MessageContext(
            product_id=_text_or_none(given.get("product_id")) or _text_or_none(tracker.slots.get(SlotName.PRODUCT)),
            sku_id=_text_or_none(given.get("sku_id")) or _text_or_none(tracker.slots.get(SlotName.SKU)),
            order_id=_text_or_none(given.get("order_id")) or _text_or_none(tracker.slots.get(SlotName.ORDER)),
        ),
    )


def _tracker_metadata(tracker: Tracker) -> Mapping[str, Any]:
    found = tracker.latest_message.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _text_or_none(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and value else None


def _tracker_confidence(tracker: Tracker) -> float:
    intent = tracker.latest_message.get("intent")
    value = intent.get("confidence") if isinstance(intent, Mapping) else None
    return value if isinstance(value, float) and 0 <= value <= 1 else 1.0


def _build_request(understanding: Understanding, chosen: IntentScore) -> Request:
    """The whole message as the request for the intent the assistant chose."""
    faqs = tuple(faq for request in understanding.requests for faq in request.faqs)
    return Request(understanding.normalised, (chosen,), faqs, understanding.entities)


def _rasa_body(step: Step, after: Conversation, text: str, now: datetime) -> dict[str, Any]:
    """Rasa's document: one response with our custom JSON beside it, and the events."""
    dispatcher = CollectingDispatcher()
    dispatcher.utter_message(text=text, json_message=_custom_json(step, after.handoff_id))
    return {"events": list(_rasa_events(step, after, now)), "responses": dispatcher.messages}


def _custom_json(step: Step, ticket: str | None) -> dict[str, Any]:
    custom: dict[str, Any] = {}
    if step.outcome.commitments:
        custom["commitments"] = [encode_dataclass(commitment) for commitment in step.outcome.commitments]
    if step.handoff_wish:
        custom["handoff"] = {"id": ticket, **_handoff_document(step.handoff_wish)}
    return custom


def _handoff_document(wish: HandoffRequest) -> dict[str, Any]:
    """The matter without what only the shop's people may read: an assistant passes custom JSON on to the buyer."""
    document = encode_dataclass(wish)
    return {key: value for key, value in document.items() if key not in INTERNAL_FIELDS}


def _rasa_events(step: Step, after: Conversation, now: datetime) -> Iterator[dict[str, Any]]:
    for name in SlotName:
        yield SlotSet(name.value, after.current_slot(name, now))
    if step.handoff_wish:
        yield ConversationPaused()
