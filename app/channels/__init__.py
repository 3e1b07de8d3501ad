"""One folder per platform: verifies its requests, parses its messages, sends replies."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any

import httpx
from fastapi import APIRouter

from app.delivery.router import ChannelSender
from app.domain.conversation import Owner
from app.domain.message import ConversationKey, Message
from app.domain.ticket import TranscriptLine
from app.storage.ports import AcceptedMessage
from handoff.ports import AgentLine


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel is given to do its work.

    Attributes:
        respond: answers a message; returns the body of the message API.
        accept_message: stores a message durably, to be answered later through the outbox.
        admit: counts a message of (shop, sender); RateLimitedError when there are too many.
        callback_of: the destination of a conversation's asynchronous replies, or None.
        secrets_of: a shop's webhook secrets, the newest first; none refuses every request.
        find_shop: raises NotFoundError for an unknown shop.
        shop_ids: every open shop.
        rest_token: the token of channels without signatures; empty refuses every request.
        clock: the present, aware UTC.
        new_id: a fresh id for messages without one.
        load_conversation_lines: the last lines of a conversation, at most this many, oldest first.
        record_platform_line: records a person's line, and whether they are done; False for a known line.
        current_owner: who speaks to the buyer now.
    """

    respond: Callable[[Message], Awaitable[Mapping[str, Any]]]
    accept_message: Callable[[Message], Awaitable[AcceptedMessage]]
    admit: Callable[[str, str], None]
    callback_of: Callable[[ConversationKey], str | None]
    secrets_of: Callable[[str], Sequence[str]]
    find_shop: Callable[[str], object]
    shop_ids: Callable[[], tuple[str, ...]]
    rest_token: str
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    load_conversation_lines: Callable[[ConversationKey, int], Awaitable[Sequence[TranscriptLine]]]
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


def load_channel_routers(door: ChannelContext) -> list[APIRouter]:
    """Loads the router of every channel folder that has a routes.py with `routes(door)`."""
    return [module.routes(door) for module in _channel_modules("routes")]


def _channel_modules(name: str) -> Iterator[Any]:
    """The modules of this name in the channel folders, by folder name."""
    for folder in sorted(each.name for each in pkgutil.iter_modules(__path__) if each.ispkg):
        if find_spec(f"{__name__}.{folder}.{name}"):
            yield importlib.import_module(f"{__name__}.{folder}.{name}")
