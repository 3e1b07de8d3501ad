"""Finding the order a buyer means: the number they gave, the card they sent, or the one order they have."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from app.domain.catalogue import Order, OrderState, Sku
from app.domain.conversation import SlotName
from app.domain.decision import Option
from app.domain.fact import Fact, FactsError
from app.domain.understanding import EntityKind
from app.language.choices import read_choice
from app.language.things import bare_kind
from intents._framework.contract import Case
from intents._framework.notes import load_notes

note = load_notes(__file__)

OPEN_STATES: Final = frozenset({OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED})
MOST_OPTIONS: Final = 3
MOST_LOOKED_INTO: Final = 6
_TAIL: Final = re.compile(r"(?<!\d)\d{3,6}(?!\d)")
_CUES_OF_STATES: Final = {
    "order_unpaid": {OrderState.UNPAID},
    "order_unsent": {OrderState.PAID},
    "order_on_way": {OrderState.SHIPPED},
    "order_received": {OrderState.DELIVERED, OrderState.COMPLETED},
}
_KEPT: Final = frozenset({OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED})
_FEWEST_SHARED: Final = 2  # characters of a title that point at it


@dataclass(frozen=True, slots=True)
class OrderFound:
    """Exactly one order is meant."""

    fact: Fact[Order]


@dataclass(frozen=True, slots=True)
class OrdersFound:
    """Several may be meant, newest first; never empty. `goods` are the SKUs of the first few, by order, as facts."""

    orders: tuple[Order, ...]
    goods: Mapping[str, tuple[Fact[Sku], ...]] = field(default_factory=dict)

    @property
    def goods_titles(self) -> dict[str, str]:
        """What the first few hold, as a buyer knows them."""
        return {number: _goods_title(skus) for number, skus in self.goods.items() if skus}

    @property
    def sku_facts(self) -> tuple[Fact[Sku], ...]:
        """What the names rest on."""
        return tuple(fact for skus in self.goods.values() for fact in skus)


@dataclass(frozen=True, slots=True)
class OrderUnknown:
    """A number was given that the shop does not know."""

    number: str


@dataclass(frozen=True, slots=True)
class OrderMissing:
    """No number was given and the buyer has no order we know of."""


class AnotherAccountError(Exception):
    """The order meant was placed with another account than the one that writes."""

    def __init__(self, fact: Fact[Order]) -> None:
        super().__init__(f"order {number_tail(fact.value.order_id)} is another account's")
        self.fact = fact


OrderSearch = OrderFound | OrdersFound | OrderUnknown | OrderMissing


async def find_order(case: Case, states: Collection[OrderState] = tuple(OrderState)) -> OrderSearch:
    """The order meant, among the buyer's orders in `states` when no number was given.

    Raises FactsError, and AnotherAccountError for an order that is not the buyer's: one they typed whose account is
    another's. An order that the platform itself showed beside the message is the buyer's by the platform's word.
    """
    number, told = resolve_order_number(case), case.slot_value(SlotName.ORDER)
    given = number if number and _is_given(case) else None
    mine = None if given else await case.facts.list_buyer_orders(case.buyer)
    if mine is None or (number and not await _means_another(case, mine.value, number, states)):
        return await _find_by_number(case, number or "")
    likely = [order for order in mine.value if order.state in states and order.order_id != told]
    goods = await _fetch_goods_by_order(case, likely) if len(likely) > 1 else {}
    named = _match_by_product(likely, goods, case) or _match_by_title(likely, goods, case)
    named = named or _match_by_words(likely, goods, case)
    chosen = _narrow_orders(named or likely, case)
    if len(chosen) == 1:
        return OrderFound(mine.with_value(chosen[0]))
    return OrdersFound(tuple(chosen), goods) if chosen else OrderMissing()


async def names_goods_of(case: Case, orders: Sequence[Order]) -> bool:
    """Whether the message names, by whatever word, goods that one of these orders holds; raises FactsError."""
    goods = await _fetch_goods_by_order(case, orders)
    return bool(_match_by_product(orders, goods, case) or _match_by_words(orders, goods, case))


def _is_given(case: Case) -> bool:
    """Whether this very message or its card names the order."""
    return case.first_entity(EntityKind.ORDER_ID) is not None or bool(case.message.context.order_id)


async def _means_another(case: Case, mine: Sequence[Order], told: str, states: Collection[OrderState]) -> bool:
    """Whether another of the buyer's orders is meant than the one spoken of before; raises FactsError.

    It holds what this message names, and the other does not; or it alone can have come to what is spoken of: what is
    broken has arrived. An order that is not among the buyer's own stays the one spoken of.
    """
    before = next((order for order in mine if order.order_id == told), None)
    others = [order for order in mine if order.order_id != told]
    if before is None or not others:
        return False
    goods = await _fetch_goods_by_order(case, [before, *others])
    held = _match_by_product(mine, goods, case) or _match_by_words(mine, goods, case)
    if held:
        return before not in held
    return before.state not in states and sum(order.state in states for order in others) == 1


def _match_by_words(orders: Sequence[Order], goods: Mapping[str, Sequence[Fact[Sku]]], case: Case) -> list[Order]:
    """Those whose goods have in their title the buyer's word for what he bought (裙子), or words no others have."""
    titles = {number: "".join(sku.value.title for sku in skus) for number, skus in goods.items()}
    said = [each.text for each in case.request.entities if each.kind is EntityKind.PRODUCT]
    kinds = list(filter(None, map(bare_kind, said)))
    of_kind = [order for order in orders if any(word in titles.get(order.order_id, "") for word in kinds)]
    if of_kind:
        return of_kind
    own = _parts_of_one(case.message.text, titles)
    return [order for order in orders if any(part in titles.get(order.order_id, "") for part in own)]


def _parts_of_one(text: str, titles: Mapping[str, str]) -> list[str]:
    """The pairs of characters of a text that stand in the title of one order's goods alone."""
    return [part for part in _text_bigrams(text) if sum(part in title for title in titles.values()) == 1]


async def _find_by_number(case: Case, number: str) -> OrderFound | OrderUnknown:
    fact = await case.facts.get_order(number)
    if fact.value is None:
        return OrderUnknown(number)
    found = fact.with_value(fact.value)
    if fact.value.buyer != case.buyer and number != case.slot_value(SlotName.SHOWN_ORDER):
        raise AnotherAccountError(found)
    return OrderFound(found)


async def find_sole_order(case: Case, states: Collection[OrderState] = tuple(OrderState)) -> Fact[Order] | None:
    """The one order a person should look at; None when there is none or the source is down: nobody waits for that."""
    try:
        search = await find_order(case, states)
    except (FactsError, AnotherAccountError):
        return None
    return search.fact if isinstance(search, OrderFound) else None


def resolve_order_number(case: Case) -> str | None:
    """The order number of this message, of its card, or of the conversation unless another one is meant."""
    entity = case.first_entity(EntityKind.ORDER_ID)
    told = None if case.hears_in_message("another_order") else case.slot_value(SlotName.ORDER)
    return (str(entity.value) if entity else None) or case.message.context.order_id or told


def order_options(
    orders: Sequence[Order], intent: str, names: Mapping[str, str] = MappingProxyType({})
) -> tuple[Option, ...]:
    """At most three orders as choices: the end of the number, and what it holds where that is known."""
    return tuple(Option(_order_label(order.order_id, names), intent) for order in orders[:MOST_OPTIONS])


def _order_label(number: str, names: Mapping[str, str]) -> str:
    return (
        note("order_tail_goods", tail=number_tail(number), goods=names[number])
        if number in names
        else note("order_tail", tail=number_tail(number))
    )


def _goods_title(skus: Sequence[Fact[Sku]]) -> str:
    return note("goods_and_more", title=skus[0].value.title) if len(skus) > 1 else skus[0].value.title


async def _fetch_goods_by_order(case: Case, orders: Sequence[Order]) -> dict[str, tuple[Fact[Sku], ...]]:
    return {order.order_id: await fetch_sku_facts(case, order) for order in orders[:MOST_LOOKED_INTO]}


async def fetch_sku_facts(case: Case, order: Order) -> tuple[Fact[Sku], ...]:
    """The order's SKUs that the shop still knows, as facts; raises FactsError."""
    facts = [await case.facts.get_sku(line.sku_id) for line in order.lines]
    return tuple(fact.with_value(fact.value) for fact in facts if fact.value)


def _match_by_product(orders: Sequence[Order], goods: Mapping[str, Sequence[Fact[Sku]]], case: Case) -> list[Order]:
    """Those that hold the product this message names."""
    named = {str(entity.value) for entity in case.request.entities if entity.kind is EntityKind.PRODUCT}
    return [order for order in orders if any(sku.value.product_id in named for sku in goods.get(order.order_id, ()))]


def _match_by_title(orders: Sequence[Order], goods: Mapping[str, Sequence[Fact[Sku]]], case: Case) -> list[Order]:
    """Those whose goods the answer to our question names by a part of the title that the others do not share."""
    if not _has_order_question(case):
        return []
    titles = {number: "".join(sku.value.title for sku in skus) for number, skus in goods.items()}
    common = _parts_of_one(case.message.text, titles)
    return [order for order in orders if any(part in titles.get(order.order_id, "") for part in common)]


def _text_bigrams(text: str) -> set[str]:
    return {text[at : at + _FEWEST_SHARED] for at in range(len(text) - _FEWEST_SHARED + 1)}


def _has_order_question(case: Case) -> bool:
    pending = case.conversation.pending
    return pending is not None and pending.slot == SlotName.ORDER and bool(pending.options)


def number_tail(number: str) -> str:
    """The last four characters, all a chat should show of an order number."""
    return number[-4:]


def _narrow_orders(orders: Sequence[Order], case: Case) -> Sequence[Order]:
    """Those the message points at by last digits or by place in our list; all of them when it points at none."""
    by_tail = [order for order in orders if any(order.order_id.endswith(t) for t in _TAIL.findall(case.message.text))]
    if by_tail:
        return by_tail
    if not _has_order_question(case):
        return orders
    return _match_by_choice(orders, case) or _match_by_place(orders, case) or _match_by_state(orders, case) or orders


def _match_by_place(orders: Sequence[Order], case: Case) -> list[Order]:
    """Those whose parcel was last seen where the message says."""
    place = case.first_entity(EntityKind.PLACE)
    return [order for order in orders if place and place.text in (order.last_place or "")]


def _match_by_state(orders: Sequence[Order], case: Case) -> list[Order]:
    """Those in the state the message speaks of: 没发的那个, 在路上的."""
    states = next((states for cue, states in _CUES_OF_STATES.items() if case.hears_in_message(cue)), set[OrderState]())
    return [order for order in orders if order.state in states]


def _match_by_choice(orders: Sequence[Order], case: Case) -> Sequence[Order]:
    """The one of those we listed that the message picks: 第二个, 后面那笔."""
    chosen = read_choice(case.message.text, len(orders[:MOST_OPTIONS]))
    return () if chosen is None or chosen.index is None else (orders[chosen.index],)


async def find_bought_product(case: Case) -> str | None:
    """The id of the one product that the buyer's orders hold, where they hold but one; None where unknown."""
    try:
        mine = await case.facts.list_buyer_orders(case.buyer)
    except FactsError:
        return None
    named = case.slot_value(SlotName.ORDER)
    kept = [order for order in mine.value if order.state in _KEPT and named in {None, order.order_id}]
    goods = await _fetch_goods_by_order(case, kept)
    found = {sku.value.product_id for skus in goods.values() for sku in skus}
    return found.pop() if len(found) == 1 else None
