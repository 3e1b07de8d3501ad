"""Quick phrases for agents: the shop's and one's own, found by title, text or pinyin, filled in for one handoff."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from app.domain.catalogue import FaqEntry
from app.domain.phrase import Phrase
from app.domain.ticket import Ticket
from app.errors import ForbiddenError, error_sentence
from app.language.pinyin import matches_initials
from app.shop.checks.answer import AnswerProblem
from app.shop.phrases import phrase_entry
from app.shop.schema import ShopSettings
from app.shop.shop import Shop
from app.shop.variables import QuoteContext, fill_variables
from handoff.agents import Agent
from handoff.queue import HandoffQueue

Judge = Callable[[FaqEntry, Shop], Sequence[AnswerProblem]]


class PhraseStore(Protocol):
    """Keeps agents' own phrases."""

    async def list_own(self, shop: str, agent: str) -> tuple[Phrase, ...]:
        """The agent's own phrases in this shop, the oldest first."""

    async def put(self, shop: str, phrase: Phrase) -> None:
        """Keep a phrase in place of the one with its id; ConflictError for one too many."""

    async def remove(self, shop: str, agent: str, phrase_id: str) -> None:
        """Forget a phrase; one that is not there is forgotten already."""


@dataclass(frozen=True, slots=True)
class FilledPhrase:
    """A phrase, and its text as it would be said now."""

    phrase: Phrase
    said: str


class PhraseBox:
    """Everything raises ForbiddenError for a shop that the agent does not serve; NotFoundError for one not here."""

    def __init__(self, store: PhraseStore, queue: HandoffQueue, get_shop: Callable[[str], Shop], judge: Judge) -> None:
        self._store = store
        self._queue = queue
        self._get_shop = get_shop
        self._judge = judge

    async def find(self, agent: Agent, shop: str, text: str, handoff_id: str | None) -> tuple[FilledPhrase, ...]:
        """Those that the text finds, one's own first, by title before by text; all without a text."""
        settings = self._require_shop(agent, shop).settings
        ticket = (await self._queue.one(agent, handoff_id)).ticket if handoff_id else None
        context = _quote_context(settings, ticket)
        every = (*await self._store.list_own(shop, agent.id), *self._require_shop(agent, shop).phrases)
        ranked = sorted(((rank, place) for place, each in enumerate(every) if (rank := _rank(each, text)) is not None))
        found = [every[place] for _, place in ranked]
        return tuple(FilledPhrase(each, fill_variables(each.text, context)) for each in found)

    async def put(self, agent: Agent, shop: str, phrase: Phrase) -> tuple[Phrase, tuple[str, ...]]:
        """Keep one's own phrase; what a check of the shop's answers would say of it."""
        opened = self._require_shop(agent, shop)
        own = replace(phrase, owner=agent.id)
        await self._store.put(shop, own)
        return own, tuple(found.message for found in self._judge(phrase_entry(own, opened.settings), opened))

    async def remove(self, agent: Agent, shop: str, phrase_id: str) -> None:
        """Forget one's own phrase."""
        self._require_shop(agent, shop)
        await self._store.remove(shop, agent.id, phrase_id)

    def _require_shop(self, agent: Agent, shop: str) -> Shop:
        if not agent.serves_shop(shop):
            raise ForbiddenError(error_sentence("foreign_shop", shop=shop))
        return self._get_shop(shop)


def _rank(phrase: Phrase, text: str) -> int | None:
    """How well the text finds the phrase, the best first; None where it does not."""
    wanted, title = text.strip().lower(), phrase.title.lower()
    if not wanted or title.startswith(wanted):
        return 0
    if wanted in title:
        return 1
    if wanted.isascii() and matches_initials(title, wanted):
        return 2
    return 3 if wanted in phrase.text.lower() else None


def _quote_context(settings: ShopSettings, ticket: Ticket | None) -> QuoteContext:
    if ticket is None:
        return QuoteContext(settings)
    slots = {slot["name"]: slot["value"] for slot in ticket.brief.get("slots", ())}
    shown = [shot["id"] for shot in ticket.brief.get("snapshots", ()) if shot["kind"] == "order"]
    goods = [shot["title"] for shot in ticket.brief.get("snapshots", ()) if shot["kind"] in ("sku", "product")]
    order = slots.get("order") or next(iter(shown), "")
    return QuoteContext(settings, next(iter(goods), ""), ticket.buyer_name or "", order)
