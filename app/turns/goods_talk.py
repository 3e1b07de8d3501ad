"""What is read from a talk of goods: those in view, those named, and what the buyer wants of them."""

from dataclasses import replace

from app.commerce.advice import GoodsHints, find_of_kind
from app.commerce.fitting import judge_fit
from app.commerce.sizing import has_sizes
from app.dialogue.act_moves import CONFIRM_SLOT
from app.dialogue.advice import advice_intent, changes_wish, size_intent, totals_intent
from app.dialogue.bulk import wants_bulk
from app.dialogue.follow_up import SPANS
from app.dialogue.listening import dialogue_cues
from app.dialogue.policy import CONFIRMED_FROM, mask_goods_names
from app.dialogue.remarks import names_no_object
from app.dialogue.wanted import SEVERAL, is_settled
from app.domain.acts import Act
from app.domain.conversation import Owner, SlotName
from app.domain.decision import Answer, Clarify, Handoff
from app.domain.intent_traits import ROLES_OF_GOODS, IntentDirectory, IntentRole
from app.domain.message import MessageType
from app.domain.understanding import Entity, EntityKind, Request, Understanding
from app.language.asides import is_goods_mention, is_price_question
from app.language.bids import is_proposal
from app.language.doubts import asks_remedy, asks_whether, asks_yes_or_no, states_something
from app.language.kinds import find_bare_kind
from app.language.sums import asks_around_sum, asks_of_wanted
from app.language.taking import leaves_out
from app.language.text import count_shared_letters, normalise
from app.language.things import find_named_thing
from app.language.together import asks_of_all, asks_of_sum
from app.language.variant_words import picks_one
from app.language.whether import find_bought_apart, read_whether
from app.language.wishes import asks_bonus, asks_consumption, names_purse_for, read_wish
from app.shop.shop import Shop, cache_per_shop
from app.turns.focusing import load_wanted
from app.turns.plan import RequestPlan, is_verbatim, whole_request
from app.turns.scene import Scene
from app.turns.shop_rows import CHECK_SLOT
from intents._kit.details import find_asked_details

MOST_OPEN = 1
"""Goods of which a variant may still be to choose, so that each sum is told."""


@cache_per_shop
def _sells_sizes(shop: Shop) -> bool:
    """Whether some of the goods are worn in sizes."""
    return any(map(has_sizes, shop.products))


@cache_per_shop
def _read_hints(shop: Shop) -> GoodsHints:
    return GoodsHints(shop.products)


class GoodsTalk:
    """The ways of planning that look at the goods in view before what the models read."""

    def __init__(self, traits: IntentDirectory) -> None:
        self._traits = traits

    def plan_size(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A size asked by height and weight, where the shop sells what is worn; its general row asks for both again."""
        whole = whole_request(understanding)
        last = self._traits.get(scene.conversation.last_intent or "")
        sizing = scene.message.type is MessageType.TEXT and _sells_sizes(scene.opened.shop)
        measured = scene.conversation.current_slot(SlotName.BODY, scene.now) is not None
        intent = (
            size_intent(whole, self._traits, measured=measured) if sizing and not (last and last.aftersale) else None
        )
        return RequestPlan(whole, Answer(intent, 1.0)) if intent else None

    def plan_fit(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A load told of the goods in view, which says what they must bear: 大概36斤, after a box for a dog."""
        whole, best = whole_request(understanding), whole_request(understanding).intents[0]
        details = self._traits.find_holder(IntentRole.GOODS_DETAILS)
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        product = scene.opened.shop.products_by_id.get(in_view or "")
        sure = best.confidence >= scene.opened.shop.settings.thresholds.answer
        asked_otherwise = sure and self._traits.names_business(best.intent) and best.intent != details
        if details is None or product is None or asked_otherwise or is_verbatim(whole):
            return None
        return RequestPlan(whole, Answer(details, 1.0)) if judge_fit(product, whole.text) else None

    def plan_basket(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """What is wanted at once as this message leaves it, or asks for it, added up, where nothing else is asked.

        A single thing that is chosen (那大的L吧) is told whether it can be had, unless something was just left out
        beside it; what is named beside goods that were but asked about is looked at like any other.

        What many pieces cost is people's to say, goods that are bought already are none, and 换一个 to who waits for a
        person buys nothing.
        """
        wanted = load_wanted(scene.conversation, scene.now)
        whole = whole_request(understanding)
        said = normalise(scene.message.text)
        asked = bool(wanted.lines) and asks_of_wanted(said)
        if not (asked or wanted.by == scene.message.id) or scene.message.type is not MessageType.TEXT:
            return None
        if scene.conversation.owner is not Owner.BOT:
            return None
        settings = scene.opened.shop.settings
        of_price = asked or asks_of_sum(said) or asks_of_all(said)
        sure = settings.thresholds.answer if of_price else settings.thresholds.clarify
        if wants_bulk(whole, settings.authority) or self._asks_beside(understanding, sure):
            return None
        named = {str(each.value) for each in whole.entities if each.kind is EntityKind.PRODUCT}
        products = scene.opened.shop.products_by_id
        known = [each for each in wanted.lines if each.product_id in products]
        undecided = [each for each in known if not is_settled(each, products[each.product_id])]
        if len(undecided) > MOST_OPEN and any(each.product_id not in named for each in undecided):
            return None
        several = asked or wanted.is_several or leaves_out(understanding.normalised)
        best = [each.intents[0] for each in understanding.requests]
        haggles = all(self._traits.holds_role(each.intent, IntentRole.NEGOTIATION) for each in best)
        haggles = haggles and best[0].confidence >= settings.thresholds.answer
        intent = best[0].intent if haggles else self._traits.get_holder(IntentRole.TOTALS)
        if several:
            return RequestPlan(whole, Answer(intent, 1.0))
        line = wanted.lines[0] if len(wanted.lines) == 1 else None
        product = products.get(line.product_id) if line else None
        settled = line is not None and product is not None and bool(line.values) and is_settled(line, product)
        chosen = settled and not haggles and self._is_but_chosen(scene, understanding)
        return RequestPlan(whole, Answer(self._traits.get_holder(IntentRole.AVAILABILITY), 1.0)) if chosen else None

    def plan_kind(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A bare word for a kind that several goods are of, none of them in view: 碗呢, 杯子多少钱."""
        whole, bare = whole_request(understanding), find_bare_kind(understanding.normalised)
        named = any(each.kind in {EntityKind.PRODUCT, EntityKind.SKU, EntityKind.ORDER_ID} for each in whole.entities)
        if bare is None or named or is_verbatim(whole) or scene.conversation.owner is not Owner.BOT:
            return None
        in_view = scene.message.context.product_id or scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        kind = find_of_kind(scene.opened.shop.products, bare.word)
        if len(kind) < SEVERAL or any(each.product_id == in_view for each in kind):
            return None
        role = IntentRole.TOTALS if bare.asks_price else IntentRole.GOODS_DETAILS
        return RequestPlan(whole, Answer(self._traits.get_holder(role), 1.0))

    def _is_but_chosen(self, scene: Scene, understanding: Understanding) -> bool:
        """Whether goods are chosen to be bought and nothing is asked, by us or the buyer, now or before."""
        of_order = scene.conversation.current_slot(SlotName.ORDER, scene.now) or scene.message.context.order_id
        pending, last = scene.conversation.pending, self._traits.get(scene.conversation.last_intent or "")
        if of_order or (pending and pending.slot != CHECK_SLOT) or (last and last.asks_price):
            return False
        sure = scene.opened.shop.settings.thresholds.answer
        best = [(each, self._traits.get(each.intents[0].intent)) for each in understanding.requests]
        return not any(
            Act.ASK in each.acts
            or (own and own.names_business and own.of_orders_alone and each.intents[0].confidence >= sure)
            for each, own in best
        )

    def _asks_beside(self, understanding: Understanding, sure: float) -> bool:
        """Whether a part of a message asks of another matter than prices and offers: 今天能发吗."""
        asking = [each for each in understanding.requests if Act.ASK in each.acts]
        return any(
            self._traits.names_business(best.intent) and best.confidence >= sure and not self._is_of_price(best.intent)
            for best in (each.intents[0] for each in asking)
        )

    def _is_of_price(self, intent: str) -> bool:
        own = self._traits.get(intent)
        of_price = own is not None and (own.asks_price or own.tells_offers)
        return of_price or any(
            self._traits.holds_role(intent, role) for role in (IntentRole.TOTALS, IntentRole.NEGOTIATION)
        )

    def plan_advice(self, scene: Scene, understanding: Understanding) -> RequestPlan | None:
        """A basket to be added up, goods to be compared or proposed: the whole message says what for."""
        if scene.message.type is not MessageType.TEXT or self.is_haggling(scene):
            return None
        whole = whole_request(understanding)
        last = scene.conversation.last_intent
        adding = totals_intent(whole, understanding.requests, self._traits, last) or self._bonus_intent(whole)
        if adding:
            return RequestPlan(whole, Answer(adding, 1.0))
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now) is not None
        question = scene.conversation.question
        if question and self._names_purse(scene, whole):
            details = self._traits.get_holder(IntentRole.GOODS_DETAILS)
            return RequestPlan(replace(whole, text=f"{question.text}，{whole.text}"), Answer(details, 1.0))
        if self.wants_other_goods(scene, whole):
            return RequestPlan(whole, Answer(self._traits.get_holder(IntentRole.GOODS_DETAILS), 1.0))
        unknown = not self._traits.names_business(whole.intents[0].intent)
        unknown = unknown and not dialogue_cues().hears("asks_final_price", whole.text)
        asked = unknown and (asks_whether(whole.text) or self._names_written(scene, whole))
        apart = (
            find_bought_apart(whole.text) is not None and len(understanding.requests) == 1 and not is_verbatim(whole)
        )
        apart = apart and (in_view or any(each.kind is EntityKind.PRODUCT for each in whole.entities))
        if apart or (in_view and (asks_consumption(whole.text) or asked)):
            return RequestPlan(whole, Answer(self._traits.get_holder(IntentRole.GOODS_DETAILS), 1.0))
        offered = scene.conversation.current_slot(SlotName.OFFERED, scene.now) is not None
        thresholds = scene.opened.shop.settings.thresholds
        advising = advice_intent(whole, self._traits, thresholds, in_view=in_view, offered=offered)
        return RequestPlan(whole, Answer(advising, whole.intents[0].confidence)) if advising else None

    def _bonus_intent(self, whole: Request) -> str | None:
        """The intent that tells of offers, where it is asked what comes as a present: 送点啥不."""
        asked = asks_bonus(whole.text) and not is_verbatim(whole)
        return next((intent for intent, own in self._traits.items() if own.tells_offers), None) if asked else None

    def _names_written(self, scene: Scene, whole: Request) -> bool:
        """Whether a message names something that is written of the goods in view: 糖尿病的话."""
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        product = scene.opened.shop.products_by_id.get(in_view or "")
        if product is None:
            return False
        written = " ".join(value for _, value in product.details)
        asked = Act.ASK in whole.acts and find_asked_details(product, mask_goods_names(whole))
        return count_shared_letters(mask_goods_names(whole), written) > 0 or bool(asked)

    def wants_other_goods(self, scene: Scene, whole: Request) -> bool:
        """Whether, in a talk of goods that could be bought, others are asked for."""
        last = scene.conversation.last_intent
        of_goods = last is None or any(self._traits.holds_role(last, role) for role in ROLES_OF_GOODS)
        offered = scene.conversation.current_slot(SlotName.OFFERED, scene.now) is not None
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now) is not None
        return of_goods and changes_wish(whole, offered=offered, in_view=in_view)

    def seeks_advice(self, scene: Scene, whole: Request) -> bool:
        """Whether goods are to be proposed, by this message or by the one that it names a purse for."""
        return read_wish(whole.text).seeks_advice or self._names_purse(scene, whole)

    def _names_purse(self, scene: Scene, whole: Request) -> bool:
        """Whether a message but names what may be spent on what was looked for before: 500左右."""
        question = scene.conversation.question
        if question is None or scene.conversation.pending is not None:
            return False
        return names_purse_for(whole.text, question.text)

    def is_haggling(self, scene: Scene) -> bool:
        """Whether a price is being talked about."""
        return self._traits.holds_role(scene.conversation.last_intent, IntentRole.NEGOTIATION)

    def read_first_bid(self, scene: Scene, request: Request) -> Request | None:
        """The request, where it proposes a sum for goods that are named or in view and asks nothing else: 80好吗."""
        named = any(each.kind is EntityKind.PRODUCT for each in request.entities)
        in_view = named or scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        bought = not named and self._traits.is_aftersale(scene.conversation.last_intent)
        return request if in_view and not bought and is_proposal(mask_goods_names(request)) else None

    def price_intent(self, scene: Scene, request: Request) -> str | None:
        """The intent that tells prices, where goods are asked to cost a sum (129吗), or what they come to."""
        haggling = self._traits.holds_role(scene.conversation.last_intent, IntentRole.NEGOTIATION)
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        named = any(each.kind is EntityKind.PRODUCT for each in request.entities)
        final = (named or in_view) and dialogue_cues().hears("asks_final_price", request.text)
        around = (named or in_view) and asks_around_sum(request.text)
        asked = final or around or (in_view and is_price_question(mask_goods_names(request)))
        return self._traits.find_holder(IntentRole.TOTALS) if asked and (around or not haggling) else None

    def wondered_intent(self, scene: Scene, request: Request) -> str | None:
        """The intent for a fault of the goods in view that is only wondered about.

        导航晃不晃 asks of the goods, 坏了咋整 what is done about it.
        """
        best, whether = request.intents[0], asks_whether(request.text) or asks_yes_or_no(request.text)
        if not self._traits.holds_role(best.intent, IntentRole.FAULT) or not (whether or asks_remedy(request.text)):
            return None
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        ordered = scene.conversation.current_slot(SlotName.ORDER, scene.now)
        if not in_view or ordered or self._traits.is_aftersale(scene.conversation.last_intent):
            return None
        return self._traits.find_holder(IntentRole.GOODS_DETAILS) if whether else best.intent

    def timed_intent(self, scene: Scene, request: Request) -> str | None:
        """The likeliest intent for a time asked of the goods in view: 付了钱要等15天."""
        timed = any(entity.kind in SPANS for entity in request.entities)
        timed = timed and not asks_consumption(request.text)
        timed = timed and not dialogue_cues().hears("tells_use", request.text)
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        order = scene.conversation.current_slot(SlotName.ORDER, scene.now)
        if not timed or not in_view or order or Act.COMPLAIN in request.acts:
            return None
        fitting = (each.intent for each in request.intents if each.intent in self._traits)
        return next(
            (each for each in fitting if self._traits[each].about_times and self._traits[each].about_goods), None
        )

    def mentioned_intent(self, request: Request) -> str | None:
        """The intent that tells of goods, where they are named and nothing is asked of them: 那件夹克, 我想买个锁."""
        named = any(each.kind is EntityKind.PRODUCT for each in request.entities)
        if not named and Act.ASK not in request.acts and find_named_thing(request.text):
            return self._traits.find_holder(IntentRole.GOODS_DETAILS)
        mentioned = named and (is_goods_mention(mask_goods_names(request)) or asks_consumption(request.text))
        return self._traits.find_holder(IntentRole.GOODS_DETAILS) if mentioned else None

    def asked_intent(self, scene: Scene, request: Request, decision: Clarify | Handoff) -> str | None:
        """The intent that tells of goods, where nobody knows what is asked of those in view: 能打中药渣吗.

        What only makes sense after what was said before (减完呢) is asked about.
        """
        best, options = request.intents[0].intent, decision.options if isinstance(decision, Clarify) else ()
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        order = scene.conversation.current_slot(SlotName.ORDER, scene.now)
        if isinstance(decision, Clarify) and decision.confidence < CONFIRMED_FROM:
            options = ()
        whether = asks_whether(request.text) or asks_yes_or_no(request.text) or read_whether(request.text) is not None
        vague = Act.ASK not in request.acts or (self._traits.holds_role(best, IntentRole.ASKS_MEANING) and not whether)
        pending = scene.conversation.pending
        waits = pending is not None and pending.slot not in {CONFIRM_SLOT, SlotName.SKU}
        if options or vague or order or not in_view or waits or self.is_haggling(scene):
            return None
        return self._traits.find_holder(IntentRole.GOODS_DETAILS)

    def plan_hinted(self, scene: Scene, request: Request) -> RequestPlan | None:
        """Goods that a message of no other sense hints at, where none are in view: 金毛 一岁半 for 金毛狗粮.

        Where some are, what asks nothing is a word on their use: 我主要弹唱.
        """
        last = scene.conversation.last_intent
        viewing = scene.conversation.current_slot(SlotName.PRODUCT, scene.now) is not None
        if viewing and Act.ASK not in request.acts and self._traits.holds_role(last, IntentRole.GOODS_DETAILS):
            return self._take_for_use(request)
        details = self._traits.find_holder(IntentRole.GOODS_DETAILS)
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        named = any(each.kind in {EntityKind.PRODUCT, EntityKind.SKU} for each in request.entities)
        found = None if in_view or named else _read_hints(scene.opened.shop).find_hinted(request.text)
        if found is None or details is None:
            return None
        product, word = found
        start = request.text.lower().index(word)
        meant = Entity(EntityKind.PRODUCT, word, product.product_id, start, start + len(word))
        return RequestPlan(replace(request, entities=(*request.entities, meant)), Answer(details, 1.0))

    def is_told_of_view(self, scene: Scene, request: Request) -> bool:
        """Whether a message nobody understood but says how something is while goods are looked at, or wants nothing."""
        if Act.ASK in request.acts or scene.conversation.current_slot(SlotName.ORDER, scene.now):
            return False
        in_view = scene.conversation.current_slot(SlotName.PRODUCT, scene.now)
        own = self._traits.get(request.intents[0].intent)
        least = scene.opened.shop.settings.thresholds.clarify
        trouble = own is not None and own.aftersale and request.intents[0].confidence >= least
        states = in_view is not None and names_no_object(request) and states_something(request.text)
        states = states and not picks_one(request.text)
        refuses = bool(request.acts.found) and request.acts.has_only(Act.REFUSE)
        return refuses or (not trouble and (states or leaves_out(request.text)))

    def _take_for_use(self, request: Request) -> RequestPlan | None:
        """A word that no intent covers, taken as told; what was only not understood is asked about as ever."""
        uncovered = request.intents[0].intent == self._traits.find_uncovered()
        uncovered = uncovered and dialogue_cues().hears("tells_purpose", request.text)
        return RequestPlan(request, Answer(self._traits.get_holder(IntentRole.RECEIPT), 1.0)) if uncovered else None

    def implausible_intents(self, scene: Scene) -> frozenset[str]:
        """Intents about what was bought, while the buyer looks at goods and no order is spoken of."""
        conversation = scene.conversation
        order = conversation.current_slot(SlotName.ORDER, scene.now)
        last = self._traits.get(conversation.last_intent or "")
        shown = any(conversation.current_slot(each, scene.now) for each in (SlotName.PRODUCT, SlotName.OFFERED))
        looking = shown and not (last and last.about_orders)
        if order or not looking:
            return frozenset()
        return frozenset(intent for intent, own in self._traits.items() if own.aftersale and not own.about_goods)
