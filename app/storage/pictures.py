"""Pictures in the database, so that every process shows what any of them took."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection, and_, func, select

from app.domain.picture import Picture
from app.errors import ConflictError, error_sentence
from app.storage import codec
from app.storage.schema import PICTURES

T = TypeVar("T")
_P = PICTURES.c
MOST_OF_TICKET = 50


class Run(Protocol):
    """Runs a read or a write."""

    async def __call__(self, work: Callable[[Connection], T]) -> T:
        """What it came to."""


@dataclass(frozen=True, slots=True)
class PictureRecords:
    """The store's part for pictures."""

    read: Run
    write: Run

    async def add(self, picture: Picture) -> None:
        """Keep a picture; ConflictError for one too many of its ticket."""
        await self.write(lambda c: _insert(c, picture))

    async def get(self, picture_id: str) -> Picture | None:
        """One picture, or None."""
        return await self.read(lambda c: _select(c, picture_id))


def _insert(connection: Connection, picture: Picture) -> None:
    key = picture.key
    own = and_(_P.shop == key.shop, _P.ticket_id == picture.ticket_id)
    if connection.execute(select(func.count()).select_from(PICTURES).where(own)).scalar_one() >= MOST_OF_TICKET:
        raise ConflictError(error_sentence("too_many_pictures", most=MOST_OF_TICKET))
    row = {
        "shop": key.shop,
        "picture_id": picture.id,
        "channel": key.channel,
        "conversation": key.conversation,
        "ticket_id": picture.ticket_id,
        "agent": picture.agent,
        "media_type": picture.media_type,
        "content": picture.content,
        "at": codec.encode_time(picture.at),
    }
    connection.execute(PICTURES.insert().values(row))


def _select(connection: Connection, picture_id: str) -> Picture | None:
    row = connection.execute(select(PICTURES).where(_P.picture_id == picture_id)).mappings().first()
    if row is None:
        return None
    key = codec.decode_key(row)
    at = codec.decode_time(row["at"])
    content = bytes(row["content"])
    return Picture(row["picture_id"], key, row["ticket_id"], row["agent"], row["media_type"], content, at)
