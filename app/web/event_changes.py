"""What changes at the desk beside tickets, for streams: each read once and written down once, with whose it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.delivery.feed import Notice
from app.domain.approval import Approval
from app.domain.events import ShiftChanged, ShopBroken, ShopLoaded, ShopMended
from app.domain.mention import Mention
from app.domain.todo import Todo
from app.web.approvals import view_approval
from app.web.event_documents import (
    APPROVAL_CHANGES,
    MENTION_CHANGES,
    TODO_CHANGES,
    ApprovalEvent,
    MentionEvent,
    ShiftEvent,
    ShopEvent,
    TodoEvent,
    encode_event,
)
from app.web.mentions import view_mention
from app.web.todos import view_todo
from handoff.agents import Agent

_OF_SHOPS = frozenset({ShopLoaded.kind, ShopBroken.kind, ShopMended.kind})


class LiveApprovals(Protocol):
    """Where the state of a request is read."""

    async def get(self, approval_id: str) -> Approval | None:
        """One request, or None."""


class LiveTodos(Protocol):
    """Where the state of a follow-up or a task is read."""

    async def get(self, todo_id: str) -> Todo | None:
        """One, or None."""


class LiveMentions(Protocol):
    """Where it is read who was named in a note."""

    async def get(self, mention_id: str) -> Mention | None:
        """One, or None."""


@dataclass(frozen=True, slots=True)
class ShopEventBytes:
    """An event as streams tell it: to all who serve the shop, or to one of them."""

    shop: str
    event: bytes
    agent: str | None = None

    def is_for(self, agent: Agent) -> bool:
        """Whether this agent's streams tell it."""
        return agent.serves_shop(self.shop) and self.agent in {None, agent.id}


@dataclass(frozen=True, slots=True)
class DeskChanges:
    """Reads what notices name, as it stands now; of what has no reader nothing is told."""

    clock: Callable[[], datetime]
    approvals: LiveApprovals | None = None
    todos: LiveTodos | None = None
    mentions: LiveMentions | None = None

    async def read_changes(self, notices: Sequence[Notice]) -> list[ShopEventBytes]:
        """The events of a batch; each request, follow-up and mention once."""
        return [
            *filter(None, map(_tell_shop, notices)),
            *await self._read_approvals(_last_of_each(notices, APPROVAL_CHANGES)),
            *await self._read_todos(_last_of_each(notices, TODO_CHANGES)),
            *await self._read_mentions(_last_of_each(notices, MENTION_CHANGES)),
        ]

    async def _read_approvals(self, notices: Sequence[Notice]) -> list[ShopEventBytes]:
        found = [(each, await self.approvals.get(each.id)) for each in notices] if self.approvals else []
        shown = [(each, view_approval(one, self.clock(), for_lead=False)) for each, one in found if one]
        return [_of(each, "approval", ApprovalEvent(change=each.kind, approval=item)) for each, item in shown]

    async def _read_todos(self, notices: Sequence[Notice]) -> list[ShopEventBytes]:
        found = [(each, await self.todos.get(each.id)) for each in notices] if self.todos else []
        shown = [(each, view_todo(one, self.clock())) for each, one in found if one]
        return [_of(each, "todo", TodoEvent(change=each.kind, todo=item)) for each, item in shown]

    async def _read_mentions(self, notices: Sequence[Notice]) -> list[ShopEventBytes]:
        found = [(each, await self.mentions.get(each.id)) for each in notices] if self.mentions else []
        shown = [(each, view_mention(one)) for each, one in found if one]
        return [_of(each, "mention", MentionEvent(change=each.kind, mention=item), item.agent) for each, item in shown]


def _last_of_each(notices: Sequence[Notice], kinds: Sequence[str]) -> Sequence[Notice]:
    return tuple({notice.id: notice for notice in notices if notice.kind in kinds}.values())


def _tell_shop(notice: Notice) -> ShopEventBytes | None:
    if notice.kind in _OF_SHOPS:
        return _of(notice, "shop", ShopEvent(shop=notice.shop, change=notice.kind))
    if notice.kind == ShiftChanged.kind:
        return _of(notice, "shift", ShiftEvent(shop=notice.shop, id=notice.id))
    return None


def _of(
    notice: Notice,
    name: str,
    data: ApprovalEvent | TodoEvent | MentionEvent | ShopEvent | ShiftEvent,
    agent: str | None = None,
) -> ShopEventBytes:
    return ShopEventBytes(notice.shop, encode_event(name, data), agent)
