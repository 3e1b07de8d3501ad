"""What people's side keeps beside tickets: agents' tokens and urges."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, select, true, tuple_
from sqlalchemy.exc import IntegrityError

from app.domain.events import UrgeClosed
from app.errors import ConflictError, NotFoundError, error_sentence
from app.storage import codec, cursor
from app.storage.event_readers import Written
from app.storage.schema import AGENT_TOKENS, URGES
from handoff.agents import AgentRole, AgentToken
from handoff.urges import Urge, UrgeFilter, UrgePage, UrgeState


def insert_token(connection: Connection, token: AgentToken) -> None:
    """Keep a new token; only its hash ever comes here."""
    row = {
        "token_hash": token.token_hash,
        "agent": token.agent,
        "role": token.role.value,
        "shops": "" if token.shops is None else codec.encode_json({"shops": sorted(token.shops)}),
        "created_at": codec.encode_time(token.created_at),
        "revoked_at": codec.encode_optional_time(token.revoked_at),
    }
    try:
        connection.execute(AGENT_TOKENS.insert().values(row))
    except IntegrityError as error:
        raise ConflictError(error_sentence("token_exists")) from error


def select_token(connection: Connection, token_hash: str) -> AgentToken | None:
    """The token with this hash."""
    row = connection.execute(select(AGENT_TOKENS).where(AGENT_TOKENS.c.token_hash == token_hash)).mappings().first()
    return _decode_token(row) if row else None


def select_tokens(connection: Connection) -> Sequence[AgentToken]:
    """All of them, oldest first."""
    query = select(AGENT_TOKENS).order_by(AGENT_TOKENS.c.created_at, AGENT_TOKENS.c.token_hash)
    return [_decode_token(row) for row in connection.execute(query).mappings()]


def mark_token_revoked(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Whether there was one to revoke."""
    live = and_(AGENT_TOKENS.c.token_hash == token_hash, AGENT_TOKENS.c.revoked_at.is_(None))
    return connection.execute(AGENT_TOKENS.update().where(live).values(revoked_at=codec.encode_time(now))).rowcount == 1


def _decode_token(row: RowMapping) -> AgentToken:
    shops = frozenset(codec.decode_json(row["shops"])["shops"]) if row["shops"] else None
    return AgentToken(
        token_hash=row["token_hash"],
        agent=row["agent"],
        role=AgentRole(row["role"]),
        shops=shops,
        created_at=codec.decode_time(row["created_at"]),
        revoked_at=codec.decode_optional_time(row["revoked_at"]),
    )


_URGE_ORDER = (URGES.c.created_at, URGES.c.urge_id)


def read_urge_page(connection: Connection, wanted: UrgeFilter, limit: int, after: str | None) -> UrgePage:
    """Urges, oldest first."""
    condition = _urge_conditions(wanted)
    rows = connection.execute(_select_urge_page(condition, limit + 1, after)).mappings().all()
    urges = tuple(_decode_urge(row) for row in rows[:limit])
    total = connection.execute(select(func.count()).select_from(URGES).where(condition)).scalar_one()
    last = cursor.encode_cursor(codec.encode_time(urges[-1].created_at), urges[-1].id) if len(rows) > limit else None
    return UrgePage(urges, last, total)


def _select_urge_page(condition: Any, limit: int, after: str | None) -> Select[Any]:
    query = select(URGES).where(condition).order_by(*_URGE_ORDER).limit(limit)
    return query.where(tuple_(*_URGE_ORDER) > tuple_(*cursor.decode_cursor(after, int, str))) if after else query


def _urge_conditions(wanted: UrgeFilter) -> Any:
    shops = true() if wanted.shops is None else URGES.c.shop.in_(sorted(wanted.shops))
    state = true() if wanted.state is None else URGES.c.state == wanted.state.value
    return and_(shops, state)


def select_urge(connection: Connection, urge_id: str) -> Urge | None:
    """One urge, or None."""
    row = connection.execute(select(URGES).where(URGES.c.urge_id == urge_id)).mappings().first()
    return _decode_urge(row) if row else None


def mark_urge_closed(connection: Connection, urge_id: str, agent: str, now: datetime) -> Written[Urge]:
    """Open to closed."""
    still_open = and_(URGES.c.urge_id == urge_id, URGES.c.state == UrgeState.OPEN.value)
    closed = {"state": UrgeState.CLOSED.value, "closed_by": agent, "closed_at": codec.encode_time(now)}
    changed = connection.execute(URGES.update().where(still_open).values(closed)).rowcount
    urge = select_urge(connection, urge_id)
    if urge is None:
        raise NotFoundError(error_sentence("unknown_urge", id=urge_id))
    if not changed and urge.closed_by != agent:
        raise ConflictError(error_sentence("urge_closed"))
    if not changed:
        return Written(urge)  # the same person again: the first answer was lost on the way
    event = UrgeClosed(key=urge.key, at=now, urge_id=urge.id, order_id=urge.order_id, agent=agent)
    return Written(urge, (event,))


def _decode_urge(row: RowMapping) -> Urge:
    return Urge(
        id=row["urge_id"],
        key=codec.decode_key(row),
        buyer=row["buyer"],
        order_id=row["order_id"],
        sku_id=row["sku_id"],
        why=row["why"],
        created_at=codec.decode_time(row["created_at"]),
        last_at=codec.decode_time(row["last_at"]),
        state=UrgeState(row["state"]),
        times=row["times"],
        closed_by=row["closed_by"],
        closed_at=codec.decode_optional_time(row["closed_at"]),
    )
