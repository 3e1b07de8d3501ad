"""Takes a conversation from the bot, without a ticket that anybody asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from app.domain.conversation import Conversation, HeldByBot, Owner
from app.domain.message import ConversationKey, Message
from app.domain.ticket import LastLine, Ticket, TranscriptLine
from app.errors import ForbiddenError, NotFoundError, TicketConflictError, error_sentence
from app.tenants.registry import OpenShops
from app.turns.escalation import TicketEscalation
from app.turns.scene import Scene
from handoff.agents import Agent
from handoff.brief_writer import shorten_line
from handoff.queue import HandoffQueue, TicketView

RECENT = timedelta(days=1)
"""Whom the bot talked to longer ago is gone."""


class BotConversations(Protocol):
    """Finds what the bot holds, and opens tickets of it."""

    async def load_conversation(self, key: ConversationKey) -> Conversation | None:
        """The state as stored, or None."""

    async def find_open_ticket(self, key: ConversationKey) -> Ticket | None:
        """The ticket of a conversation that waits or is being worked, or None."""

    async def list_held_by_bot(self, shops: frozenset[str] | None, since: datetime, limit: int) -> Sequence[HeldByBot]:
        """Conversations that the bot holds and that moved since then, the latest first."""

    async def load_conversation_lines(self, key: ConversationKey, limit: int) -> Sequence[TranscriptLine]:
        """The last `limit` lines of a conversation, oldest first."""

    async def load_last_message(self, key: ConversationKey) -> Message | None:
        """The last message of a conversation's buyer, or None."""

    async def open_for_person(self, ticket: Ticket, agent: str, now: datetime) -> Ticket:
        """A new ticket, claimed at once; TicketConflictError when the conversation has one."""


@dataclass(frozen=True, slots=True)
class WatchedConversation:
    """A conversation as whoever watches it reads it, oldest line first."""

    owner: Owner
    lines: Sequence[TranscriptLine]


class BotWatch:
    """What the bot holds, and taking it: for supervisors, and agents of shops that let them; else ForbiddenError."""

    def __init__(
        self,
        store: BotConversations,
        queue: HandoffQueue,
        shops: OpenShops,
        desk: TicketEscalation,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._queue = queue
        self._shops = shops
        self._desk = desk
        self._clock = clock

    async def list_held(self, agent: Agent, shops: frozenset[str] | None, limit: int) -> Sequence[HeldByBot]:
        """The latest conversations of the bot in the shops the agent serves."""
        seen = agent.visible_shops(shops)
        if not agent.is_lead:
            seen = frozenset(shop for shop in self._shops.shop_ids if self._lets_agents(shop) and _is_of(shop, seen))
            if not seen:
                raise ForbiddenError(error_sentence("wrong_role"))
        return await self._store.list_held_by_bot(seen, self._clock() - RECENT, limit)

    async def watch(self, agent: Agent, key: ConversationKey, limit: int) -> WatchedConversation:
        """Its last lines and who speaks in it; nothing is changed by looking, and nobody is told.

        NotFoundError for a conversation that is not known.
        """
        self._require_sight(agent, key.shop)
        conversation = await self._store.load_conversation(key)
        if conversation is None:
            raise NotFoundError(error_sentence("unknown_conversation"))
        return WatchedConversation(conversation.owner, await self._store.load_conversation_lines(key, limit))

    async def take(self, agent: Agent, key: ConversationKey) -> TicketView:
        """A ticket with a brief, claimed by the agent: the bot says nothing from now on."""
        self._require_sight(agent, key.shop)
        conversation, message = await self._store.load_conversation(key), await self._store.load_last_message(key)
        if conversation is None or message is None:
            raise NotFoundError(error_sentence("unknown_conversation"))
        known = await self._store.find_open_ticket(key)
        if known is None and conversation.owner not in (Owner.BOT, Owner.CLOSED):
            raise TicketConflictError(error_sentence("not_with_bot"))
        now = self._clock()
        scene = Scene(self._shops.get_shop(key.shop), conversation, message, now)
        ticket = known or await self._open(scene)
        return await self._queue.open_view(agent, await self._store.open_for_person(ticket, agent.id, now))

    def _require_sight(self, agent: Agent, shop: str) -> None:
        if not agent.is_lead and not self._lets_agents(shop):
            raise ForbiddenError(error_sentence("wrong_role"))
        if not agent.serves_shop(shop):
            raise ForbiddenError(error_sentence("foreign_shop", shop=shop))

    def _lets_agents(self, shop: str) -> bool:
        found = self._shops.find_shop(shop)
        return found is not None and found.shop.settings.authority.agents_see_bot

    async def _open(self, scene: Scene) -> Ticket:
        ticket = await self._desk.open_for_person(scene)
        line = LastLine("buyer", shorten_line(scene.message.text), scene.message.received_at)
        return replace(ticket, last_line=line)


def _is_of(shop: str, shops: frozenset[str] | None) -> bool:
    return shops is None or shop in shops
