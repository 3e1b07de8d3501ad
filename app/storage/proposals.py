"""Proposed FAQ rows; a closed one stays until it is past keeping, so that its id is not used again before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select

from app.domain.proposal import FaqProposal
from app.errors import ConflictError, NotFoundError, ReusedIdError, error_sentence
from app.storage import codec
from app.storage.schema import PROPOSALS
from app.storage.writing.statements import insert_into

T = TypeVar("T")
_P = PROPOSALS.c
MOST_OPEN = 500


class Run(Protocol):
    """Runs a read or a write."""

    async def __call__(self, work: Callable[[Connection], T]) -> T:
        """What it came to."""


@dataclass(frozen=True, slots=True)
class ProposalRecords:
    """The store's part for proposals."""

    read: Run
    write: Run

    async def add(self, proposal: FaqProposal) -> FaqProposal:
        """The proposal as it is kept; the same again changes nothing.

        ReusedIdError when its id was another's, ConflictError for one too many.
        """
        return await self.write(lambda c: _insert(c, proposal))

    async def list_open(self, shop: str) -> tuple[FaqProposal, ...]:
        """Those nobody closed, the oldest first."""
        return await self.read(lambda c: _select_open(c, shop))

    async def find(self, shop: str, proposal_id: str) -> FaqProposal | None:
        """One, open or closed, or None."""
        return await self.read(lambda c: _select_one(c, shop, proposal_id))

    async def close(self, shop: str, proposal_id: str, by: str, now: datetime) -> FaqProposal:
        """Close it; again changes nothing. NotFoundError when the shop has none of that id."""
        return await self.write(lambda c: _close(c, shop, proposal_id, by, now))


def _insert(connection: Connection, proposal: FaqProposal) -> FaqProposal:
    row = {
        "shop": proposal.shop,
        "proposal_id": proposal.id,
        "question": proposal.question,
        "answer": proposal.answer,
        "agent": proposal.agent,
        "at": codec.encode_time(proposal.at),
    }
    insert = insert_into(connection.dialect, PROPOSALS).values(row).on_conflict_do_nothing()
    if connection.execute(insert.returning(_P.proposal_id)).first():
        open_ones = select(func.count()).select_from(PROPOSALS).where(_is_open(proposal.shop))
        if connection.execute(open_ones).scalar_one() > MOST_OPEN:
            raise ConflictError(error_sentence("too_many_proposals", most=MOST_OPEN))
        return proposal
    kept = _require_one(connection, proposal.shop, proposal.id)
    differing = [name for name in ("question", "answer", "agent") if getattr(kept, name) != getattr(proposal, name)]
    if differing:
        raise ReusedIdError.naming("proposal id", differing)
    return kept


def _close(connection: Connection, shop: str, proposal_id: str, by: str, now: datetime) -> FaqProposal:
    this = and_(_is_open(shop), _P.proposal_id == proposal_id)
    values = {"closed_by": by, "closed_at": codec.encode_time(now)}
    connection.execute(PROPOSALS.update().where(this).values(values))
    return _require_one(connection, shop, proposal_id)


def _select_open(connection: Connection, shop: str) -> tuple[FaqProposal, ...]:
    query = select(PROPOSALS).where(_is_open(shop)).order_by(_P.at, _P.proposal_id)
    return tuple(_decode(row) for row in connection.execute(query).mappings())


def _require_one(connection: Connection, shop: str, proposal_id: str) -> FaqProposal:
    found = _select_one(connection, shop, proposal_id)
    if found is None:
        raise NotFoundError(error_sentence("unknown_proposal", id=proposal_id))
    return found


def _select_one(connection: Connection, shop: str, proposal_id: str) -> FaqProposal | None:
    this = and_(_P.shop == shop, _P.proposal_id == proposal_id)
    row = connection.execute(select(PROPOSALS).where(this)).mappings().first()
    return _decode(row) if row else None


def _is_open(shop: str) -> ColumnElement[bool]:
    return and_(_P.shop == shop, _P.closed_at.is_(None))


def _decode(row: RowMapping) -> FaqProposal:
    return FaqProposal(
        id=row["proposal_id"],
        shop=row["shop"],
        question=row["question"],
        answer=row["answer"],
        agent=row["agent"],
        at=codec.decode_time(row["at"]),
        closed_by=row["closed_by"],
        closed_at=codec.decode_optional_time(row["closed_at"]),
    )
