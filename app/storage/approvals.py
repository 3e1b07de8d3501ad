"""Approvals in the database: each request is one row, each decision one transaction with all that follows from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select, true, tuple_

from app.domain.approval import OPEN_APPROVALS, Approval, ApprovalState
from app.domain.events import (
    ApprovalAsked,
    ApprovalChanged,
    ApprovalCountered,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRefused,
    Event,
    PromiseMade,
)
from app.domain.message import ConversationKey
from app.errors import ConflictError, NotFoundError, ReusedIdError, error_sentence
from app.storage import codec, cursor, lines
from app.storage.event_readers import Reader, Writer, Written
from app.storage.kept_promises import keep_promise
from app.storage.schema import APPROVALS, BUDGETS, in_states
from app.storage.tickets import TicketChanges
from app.storage.writing.statements import insert_into
from app.storage.writing.upserts import add_spent
from handoff.approval_ports import ApprovalFilter, ApprovalPage, BoundTerms
from handoff.ports import AgentLine

T = TypeVar("T")
_A = APPROVALS.c
_ORDER = (_A.asked_at, _A.approval_id)
_IS_OPEN = in_states(_A.state, OPEN_APPROVALS)
"""As the index has it, letter by letter."""
_APPROVAL = TypeAdapter(Approval)
_CHANGES: Mapping[ApprovalState, type[ApprovalChanged]] = {
    ApprovalState.ASKED: ApprovalAsked,
    ApprovalState.COUNTERED: ApprovalCountered,
    ApprovalState.GRANTED: ApprovalGranted,
    ApprovalState.REFUSED: ApprovalRefused,
    ApprovalState.EXPIRED: ApprovalExpired,
}
MOST_EXPIRED = 100
MOST_OF_CONVERSATION = 50


@dataclass(frozen=True, slots=True)
class ApprovalRecords:
    """The store's part for approvals; `forget` drops what is cached of a conversation that was written."""

    read: Reader
    write: Writer
    desk: TicketChanges
    forget: Callable[[ConversationKey], None]

    async def add(self, approval: Approval) -> Approval:
        """Keep a new request; the same again changes nothing, ReusedIdError when its id was another's."""
        return await self.write(lambda c: _insert(c, approval))

    async def get(self, approval_id: str) -> Approval | None:
        """One request, or None."""
        return await self.read(lambda c: _select(c, approval_id))

    async def find(self, wanted: ApprovalFilter, *, limit: int, cursor: str | None) -> ApprovalPage:
        """One page, the oldest first; MalformedError for a cursor that is not ours."""
        return await self.read(lambda c: _read_page(c, wanted, limit, cursor))

    async def list_granted(self, key: ConversationKey) -> Sequence[Approval]:
        """What was granted in a conversation, the latest first."""
        return await self.read(lambda c: _select_granted(c, key))

    async def decide(self, decided: Approval, now: datetime) -> Approval:
        """Write that it was countered or refused."""
        return await self.write(lambda c: _decide(c, decided, now))

    async def grant(self, granted: Approval, line: AgentLine, bound: BoundTerms, now: datetime) -> Approval:
        """Write that it was granted, and all that follows."""
        written = await self.write(lambda c: _grant(c, self.desk, granted, line, bound, now))
        self.forget(granted.key)
        return written

    async def expire(self, now: datetime) -> int:
        """End the requests that nobody decided in time; how many. Of several processes one does it."""
        if not await self.read(lambda c: c.execute(select(_A.shop).where(_is_late(now)).limit(1)).first()):
            return 0
        return await self.write(lambda c: _expire(c, now))


def _insert(connection: Connection, approval: Approval) -> Written[Approval]:
    key = approval.key
    row = {
        "shop": key.shop,
        "approval_id": approval.id,
        "channel": key.channel,
        "conversation": key.conversation,
        "ticket_id": approval.ticket_id,
        "state": approval.state.value,
        "asked_at": codec.encode_time(approval.asked_at),
        "expires_at": codec.encode_time(approval.expires_at),
        "document": _encode(approval),
    }
    insert = insert_into(connection.dialect, APPROVALS).values(row).on_conflict_do_nothing()
    if connection.execute(insert.returning(_A.approval_id)).first():
        return Written(
            approval, (ApprovalAsked(key=key, at=approval.asked_at, approval=approval, agent=approval.asked_by),)
        )
    known = _require(connection, approval.id)
    differing = [
        name for name in ("terms", "text", "why", "asked_by") if getattr(known, name) != getattr(approval, name)
    ]
    if differing and known.state is ApprovalState.ASKED:
        raise ReusedIdError.naming("this id", differing)
    return Written(known)


def _read_page(connection: Connection, wanted: ApprovalFilter, limit: int, after: str | None) -> ApprovalPage:
    query = select(APPROVALS).where(_conditions(wanted)).order_by(*_ORDER).limit(limit + 1)
    if after:
        query = query.where(tuple_(*_ORDER) > tuple_(*cursor.decode_cursor(after, int, str)))
    found = [_decode(row) for row in connection.execute(query).mappings()]
    last = found[limit - 1] if len(found) > limit else None
    more = cursor.encode_cursor(codec.encode_time(last.asked_at), last.id) if last else None
    return ApprovalPage(tuple(found[:limit]), more)


def _conditions(wanted: ApprovalFilter) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if wanted.shops is not None:
        conditions.append(_A.shop.in_(sorted(wanted.shops)))
    if wanted.states is not None:
        conditions.append(in_states(_A.state, wanted.states))
    if wanted.ticket_id is not None:
        conditions.append(_A.ticket_id == wanted.ticket_id)
    return and_(*conditions)


def _select_granted(connection: Connection, key: ConversationKey) -> list[Approval]:
    granted = and_(lines.match_conversation(_A, key), _A.state == ApprovalState.GRANTED.value)
    query = select(APPROVALS).where(granted).order_by(_A.asked_at.desc()).limit(MOST_OF_CONVERSATION)
    return [_decode(row) for row in connection.execute(query).mappings()]


def _decide(connection: Connection, decided: Approval, now: datetime) -> Written[Approval]:
    if not _save_open(connection, decided, now):
        return Written(_require_same(connection, decided, now))
    return Written(decided, (_change(decided, now, decided.decided_by),))


def _grant(
    connection: Connection,
    desk: TicketChanges,
    granted: Approval,
    line: AgentLine,
    bound: BoundTerms,
    now: datetime,
) -> Written[Approval]:
    """The line first: it takes the conversation's lock, so of two grants at once the second finds the first."""
    said = desk.add_line_of_holder(connection, granted.ticket_id, line, now)
    if not _save_open(connection, granted, now):
        return Written(_require_same(connection, granted, now))
    keep_promise(connection, granted.key, bound.promise, granted.ticket_id, None)
    for spend in bound.spends:
        row = {"shop": granted.key.shop, "budget": spend.budget, "spent": codec.encode_money(spend.amount)}
        connection.execute(add_spent(insert_into(connection.dialect, BUDGETS).values(row)))
    made = PromiseMade(
        key=granted.key, at=now, buyer=said.value.buyer, granted=(bound.commitment,), trace_id=granted.id
    )
    return Written(granted, (_change(granted, now, granted.decided_by), *said.events, made))


def _expire(connection: Connection, now: datetime) -> Written[int]:
    late = connection.execute(select(APPROVALS).where(_is_late(now)).limit(MOST_EXPIRED)).mappings().all()
    events: list[Event] = []
    for row in late:
        expired = replace(_decode(row), state=ApprovalState.EXPIRED)
        this = and_(_match(expired), _is_late(now))
        values = {"state": expired.state.value}
        if connection.execute(APPROVALS.update().where(this).values(values)).rowcount:
            events.append(_change(expired, now, None))
    return Written(len(events), tuple(events))


def _save_open(connection: Connection, decided: Approval, now: datetime) -> bool:
    """Whether the request was open, and is now as decided."""
    still = and_(_match(decided), _IS_OPEN, _A.expires_at > codec.encode_time(now))
    values = {
        "state": decided.state.value,
        "expires_at": codec.encode_time(decided.expires_at),
        "document": _encode(decided),
    }
    return bool(connection.execute(APPROVALS.update().where(still).values(values)).rowcount)


def _require_same(connection: Connection, decided: Approval, now: datetime) -> Approval:
    """The request as it stands, where this very decision stands; raises ConflictError for another."""
    known = _require(connection, decided.id)
    if known.state is decided.state and known.decided_by == decided.decided_by:
        return known
    late = known.state in OPEN_APPROVALS and known.expires_at <= now
    state = ApprovalState.EXPIRED if late else known.state
    raise ConflictError(error_sentence("approval_state", state=state))


def _require(connection: Connection, approval_id: str) -> Approval:
    known = _select(connection, approval_id)
    if known is None:
        raise NotFoundError(error_sentence("unknown_approval", id=approval_id))
    return known


def _select(connection: Connection, approval_id: str) -> Approval | None:
    row = connection.execute(select(APPROVALS).where(_A.approval_id == approval_id)).mappings().first()
    return _decode(row) if row else None


def _change(approval: Approval, now: datetime, agent: str | None) -> Event:
    event: Any = _CHANGES[approval.state](key=approval.key, at=now, approval=approval, agent=agent)
    changed: Event = event
    return changed


def _is_late(now: datetime) -> ColumnElement[bool]:
    return and_(_IS_OPEN, _A.expires_at <= codec.encode_time(now))


def _match(approval: Approval) -> ColumnElement[bool]:
    return and_(_A.shop == approval.key.shop, _A.approval_id == approval.id)


def _encode(approval: Approval) -> str:
    return codec.strip_nul(_APPROVAL.dump_json(approval).decode())


def _decode(row: RowMapping) -> Approval:
    return replace(_APPROVAL.validate_json(row["document"]), state=ApprovalState(row["state"]))
