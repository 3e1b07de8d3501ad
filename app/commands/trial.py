"""Asks a shop's folder questions as buyers would, without a server: the whole way of a message, nothing kept."""

import logging
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.assembly.components import Components
from app.domain.clock import utc_now
from app.domain.message import ConversationKey, Message, MessageContext, Sender
from app.main import build_components
from app.settings import Settings
from app.tenants import watcher
from app.tenants.lazy_reader import LazyReader
from app.tenants.registry import OpenShop, ShopReader

_CHANNEL = "ask"
_NOWHERE = MessageContext()


@dataclass(frozen=True, slots=True)
class TrialReply:
    """What one message got.

    Attributes:
        action: answer, clarify, handoff or silent.
        faq: the row that was told, by id.
        steps: the stored explanation, one a request; empty unless asked for.
    """

    text: str
    replies: Sequence[str]
    action: str
    intent: str
    confidence: float
    faq: str | None
    reason: str | None
    steps: Sequence[Mapping[str, Any]] = field(default=())
    trace_id: str = ""

    @property
    def reply(self) -> str:
        """All that was said, a line each."""
        return "\n".join(self.replies)


@dataclass(frozen=True, slots=True)
class TrialShop:
    """An open shop to try."""

    parts: Components
    opened: OpenShop

    @property
    def left_out(self) -> int:
        """How many errors the shop's files have; their rows are not used."""
        fault = self.parts.shops.faults.get(self.opened.shop.shop_id)
        return len(fault.problems) if fault else 0

    @property
    def reader(self) -> ShopReader:
        """What the shop learned."""
        reader = self.opened.reader
        return reader.load_reader() if isinstance(reader, LazyReader) else reader

    async def ask_text(
        self,
        text: str,
        *,
        conversation: str = "",
        buyer: str = "trial",
        context: MessageContext = _NOWHERE,
        explain: bool = False,
    ) -> TrialReply:
        """The shop's answer; without a conversation the text is the first of a new one."""
        now = utc_now()
        key = ConversationKey(self.opened.shop.shop_id, _CHANNEL, conversation or uuid4().hex)
        message = Message(uuid4().hex, key, Sender(buyer), text, now, now, context=context)
        body = await self.parts.responder.respond(message)
        trace = await self.parts.trace_view.get_trace(body["trace_id"]) if explain else None
        decision = body["decision"]
        return TrialReply(
            text=text,
            replies=tuple(reply["text"] for reply in body["replies"]),
            action=decision["action"],
            intent=decision["intent"],
            confidence=decision["confidence"],
            faq=decision["faq"],
            reason=decision["reason"],
            steps=tuple(trace["steps"]) if trace else (),
            trace_id=body["trace_id"],
        )


@contextmanager
def _leave_faults_unlogged() -> Iterator[None]:
    """Commands tell a shop's errors themselves, in sentences; the service's log line beside them is noise."""
    logger = logging.getLogger(watcher.__name__)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


@asynccontextmanager
async def open_trial(place: Path, *, with_reader: bool = False) -> AsyncIterator[TrialShop | None]:
    """The shop in the folder `place` (absolute), open; None when its files do not let it open.

    Its questions are no buyers': they are not traced, and a second reader, who may cost money, is asked only if wanted.
    """
    with tempfile.TemporaryDirectory() as state:
        settings = Settings(shops_dir=place.parent, state_dir=Path(state), database_url="", otlp_endpoint="")
        settings = settings if with_reader else settings.model_copy(update={"reader": ""})
        with _leave_faults_unlogged():
            parts = await build_components(settings, only=frozenset({place.name}))
        try:
            opened = parts.shops.find_shop(place.name)
            yield TrialShop(parts, opened) if opened else None
        finally:
            await parts.close()
