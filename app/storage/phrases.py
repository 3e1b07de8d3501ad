"""Agents' own quick phrases, one row each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import Connection, and_, func, select

from app.domain.phrase import Phrase
from app.errors import ConflictError, error_sentence
from app.storage import codec
from app.storage.schema import PHRASES
from app.storage.writing.statements import insert_into

T = TypeVar("T")
_P = PHRASES.c
MOST_PHRASES = 500


class Run(Protocol):
    """Runs a read or a write."""

    async def __call__(self, work: Callable[[Connection], T]) -> T:
        """What it came to."""


@dataclass(frozen=True, slots=True)
class PhraseRecords:
    """The store's part for phrases."""

    read: Run
    write: Run
    clock: Callable[[], datetime]

    async def list_own(self, shop: str, agent: str) -> tuple[Phrase, ...]:
        """The agent's own phrases in this shop, the oldest first."""
        return await self.read(lambda c: _select_own(c, shop, agent))

    async def put(self, shop: str, phrase: Phrase) -> None:
        """Keep a phrase in place of the one with its id; ConflictError for one too many."""
        at = codec.encode_time(self.clock())
        await self.write(lambda c: _upsert(c, shop, phrase, at))

    async def remove(self, shop: str, agent: str, phrase_id: str) -> None:
        """Forget a phrase; one that is not there is forgotten already."""
        this = and_(_P.shop == shop, _P.agent == agent, _P.phrase_id == phrase_id)
        await self.write(lambda c: c.execute(PHRASES.delete().where(this)) and None)


def _select_own(connection: Connection, shop: str, agent: str) -> tuple[Phrase, ...]:
    query = select(PHRASES).where(_P.shop == shop, _P.agent == agent).order_by(_P.at, _P.phrase_id)
    rows = connection.execute(query).mappings()
    return tuple(Phrase(row["phrase_id"], row["title"], row["text"], row["agent"]) for row in rows)


def _upsert(connection: Connection, shop: str, phrase: Phrase, at: int) -> None:
    row = {
        "shop": shop,
        "agent": phrase.owner,
        "phrase_id": phrase.id,
        "title": phrase.title,
        "text": phrase.text,
        "at": at,
    }
    insert = insert_into(connection.dialect, PHRASES).values(row)
    keys = [column.name for column in PHRASES.primary_key]
    new = {"title": insert.excluded.title, "text": insert.excluded.text}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=new))
    own = select(func.count()).select_from(PHRASES).where(_P.shop == shop, _P.agent == phrase.owner)
    if connection.execute(own).scalar_one() > MOST_PHRASES:
        raise ConflictError(error_sentence("too_many_phrases", most=MOST_PHRASES))
