"""Counts over tickets, in the database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, literal, select, text, true

from app.storage import codec
from app.storage.event_readers import Reader
from app.storage.schema import IS_OPEN_TICKET, TICKETS
from handoff.figures import Counted, FigureCut, FigureScope

_T = TICKETS.c
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class FigureRecords:
    """The store's part for figures."""

    read: Reader

    async def count(self, scope: FigureScope, cut: FigureCut | None, now: datetime) -> Mapping[str, Counted]:
        """By the cut's keys, or all under "" without one; a day's key is its place after the first."""
        return await self.read(lambda c: _count(c, scope, cut, now))


def _count(connection: Connection, scope: FigureScope, cut: FigureCut | None, now: datetime) -> dict[str, Counted]:
    key = _cut_column(cut, scope)
    waited = func.sum(_T.first_response_at - _T.created_at)
    told = (
        func.count().label("handoffs"),
        func.count(_T.resolved_at).label("resolved"),
        func.count(_T.first_response_at).label("first_answers"),
        func.coalesce(waited, 0).label("waited"),
        func.coalesce(func.sum(_T.answers), 0).label("answers"),
        func.coalesce(func.sum(_T.answers_in_time), 0).label("answers_in_time"),
        func.coalesce(func.sum(_T.misses), 0).label("misses"),
        func.count(_T.rating_asked_at).label("asked"),
        func.count(_T.rating).filter(_T.rating_asked_at.is_not(None)).label("asked_rated"),
        func.count(_T.rating).label("rated"),
        func.coalesce(func.sum(_T.rating), 0).label("rating_sum"),
    )
    opened = _T.created_at.between(codec.encode_time(scope.since), codec.encode_time(scope.until) - 1)
    rows = connection.execute(select(key, *told).where(_of_scope(scope), opened).group_by(text("part"))).mappings()
    counted = {row["part"]: _decode(dict(row)) for row in rows if row["part"] is not None}
    if cut is FigureCut.DAY:
        return counted
    in_hand = select(key, func.count().label("open"), func.count().filter(_is_late(now)).label("late"))
    for row in connection.execute(in_hand.where(_of_scope(scope), IS_OPEN_TICKET).group_by(text("part"))).mappings():
        if row["part"] is not None:
            known = counted.get(row["part"], Counted())
            counted[row["part"]] = Counted(**asdict(known) | {"open": row["open"], "late": row["late"]})
    return counted


def _decode(row: dict[str, Any]) -> Counted:
    del row["part"]
    waited = int(row.pop("waited"))
    return Counted(**{name: int(value) for name, value in row.items()}, first_answer_seconds=waited // _SECOND)


def _cut_column(cut: FigureCut | None, scope: FigureScope) -> ColumnElement[Any]:
    day = (_T.created_at - codec.encode_time(scope.since)) / codec.DAY
    columns: dict[FigureCut | None, ColumnElement[Any]] = {
        None: literal("", Text),
        FigureCut.AGENT: _T.claimed_by,
        FigureCut.GROUP: _T.group_name,
        FigureCut.REASON: _T.reason,
        FigureCut.DAY: cast(func.floor(day), Text),
    }
    return columns[cut].label("part")


def _of_scope(scope: FigureScope) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if scope.shops is not None:
        conditions.append(_T.shop.in_(sorted(scope.shops)))
    if scope.agent is not None:
        conditions.append(_T.claimed_by == scope.agent)
    return and_(*conditions)


def _is_late(now: datetime) -> ColumnElement[bool]:
    return _T.answer_due < codec.encode_time(now)
