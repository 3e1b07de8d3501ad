"""The port through which the queue reads and changes stored tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self

from app.domain.content import TEXT_ONLY, Content
from app.domain.handoff import Group, Priority, TicketState
from app.domain.held_reply import HeldReply
from app.domain.ticket import Draft, OlderLines, Ticket, TicketEntry, TranscriptLine
from app.errors import ConflictError, error_sentence

OPEN_STATES = frozenset({TicketState.QUEUED, TicketState.CLAIMED})
ENDED_STATES = frozenset(TicketState) - OPEN_STATES


class TicketOrder(StrEnum):
    """Which tickets come first."""

    URGENT = "urgent"  # the most urgent, then the first deadline of the first answer
    DUE = "due"  # the buyer's message that a person must answer next; the answered ones last, the latest first
    RECENT = "recent"  # the latest line
    OPENED = "opened"  # the oldest ticket


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """A filter; None means any. `shops=None` means every shop. `text` is looked for in buyer, brief and lines.

    `snoozed` asks for those that are put aside, or for the others.
    """

    shops: frozenset[str] | None = None
    states: frozenset[TicketState] | None = None
    groups: frozenset[Group] | None = None
    priority: Priority | None = None
    claimed_by: str | None = None
    text: str = ""
    snoozed: bool | None = None
    order: TicketOrder = TicketOrder.URGENT


@dataclass(frozen=True, slots=True)
class TicketCounts:
    """How many open tickets are the agent's, wait in the queue, are open at all, and have kept a buyer too long.

    Those of the agent's that are put aside count as `snoozed`, and not as `mine`.
    """

    mine: int
    queue: int
    open: int
    late: int
    snoozed: int = 0


@dataclass(frozen=True, slots=True)
class AgentLine:
    """An agent's line to the buyer; `id` makes retries harmless."""

    id: str
    agent: str
    text: str
    content: Content = TEXT_ONLY


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A page of tickets in the order asked for; `next_cursor` is None on the last page."""

    tickets: tuple[Ticket, ...]
    next_cursor: str | None
    total: int


class NewerLinesError(ConflictError):
    """Others wrote what the writer of a reply has not seen; the reply was not sent."""

    slug = "newer-lines"
    title = "Newer lines came"

    def __init__(self, detail: str, lines: Sequence[TranscriptLine] = ()) -> None:
        super().__init__(detail)
        self.lines = tuple(lines)

    @classmethod
    def holding(cls, lines: Sequence[TranscriptLine]) -> Self:
        """The error that shows these lines."""
        return cls(error_sentence("newer_lines", count=len(lines)), lines)


class TicketStore(Protocol):
    """Stores tickets. Each change is one transaction, which also increments the conversation's version.

    The queue service checks permissions; the store only checks states. Every change raises NotFoundError for
    an unknown ticket and TicketConflictError when the ticket is not in the state it needs or `holder` no longer holds
    it. `by` made the change, the holder unless another is named. A change is an event, one that did nothing is none:
    the same change by the same person again, with nothing between, is a retry and gets the ticket as it is.
    """

    async def find_tickets(self, wanted: TicketFilter, *, limit: int, cursor: str | None) -> TicketPage:
        """One page of tickets; MalformedError for a cursor that is not ours."""

    async def count_tickets(self, shops: frozenset[str] | None, agent: str, now: datetime) -> TicketCounts:
        """How many open tickets of these shops there are of each kind; `agent`'s own among them."""

    async def get_ticket(self, ticket_id: str) -> Ticket | None:
        """One ticket, or None."""

    async def load_transcript(self, ticket: Ticket, *, limit: int) -> Sequence[TranscriptLine]:
        """The last `limit` lines of the ticket's conversation, oldest first."""

    async def load_older_lines(self, ticket: Ticket, *, before: str | None, limit: int) -> OlderLines:
        """The last lines before a page's cursor, or the last of all; MalformedError for a cursor that is not ours."""

    async def claim(self, ticket_id: str, agent: str, now: datetime) -> Ticket:
        """Queued to claimed, owner to agent; of concurrent claims exactly one succeeds."""

    async def claim_next(self, wanted: TicketFilter, agent: str, now: datetime) -> Ticket | None:
        """Claim the most urgent queued ticket of the filter; two who ask at once get two. None when there is none."""

    async def release(self, ticket_id: str, holder: str, now: datetime, *, by: str | None = None) -> Ticket:
        """Claimed back to queued, owner to queue."""

    async def add_reply(
        self, ticket_id: str, holder: str, line: AgentLine, now: datetime, *, last_seen: str | None = None
    ) -> Ticket:
        """Store a line for the buyer; the same line again changes nothing, ReusedIdError when the id was another's.

        The first line sets `first_response_at`. `last_seen` is the id of the last line its writer saw: NewerLinesError
        when others wrote after it, MalformedError when the conversation has no such line.
        """

    async def mark_seen(self, ticket_id: str, holder: str, now: datetime) -> Ticket:
        """The holder has seen what the buyer wrote; anybody else's looking changes nothing."""

    async def resolve(self, ticket_id: str, holder: str, note: str, now: datetime, *, by: str | None = None) -> Ticket:
        """Claimed to resolved; when the buyer next writes, the bot owns the conversation again."""

    async def reopen(self, ticket_id: str, by: str, now: datetime) -> Ticket:
        """Ended to what it was before; TicketConflictError when it had not ended or the buyer has another ticket."""

    async def add_note(self, ticket_id: str, note: TicketEntry, named: Sequence[str] = ()) -> Ticket:
        """Keep a note for colleagues, and tell those `named` in it; the same again changes nothing.

        ReusedIdError when its id was another's.
        """

    async def load_entries(self, ticket: Ticket) -> Sequence[TicketEntry]:
        """What people did to the ticket and noted on it, oldest first."""

    async def save_draft(self, ticket: Ticket, agent: str, draft: Draft) -> None:
        """Keep what they have typed to the buyer; an empty text is none, and so is what they have sent."""

    async def load_draft(self, ticket: Ticket, agent: str) -> Draft | None:
        """What they have typed on this ticket and not sent, or None."""

    async def load_held_replies(self, ticket: Ticket) -> Sequence[HeldReply]:
        """What people wrote on this ticket that has not left: it waits, or was stopped."""

    async def return_to_bot(
        self, ticket_id: str, holder: str | None, now: datetime, *, by: str | None = None, word: str = ""
    ) -> Ticket:
        """Claimed (by `holder`) or, with None, queued to returned; the bot owns the conversation at once.

        The conversation keeps `word` for the bot and for whoever has it next.
        """
