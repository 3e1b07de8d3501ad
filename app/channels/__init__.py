"""One folder per platform: how it proves itself, what its messages mean, how it is answered."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter

from app.domain.conversation import Owner
from app.domain.message import ConversationKey, Message
from app.domain.ticket import TranscriptLine
from app.storage.ports import AcceptedMessage
from handoff.ports import AgentLine


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel is given to do its work.

    Attributes:
        respond: answers a message with the body of the message API.
        keep: keeps a message durably and has it answered through the callback.
        admit: counts a message of (shop, sender); RateLimitedError when there are too many.
        callback_of: where a conversation's asynchronous replies go, or None.
        secret_of: a shop's webhook secret; empty means the door is closed.
        find_shop: raises NotFoundError for an unknown shop.
        shop_ids: every open shop.
        rest_token: the token of channels that have nothing better; empty means closed.
        clock: the present, aware UTC.
        new_id: a fresh id, for messages of platforms that give none.
        lines: the last so many lines of a conversation, oldest first.
        spoke: a person's own line (and whether they are done); False for what was said before.
        owner: who speaks to the buyer now.
    """

    respond: Callable[[Message], Awaitable[Mapping[str, Any]]]
    accept_message: Callable[[Message], Awaitable[AcceptedMessage]]
    admit: Callable[[str, str], None]
    callback_of: Callable[[ConversationKey], str | None]
    secret_of: Callable[[str], str]
    find_shop: Callable[[str], object]
    shop_ids: Callable[[], tuple[str, ...]]
    rest_token: str
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    load_conversation_lines: Callable[[ConversationKey, int], Awaitable[Sequence[TranscriptLine]]]
    record_platform_line: Callable[[ConversationKey, AgentLine, bool], Awaitable[bool]]
    current_owner: Callable[[ConversationKey], Awaitable[Owner]]


def load_channel_routers(door: ChannelContext) -> list[APIRouter]:
    """One router a channel folder; a folder is a channel when it has a routes.py with `routes(door)`."""
    found = []
    folders = [module for module in pkgutil.iter_modules(__path__) if module.ispkg]
    for module in sorted(folders, key=lambda each: each.name):
        routes = importlib.import_module(f"{__name__}.{module.name}.routes")
        found.append(routes.routes(door))
    return found
