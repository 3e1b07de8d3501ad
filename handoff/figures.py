"""What the desk comes to: how soon people answer, what is handed to them, how buyers say they were served."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.domain.decision import Reason
from app.domain.handoff import Group
from app.errors import MalformedError, error_sentence
from handoff.agents import Agent
from handoff.phrases import handoff_phrases

DAY, LONGEST = timedelta(days=1), timedelta(days=366)


class FigureCut(StrEnum):
    """By what they are told apart."""

    AGENT = "agent"
    GROUP = "group"
    REASON = "reason"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class FigureScope:
    """Which tickets: those that were opened from `since` until before `until`; None means any shop, any agent."""

    since: datetime
    until: datetime
    shops: frozenset[str] | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted over some tickets.

    Attributes:
        first_answers, first_answer_seconds: how many got a person's answer, and the seconds they waited in all.
        answers, answers_in_time: each wait of a buyer that a person ended, and those within the platform's time.
        misses: waits that were over with their ticket, and that no person answered.
        asked, asked_rated: buyers whom we asked how it was, and those of them who said so.
        rated, rating_sum: all who said so, also to a platform uninvited, and the sum of what they said.
        open, late: tickets that people have now, and those whose buyer waits too long.
    """

    handoffs: int = 0
    resolved: int = 0
    first_answers: int = 0
    first_answer_seconds: int = 0
    answers: int = 0
    answers_in_time: int = 0
    misses: int = 0
    asked: int = 0
    asked_rated: int = 0
    rated: int = 0
    rating_sum: int = 0
    open: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class FigureRow:
    """Figures of one agent, group, reason or day; `title` is its name, of a day empty: whoever reads it has a zone."""

    key: str
    title: str
    counted: Counted


@dataclass(frozen=True, slots=True)
class FigureTable:
    """The figures of all tickets of a scope, and of each part of them.

    The total holds what no row does: tickets that nobody has claimed, by agent, and what is open, by day.
    """

    scope: FigureScope
    total: Counted
    rows: tuple[FigureRow, ...] = ()


class FigureStore(Protocol):
    """Counts tickets."""

    async def count(self, scope: FigureScope, cut: FigureCut | None, now: datetime) -> Mapping[str, Counted]:
        """By the cut's keys, or all under "" without one; a day's key is its place after the first."""


class FigureBoard:
    """Agents read their own figures, supervisors those of their shops; ForbiddenError for another shop."""

    def __init__(
        self,
        store: FigureStore,
        name_agents: Callable[[], Awaitable[Mapping[str, str]]],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._name_agents = name_agents
        self._clock = clock

    async def read(
        self,
        agent: Agent,
        since: datetime | None,
        until: datetime | None,
        shops: frozenset[str] | None,
        cut: FigureCut | None,
    ) -> FigureTable:
        """The table, of a day where nobody says since when.

        MalformedError for a time that ends before it begins, or takes too long.
        """
        now = self._clock()
        end = until or now
        since = since or end - DAY
        if not since < end <= since + LONGEST:
            raise MalformedError(error_sentence("figure_range", days=LONGEST.days))
        own = None if agent.is_lead else agent.id
        scope = FigureScope(since, end, agent.visible_shops(shops), own)
        total = (await self._store.count(scope, None, now)).get("", Counted())
        if cut is None:
            return FigureTable(scope, total)
        counted = await self._store.count(scope, cut, now)
        names = await self._name_agents() if cut is FigureCut.AGENT else {}
        rows = [FigureRow(_row_key(key, cut, since), _row_title(key, cut, names), counted[key]) for key in counted]
        return FigureTable(scope, total, tuple(_arrange(rows, cut)))


def _row_key(key: str, cut: FigureCut, since: datetime) -> str:
    return (since + timedelta(days=int(key))).isoformat() if cut is FigureCut.DAY else key


def _row_title(key: str, cut: FigureCut, names: Mapping[str, str]) -> str:
    said = handoff_phrases()
    match cut:
        case FigureCut.GROUP:
            return said.groups[Group(key)]
        case FigureCut.REASON:
            return said.reasons[Reason(key)]
        case FigureCut.DAY:
            return ""
        case FigureCut.AGENT:
            return names.get(key, key)


def _arrange(rows: Sequence[FigureRow], cut: FigureCut) -> list[FigureRow]:
    """Days in their order, all else by how much there was."""
    if cut is FigureCut.DAY:
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-row.counted.handoffs, -row.counted.open, row.key))
