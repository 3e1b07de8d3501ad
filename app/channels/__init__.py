"""One folder per platform: verifies its requests, parses its messages, sends replies."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from typing import Any

import httpx
from fastapi import APIRouter

from app.delivery.router import ChannelSender
from app.domain.conversation import Owner
from app.domain.message import ConversationKey, Message
from app.domain.ticket import LinePage, TranscriptLine
from app.storage.ports import AcceptedMessage
from handoff.ports import AgentLine


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel is given to do its work.

    Attributes:
        respond: answers a message; returns the body of the message API.
        accept_message: stores a message durably, to be answered later through the outbox.
        admit: counts a message of (shop, sender); RateLimitedError when there are too many.
        callback_of: where a conversation's asynchronous replies go, or None.
        secrets_of: a shop's webhook secrets, the newest first; none means the door is closed.
        find_shop: raises NotFoundError for an unknown shop, ShopUnavailableError for one that cannot be opened.
        choose_shop: the shop of a message that names none; None where it could be any of several.
        rest_token: the token of channels that have nothing better; empty means closed.
        clock: the present, aware UTC.
        new_id: a fresh id, for messages of platforms that give none.
        lines: the last so many lines of a conversation, oldest first.
        load_line_page: lines after a cursor or a line's time, oldest first.
        spoke: a person's own line (and whether they are done); False for what was said before.
        owner: who speaks to the buyer now.
    """

    respond: Callable[[Message], Awaitable[Mapping[str, Any]]]
    accept_message: Callable[[Message], Awaitable[AcceptedMessage]]
    admit: Callable[[str, str], None]
    callback_of: Callable[[ConversationKey], str | None]
    secrets_of: Callable[[str], Sequence[str]]
    find_shop: Callable[[str], object]
    choose_shop: Callable[[], str | None]
    rest_token: str
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    load_conversation_lines: Callable[[ConversationKey, int], Awaitable[Sequence[TranscriptLine]]]
    load_line_page: Callable[[ConversationKey, str | datetime | None, int], Awaitable[LinePage]]
    record_platform_line: Callable[[ConversationKey, AgentLine, bool], Awaitable[bool]]
    current_owner: Callable[[ConversationKey], Awaitable[Owner]]


@dataclass(frozen=True, slots=True)
class SenderContext:
    """What a channel is given to write to its buyers.

    Attributes:
        client: the guarded HTTP client.
        find_shop: an open shop, or None.
        clock: the present, aware UTC.
    """

    client: httpx.AsyncClient
    find_shop: Callable[[str], object | None]
    clock: Callable[[], datetime]


def load_channel_senders(context: SenderContext) -> list[ChannelSender]:
    """Loads the sender of every channel folder that has a send.py with `make_sender(context)`."""
    return [module.make_sender(context) for module in _channel_modules("send")]


def load_channel_routers(context: ChannelContext) -> list[APIRouter]:
    """Loads the router of every channel folder that has a routes.py with `routes(context)`."""
    return [module.routes(context) for module in _channel_modules("routes")]


@cache
def fetched_channels() -> frozenset[str]:
    """Channels whose buyers' lines wait to be fetched: what a channel's routes.py names in FETCHED_CHANNELS."""
    return frozenset(name for module in _channel_modules("routes") for name in getattr(module, "FETCHED_CHANNELS", ()))


def _channel_modules(name: str) -> Iterator[Any]:
    """The modules of this name in the channel folders, by folder name."""
    for folder in sorted(each.name for each in pkgutil.iter_modules(__path__) if each.ispkg):
        if find_spec(f"{__name__}.{folder}.{name}"):
            yield importlib.import_module(f"{__name__}.{folder}.{name}")
