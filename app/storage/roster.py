"""Agents at the desk: what they say of themselves, when they were last connected, and what they have in hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, case, func, select

from app.domain.events import AgentChanged
from app.domain.handoff import Group, TicketState
from app.domain.ticket import Ticket
from app.storage import codec
from app.storage.event_readers import Written
from app.storage.schema import AGENTS, TICKETS
from app.storage.ticket_rows import decode_ticket
from app.storage.writing.statements import insert_into
from handoff.roster import GONE_AFTER, AgentStatus, DeskLoad, DeskProfile, ProfileChange

_A, _T = AGENTS.c, TICKETS.c


def select_profile(connection: Connection, agent: str) -> DeskProfile | None:
    """One, or None."""
    row = connection.execute(select(AGENTS).where(_A.agent == agent)).mappings().first()
    return _decode_profile(row) if row else None


def select_profiles(connection: Connection) -> Sequence[DeskProfile]:
    """All, by id."""
    return [_decode_profile(row) for row in connection.execute(select(AGENTS).order_by(_A.agent)).mappings()]


def save_profile(connection: Connection, agent: str, change: ProfileChange, now: datetime) -> Written[DeskProfile]:
    """Change a profile, or make it; nothing is told of a change that changes nothing."""
    connection.execute(
        insert_into(connection.dialect, AGENTS).on_conflict_do_nothing(),
        {"agent": agent, "status": AgentStatus.OFFLINE.value},
    )
    held = select(AGENTS).where(_A.agent == agent).with_for_update()
    before = _decode_profile(connection.execute(held).mappings().one())
    after = change.apply(before)
    if after == before:
        return Written(before)
    changed = {
        "name": codec.strip_nul(after.name),
        "groups": codec.encode_json({"groups": sorted(after.groups)}),
        "status": after.status.value,
        "capacity": after.capacity,
    }
    connection.execute(AGENTS.update().where(_A.agent == agent).values(changed))
    return Written(after, (AgentChanged(at=now, agent=agent),))


def mark_present(connection: Connection, agents: Sequence[str], now: datetime) -> Written[None]:
    """These are connected now; it is told of those who were not before."""
    at, names = codec.encode_time(now), sorted(set(agents))
    known = select(_A.agent, _A.connected).where(_A.agent.in_(names)).order_by(_A.agent).with_for_update()
    here = {row.agent for row in connection.execute(known) if row.connected}
    insert = insert_into(connection.dialect, AGENTS)
    first_time = case((_A.seen_at.is_(None), AgentStatus.ONLINE.value), else_=_A.status)
    seen = insert.on_conflict_do_update(
        index_elements=["agent"], set_={"seen_at": at, "connected": 1, "status": first_time}
    )
    row = {"status": AgentStatus.ONLINE.value, "seen_at": at, "connected": 1}
    connection.execute(seen, [{"agent": name, **row} for name in names])
    return Written(None, tuple(AgentChanged(at=now, agent=name) for name in names if name not in here))


def mark_gone(connection: Connection, now: datetime) -> Written[tuple[str, ...]]:
    """Who has been away too long and was not told of yet; of several processes one tells."""
    gone = and_(_A.connected == 1, _A.seen_at < codec.encode_time(now - GONE_AFTER))
    ended = AGENTS.update().where(gone).values(connected=0).returning(_A.agent)
    names = tuple(sorted(connection.execute(ended).scalars()))
    return Written(names, tuple(AgentChanged(at=now, agent=name) for name in names))


def has_newly_gone(connection: Connection, now: datetime) -> bool:
    """Whether mark_gone would find anybody."""
    gone = and_(_A.connected == 1, _A.seen_at < codec.encode_time(now - GONE_AFTER))
    return connection.execute(select(_A.agent).where(gone).limit(1)).first() is not None


def count_loads(connection: Connection, agents: Sequence[str] | None, now: datetime) -> dict[str, DeskLoad]:
    """What agents have in hand, of those who have anything."""
    held = and_(_T.state == TicketState.CLAIMED.value, _T.snoozed_by.is_(None))
    if agents is not None:
        held = and_(held, _T.claimed_by.in_(agents))
    late = func.count().filter(_T.answer_due < codec.encode_time(now))
    query = select(_T.claimed_by, func.count(), late).where(held).group_by(_T.claimed_by)
    return {agent: DeskLoad(count, overdue) for agent, count, overdue in connection.execute(query)}


def select_held(connection: Connection, agent: str) -> Sequence[Ticket]:
    """The open tickets an agent holds, the first to answer first."""
    held = and_(_T.state == TicketState.CLAIMED.value, _T.claimed_by == agent)
    query = select(TICKETS).where(held).order_by(func.coalesce(_T.answer_due, 2**62), _T.ticket_id)
    return [decode_ticket(row) for row in connection.execute(query).mappings()]


def _decode_profile(row: RowMapping) -> DeskProfile:
    groups: Any = codec.decode_json(row["groups"])["groups"]
    return DeskProfile(
        agent=row["agent"],
        name=row["name"],
        groups=frozenset(map(Group, groups)),
        status=AgentStatus(row["status"]),
        capacity=row["capacity"],
        seen_at=codec.decode_optional_time(row["seen_at"]),
    )
