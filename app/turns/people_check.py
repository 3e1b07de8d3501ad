"""Gathers what a person's text is held against: the goods and orders spoken of, the shop's policy, what was granted."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, Protocol, TypeVar

from app.domain.approval import AmendsTerms, Approval, PriceTerms, Terms, TermsQuote
from app.domain.catalogue import Order, Product, Promotion, Sku
from app.domain.commitment import Commitment, CompensationCommitment, CompensationKind, PriceCommitment
from app.domain.conversation import Conversation, SlotName
from app.domain.fact import Fact, FactsError
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket, TranscriptLine
from app.errors import MalformedError, error_sentence
from app.facts.port import Facts
from app.guard.authority import compensation_spends
from app.guard.people import PersonCase, Review, compensation_limit, review_person_text
from app.guard.prices import CENT, Subject, least_total
from app.tenants.registry import OpenShop, OpenShops
from handoff.approval_ports import BoundTerms
from handoff.approvals import list_commitments
from handoff.checking import TextReview
from handoff.promises import promise_document, promise_phrase

T = TypeVar("T")
LINES_READ = 30
"""How far back the buyer's own words are looked through for the goods they mean."""
MOST_ORDERS = 3
GRANTED_HOURS = 24
"""How long a granted price holds in a shop that does not bargain."""


class GrantedApprovals(Protocol):
    """Where it is read what supervisors granted."""

    async def list_granted(self, key: ConversationKey) -> Sequence[Approval]:
        """What was granted in a conversation, the latest first."""


class SpokenStore(Protocol):
    """What was said and granted so far."""

    async def load_conversation(self, key: ConversationKey) -> Conversation | None:
        """The state as stored, or None."""

    async def load_conversation_lines(self, key: ConversationKey, limit: int) -> Sequence[TranscriptLine]:
        """The last lines of a conversation, oldest first."""

    @property
    def approvals(self) -> "GrantedApprovals":
        """What supervisors granted."""

    async def load_budget_spent(self, shop: str, budget: str) -> Decimal:
        """How much of a shop's budget is gone, 元."""


class PeopleCheck:
    """Reviews what people type; a shop that is not open has no policy, and nothing is found against it."""

    def __init__(self, shops: OpenShops, store: SpokenStore, clock: Callable[[], datetime]) -> None:
        self._shops = shops
        self._store = store
        self._clock = clock

    async def review_text(self, ticket: Ticket, text: str, allowing: Sequence[Commitment] = ()) -> TextReview:
        """What the text promises this ticket's buyer; `allowing` is taken for granted beside what was approved."""
        opened = self._shops.find_shop(ticket.key.shop)
        if opened is None:
            return TextReview(Review())
        case = await self._build_case(opened, ticket, allowing)
        review = review_person_text(text, case)
        hours, titles = opened.shop.settings.hours, _titles(case.subject)
        promises = tuple(promise_phrase(made, hours, titles) for made in review.commitments)
        return TextReview(review, promises, opened.shop.settings.authority.people == "block")

    async def quote_terms(self, ticket: Ticket, terms: Terms) -> TermsQuote:
        """What the terms come to; MalformedError for goods or an order that are not this buyer's to speak of."""
        opened = self._shops.get_shop(ticket.key.shop)
        subject = await self._find_subject(opened, ticket)
        case = PersonCase(opened.shop.settings, opened.shop.shop_id, self._clock(), ticket.buyer, subject)
        made = _commit(terms, opened, self._clock())
        text = promise_phrase(
            replace(made, valid_until=None) if isinstance(made, PriceCommitment) else made,
            opened.shop.settings.hours,
            _titles(subject),
        )
        if isinstance(terms, PriceTerms):
            sku = _find_sku(subject, terms.sku_id)
            least = least_total(sku, terms.quantity, case.context)
            return TermsQuote(_title(sku), text, sku.price * terms.quantity, least)
        if not (terms.gift if terms.kind is CompensationKind.GIFT else terms.amount > 0):
            raise MalformedError(error_sentence("no_gift"))
        order = await _value_or(opened.facts.get_order(terms.order_id), None)
        if order is None or order.buyer not in ("", ticket.buyer):
            raise MalformedError(error_sentence("unknown_order", id=terms.order_id))
        return TermsQuote(terms.order_id, text, None, compensation_limit(terms.kind, case))

    async def bind_terms(self, ticket: Ticket, terms: Terms, now: datetime) -> BoundTerms:
        """What the shop is bound to by these terms once they are granted."""
        opened = self._shops.get_shop(ticket.key.shop)
        made = _commit(terms, opened, now)
        products = await _value_or(opened.facts.list_products(), tuple[Product, ...]())
        promise = promise_document(made, now, opened.shop.settings.hours, _titles(Subject((), products)))
        case = PersonCase(opened.shop.settings, opened.shop.shop_id, now, ticket.buyer, Subject(()))
        spends = (
            compensation_spends(made, case.settings.authority, case.shop_id, case.context.today)[:1]
            if isinstance(made, CompensationCommitment)
            else ()
        )  # once for an order; what a supervisor grants is no part of the day's ceiling
        return BoundTerms(made, promise, spends)

    async def _build_case(self, opened: OpenShop, ticket: Ticket, allowing: Sequence[Commitment]) -> PersonCase:
        subject = await self._find_subject(opened, ticket)
        promotions = await _value_or(opened.facts.list_promotions(), tuple[Promotion, ...]())
        now, shop = self._clock(), opened.shop
        granted = list_commitments(await self._store.approvals.list_granted(ticket.key), now)
        allowed = (*allowing, *granted)
        subject = subject.narrowed_to({made.sku_id for made in allowed if isinstance(made, PriceCommitment)})
        case = PersonCase(shop.settings, shop.shop_id, now, ticket.buyer, subject, promotions, allowed)
        return replace(case, exhausted=await self._find_exhausted(case))

    async def _find_subject(self, opened: OpenShop, ticket: Ticket) -> Subject:
        conversation = await self._store.load_conversation(ticket.key) or Conversation(ticket.key)
        products = await _value_or(opened.facts.list_products(), tuple[Product, ...]())
        lines = await self._store.load_conversation_lines(ticket.key, LINES_READ)
        orders = await self._find_orders(opened.facts, ticket, conversation)
        skus = _pick_skus(products, ticket, conversation, lines, orders, self._clock())
        return Subject(skus, products, orders)

    async def _find_orders(self, facts: Facts, ticket: Ticket, conversation: Conversation) -> tuple[Order, ...]:
        """The orders in view, else the buyer's newest."""
        now = self._clock()
        named = {conversation.current_slot(name, now) for name in (SlotName.ORDER, SlotName.SHOWN_ORDER)}
        named |= _snapshot_ids(ticket, "order")
        found = [await _value_or(facts.get_order(each), None) for each in sorted(filter(None, named))]
        mine = tuple(order for order in found if order is not None and order.buyer in ("", ticket.buyer))
        return mine or (await _value_or(facts.list_buyer_orders(ticket.buyer), tuple[Order, ...]()))[:MOST_ORDERS]

    async def _find_exhausted(self, case: PersonCase) -> frozenset[str]:
        """The budgets of amends that are gone, of the order that amends would be for."""
        gone: set[str] = set()
        authority, order = case.settings.authority, next(iter(case.context.orders), None)
        for kind in (CompensationKind.CASH, CompensationKind.COUPON) if order else ():
            made = CompensationCommitment(kind, order or "", Decimal(0))
            for spend in compensation_spends(made, authority, case.shop_id, case.context.today):
                spent = await self._store.load_budget_spent(case.shop_id, spend.budget)
                if spent and spent >= spend.limit:
                    gone.add(spend.budget)
        return frozenset(gone)


def _commit(terms: Terms, opened: OpenShop, now: datetime) -> PriceCommitment | CompensationCommitment:
    if isinstance(terms, AmendsTerms):
        return CompensationCommitment(terms.kind, terms.order_id, terms.amount, terms.gift)
    policy = opened.shop.settings.authority.bargaining
    until = now + timedelta(hours=policy.offer_valid_hours if policy else GRANTED_HOURS)
    unit = (terms.total / terms.quantity).quantize(CENT, ROUND_DOWN)
    return PriceCommitment(terms.sku_id, terms.quantity, unit, terms.total, until)


def _find_sku(subject: Subject, sku_id: str) -> Sku:
    listed = (*subject.skus, *(sku for product in subject.products for sku in product.skus))
    found = next((sku for sku in listed if sku.sku_id == sku_id), None)
    if found is None:
        raise MalformedError(error_sentence("unknown_goods"))
    return found


def _title(sku: Sku) -> str:
    return " ".join((sku.title, *sku.attributes))


def _titles(subject: Subject) -> dict[str, str]:
    listed = (*subject.skus, *(sku for product in subject.products for sku in product.skus))
    return {sku.sku_id: _title(sku) for sku in listed}


def _pick_skus(
    products: Sequence[Product],
    ticket: Ticket,
    conversation: Conversation,
    lines: Sequence[TranscriptLine],
    orders: Sequence[Order],
    now: datetime,
) -> tuple[Sku, ...]:
    """The goods of the latest line of the buyer that names any, else those in view, else those that were bought."""
    by_id = {sku.sku_id: sku for product in products for sku in product.skus}
    in_view = {conversation.current_slot(SlotName.PRODUCT, now)} - {None} or _snapshot_ids(ticket, "product")
    shown = _known(by_id, _snapshot_ids(ticket, "sku"))
    seen = (
        _known(by_id, {conversation.current_slot(SlotName.SKU, now)})
        or tuple(sku for sku in shown if not in_view or sku.product_id in in_view)
        or tuple(sku for sku in by_id.values() if sku.product_id in in_view)
        or shown
    )
    whole = Subject(seen, tuple(products))
    said = (whole.called_in(line.text) for line in reversed(lines) if line.author == "buyer")
    named = next((skus for skus in said if skus), ())
    return named or seen or _known(by_id, {line.sku_id for order in orders for line in order.lines})


def _known(by_id: dict[str, Sku], wanted: Iterable[str | None]) -> tuple[Sku, ...]:
    return tuple(by_id[each] for each in sorted(filter(None, wanted)) if each in by_id)


def _snapshot_ids(ticket: Ticket, kind: str) -> set[str]:
    shots: Sequence[dict[str, Any]] = ticket.brief.get("snapshots", ())
    return {shot["id"] for shot in shots if shot["kind"] == kind}


async def _value_or(asked: Awaitable[Fact[T]], otherwise: T) -> T:
    """The fact's value; a source that does not answer leaves the goods unknown, and prices of them unbacked."""
    try:
        return (await asked).value
    except FactsError:
        return otherwise
