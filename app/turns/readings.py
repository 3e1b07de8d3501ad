"""Chooses among the readings of a request by what the buyer's orders and the goods' own data tell."""

from collections.abc import Sequence
from dataclasses import replace

from app.dialogue.listening import dialogue_cues
from app.dialogue.rule_states import add_told_states, load_told_states
from app.domain.acts import Act
from app.domain.catalogue import FaqEntry, Order, OrderState, Product
from app.domain.conversation import SlotName
from app.domain.decision import Answer, Clarify, Decision, Option
from app.domain.fact import FactsError
from app.domain.intent_traits import IntentDirectory, IntentRole
from app.domain.understanding import EntityKind, FaqScore, Request
from app.language.things import find_plain_goods
from app.turns.scene import Scene
from handoff.order_in_question import IN_PROGRESS
from intents._framework.policy import shares_content, was_just_told
from intents._kit.details import find_asked_details, is_told_elsewhere
from intents._kit.other_thing import is_foreign_to

TOLD_FROM = 0.5
"""How likely a reading that only tells something must be to be told instead of asked about."""
MOVED_ON = frozenset({OrderState.SHIPPED, OrderState.REFUNDING, OrderState.REFUNDED})
"""States of an order of which its buyer wants to hear more than what holds in general."""
RECEIVED = frozenset({OrderState.DELIVERED, OrderState.COMPLETED})


def names_foreign(scene: Scene, request: Request) -> bool:
    """Whether goods are asked of that the shop does not sell: its rows tell nothing of them."""
    goods = find_plain_goods(request.text)
    named = any(each.kind in {EntityKind.PRODUCT, EntityKind.SKU} for each in request.entities)
    shop = scene.opened.shop
    return goods is not None and not named and is_foreign_to(shop, goods, shop.products)


class ReadingChooser:
    """Chooses what is meant and whether a row may be told, with the facts of this buyer and of these goods."""

    def __init__(self, traits: IntentDirectory) -> None:
        self._traits = traits

    async def settle_reading(self, scene: Scene, request: Request, asked: Clarify) -> Decision:
        """Our question, or an answer where the buyer's order or the goods' own data tell what is meant."""
        asked = await self._drop_others_matters(scene, request, asked)
        if await self._is_surely_meant(scene, asked.options):
            return Answer(asked.options[0].intent, asked.confidence)
        product = self.find_product_meant(scene, request)
        details = self._traits.find_holder(IntentRole.GOODS_DETAILS)
        written = product is not None and find_asked_details(product, request.text)
        if details and (written or (product is not None and self._wonders_about_goods(request, asked))):
            return Answer(details, asked.confidence)
        return self._answer_likeliest(scene, request, asked) or asked

    def _wonders_about_goods(self, request: Request, asked: Clarify) -> bool:
        """Whether something is asked that is hardly about the price, though haggling is read first: 放20本行吗."""
        haggles = bool(asked.options) and self._traits.holds_role(asked.options[0].intent, IntentRole.NEGOTIATION)
        return haggles and Act.ASK in request.acts and not dialogue_cues().hears("speaks_of_price", request.text)

    def prefer_written(self, scene: Scene, request: Request, decision: Decision) -> Decision:
        """The goods' own data instead of a row that speaks of something else: 有口袋吗 is no 容易皱吗."""
        details = self._traits.find_holder(IntentRole.GOODS_DETAILS)
        if details is None or not isinstance(decision, Answer) or decision.faq is None:
            return decision
        score = next((each for each in request.faqs if each.entry_id == decision.faq), None)
        product = self.find_product_meant(scene, request)
        if score is None or score.is_verbatim or product is None:
            return decision
        entry = scene.opened.entries[decision.faq]
        told = is_told_elsewhere(product, request.text, "\n".join((entry.question, *entry.similar_questions)))
        return Answer(details, decision.confidence) if told else decision

    def find_product_meant(self, scene: Scene, request: Request) -> Product | None:
        """The one product that is named, else the one in view while no order is spoken of."""
        named = {str(each.value) for each in request.entities if each.kind is EntityKind.PRODUCT}
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        named = named or (
            {in_view} if in_view and not scene.conversation.current_slot(SlotName.ORDER, scene.now) else set()
        )
        return scene.opened.shop.products_by_id.get(next(iter(named)) or "") if len(named) == 1 else None

    def may_quote(self, scene: Scene, request: Request, decision: Answer) -> bool:
        """What was just told is told again only to who asks it of another object; goods' own data go first.

        A rule of returns is held against the state of the goods, where that was told, by the action.
        """
        if self._traits.holds_role(decision.intent, IntentRole.RETURNS) and _tells_states(scene, request):
            return False
        entry = scene.opened.entries[decision.faq or ""]
        score = next((each for each in request.faqs if each.entry_id == entry.entry_id), None)
        own = self._traits.get(decision.intent)
        if own is not None and own.reads_details and score and not score.is_verbatim and names_foreign(scene, request):
            return False
        if score and (
            self._may_be_written_of_goods(scene, decision, score) or not shares_content(request, entry, score)
        ):
            return False
        return bool(scene.full_text) or not was_just_told(scene.conversation, entry)

    def _answer_likeliest(self, scene: Scene, request: Request, asked: Clarify) -> Answer | None:
        """The likeliest reading, where it only tells something: a needless question costs more than a fact.

        A single reading is told from where it would be asked about on, and so is the shop's own row of any matter.
        """
        first = asked.options[0] if asked.options else None
        own = self._traits.get(first.intent) if first else None
        if first is None or own is None:
            return None
        single = len(asked.options) == 1
        harmless = not (own.of_orders_alone or own.aftersale or own.complaint) or (single and first.faq is not None)
        if not harmless or (asked.confidence < TOLD_FROM and not single):
            return None
        score = next((each for each in request.faqs if each.entry_id == first.faq), None)
        if score and not shares_content(request, scene.opened.entries[score.entry_id], score):
            return None
        return Answer(first.intent, asked.confidence, first.faq)

    async def _drop_others_matters(self, scene: Scene, request: Request, asked: Clarify) -> Clarify:
        """Our question without readings about an order, to who has none and names none."""
        traits = self._traits
        kept = tuple(each for each in asked.options if not (own := traits.get(each.intent)) or not own.of_orders_alone)
        named = any(each.kind is EntityKind.ORDER_ID for each in request.entities)
        if not kept or len(kept) == len(asked.options) or named or await self._list_own_orders(scene):
            return asked
        return replace(asked, options=kept)

    async def _list_own_orders(self, scene: Scene) -> Sequence[Order]:
        """The buyer's orders; none where they cannot be read."""
        try:
            return (await scene.opened.facts.list_buyer_orders(scene.message.sender.id)).value
        except FactsError:
            return ()

    async def _is_surely_meant(self, scene: Scene, options: tuple[Option, ...]) -> bool:
        """Whether the one likely reading is about an order, and the buyer has just one that it can be about."""
        own = self._traits.get(options[0].intent) if len(options) == 1 and not options[0].faq else None
        if own is None or not own.about_orders:
            return False
        states = RECEIVED if own.aftersale else IN_PROGRESS
        theirs = await self._list_own_orders(scene)
        return sum(order.state in states for order in theirs) == 1

    async def knows_order(self, scene: Scene, decision: Answer, entry: FaqEntry) -> bool:
        """Whether a row asks for an order that is known: named before, or the buyer's only one that is not closed."""
        own = self._traits.get(decision.intent)
        if (
            own is None
            or not own.about_orders
            or own.aftersale
            or not dialogue_cues().hears("asks_order", entry.answer)
        ):
            return False
        if scene.conversation.current_slot(SlotName.ORDER, scene.now):
            return True
        theirs = await self._list_own_orders(scene)
        return sum(order.state in IN_PROGRESS | RECEIVED for order in theirs) == 1

    def _may_be_written_of_goods(self, scene: Scene, decision: Answer, score: FaqScore) -> bool:
        """Whether the catalogue may answer of the product we speak of what this entry tells in general."""
        own = self._traits.get(decision.intent)
        details = own is not None and own.reads_details
        known = scene.conversation.current_slot(SlotName.PRODUCT, scene.now) is not None
        return details and known and not score.is_verbatim and not scene.opened.entries[score.entry_id].products

    async def may_tell_order(self, scene: Scene, request: Request, decision: Answer) -> bool:
        """Whether the buyer's own order, on its way or being refunded, may say more than the row does in general."""
        own = self._traits.get(decision.intent)
        wanted = MOVED_ON | {OrderState.PAID} if dialogue_cues().hears("asks_sent", request.text) else MOVED_ON
        states = (own.likely_when & wanted) if own and own.about_orders else frozenset()
        score = next((each for each in request.faqs if each.entry_id == decision.faq), None)
        asked_of_goods = any(each.kind is EntityKind.PRODUCT for each in request.entities)
        if not states or asked_of_goods or (score and score.is_verbatim):
            return False
        return sum(order.state in states for order in await self._list_own_orders(scene)) == 1


def _tells_states(scene: Scene, request: Request) -> bool:
    """Whether the buyer told, now or before, what was done to the goods since they came."""
    before = load_told_states(scene.conversation.current_slot(SlotName.CONDITION, scene.now))
    return bool(add_told_states(before, request.text))
