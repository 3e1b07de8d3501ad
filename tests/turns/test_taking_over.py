"""Who sees whom the bot talks to: supervisors, and agents of the shops that let them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.domain.message import ConversationKey
from app.errors import ForbiddenError, NotFoundError
from app.turns.taking_over import BotWatch
from handoff.agents import Agent, AgentRole
from tests.builders import a_shop

OPEN, SHUT = "demo", "other"


class Seen:
    """Records whose conversations were asked for; there are none."""

    def __init__(self) -> None:
        self.shops: list[frozenset[str] | None] = []

    async def list_held_by_bot(self, shops: frozenset[str] | None, _since: datetime, _limit: int) -> list[Any]:
        self.shops.append(shops)
        return []

    async def load_conversation(self, _key: ConversationKey) -> None:
        """None is known."""

    load_last_message = load_conversation


def a_watch(store: Seen) -> BotWatch:
    """Of two shops, one of which lets agents see."""
    plain = a_shop()
    authority = plain.settings.authority.model_copy(update={"agents_see_bot": True})
    shown = SimpleNamespace(settings=SimpleNamespace(authority=authority))
    opened = {OPEN: SimpleNamespace(shop=shown), SHUT: SimpleNamespace(shop=plain)}
    shops = SimpleNamespace(shop_ids=tuple(opened), find_shop=opened.get)
    nothing = cast("Any", None)
    return BotWatch(cast("Any", store), nothing, cast("Any", shops), nothing, lambda: datetime(2026, 6, 18, tzinfo=UTC))


def an_agent(role: AgentRole = AgentRole.AGENT, *shops: str) -> Agent:
    return Agent("lan", role, frozenset(shops) or None)


@pytest.mark.parametrize(
    ("agent", "asked"),
    [
        (an_agent(AgentRole.SUPERVISOR), None),
        (an_agent(AgentRole.SUPERVISOR, SHUT), frozenset({SHUT})),
        (an_agent(AgentRole.AGENT), frozenset({OPEN})),
        (an_agent(AgentRole.AGENT, OPEN, SHUT), frozenset({OPEN})),
    ],
)
async def test_whose_conversations_are_shown(agent: Agent, asked: frozenset[str] | None) -> None:
    store = Seen()

    await a_watch(store).list_held(agent, None, 20)

    assert store.shops == [asked]


async def test_where_the_shop_does_not_let_them_agents_neither_see_nor_take() -> None:
    watch = a_watch(Seen())

    with pytest.raises(ForbiddenError):
        await watch.list_held(an_agent(AgentRole.AGENT, SHUT), None, 20)
    with pytest.raises(ForbiddenError):
        await watch.take(an_agent(AgentRole.AGENT, SHUT), ConversationKey(SHUT, "api", "c-1"))
    with pytest.raises(ForbiddenError):
        await watch.watch(an_agent(AgentRole.AGENT, SHUT), ConversationKey(SHUT, "api", "c-1"), 20)
    with pytest.raises(ForbiddenError):
        await watch.watch(an_agent(AgentRole.SUPERVISOR, OPEN), ConversationKey(SHUT, "api", "c-1"), 20)
    with pytest.raises(NotFoundError):
        await watch.watch(an_agent(AgentRole.AGENT, OPEN), ConversationKey(OPEN, "api", "c-1"), 20)
    with pytest.raises(NotFoundError):  # it may, but nobody is there
        await watch.take(an_agent(AgentRole.AGENT, OPEN), ConversationKey(OPEN, "api", "c-1"))
