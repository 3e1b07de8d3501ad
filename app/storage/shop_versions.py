"""The accepted versions of each shop's files: a restart opens the latest while the folder is broken."""

import base64
import json
import zlib
from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from app.domain.shop_version import ShopVersion, VersionNote
from app.storage import codec
from app.storage.schema import SHOP_HISTORY
from app.storage.writing.statements import insert_into

_H = SHOP_HISTORY.c
MOST_KEPT = 50
"""Versions of a shop whose files are kept."""
LARGEST_BYTES = 64 * 1024 * 1024
"""Packed; a shop beyond it is not kept, and starts from its folder alone."""


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """File contents by name as one compressed document."""
    document = {name: base64.b64encode(content).decode() for name, content in files.items()}
    return zlib.compress(json.dumps(document).encode())


def unpack_files(packed: bytes) -> dict[str, bytes]:
    """What `pack_files` packed."""
    document: dict[str, str] = json.loads(zlib.decompress(packed))
    return {name: base64.b64decode(content) for name, content in document.items()}


def read_saved_shops(connection: Connection) -> frozenset[str]:
    """Shops of which a version is kept."""
    return frozenset(connection.execute(select(_H.shop).distinct()).scalars())


def read_shop_files(connection: Connection, shop: str, number: int | None = None) -> Mapping[str, bytes] | None:
    """The files of the shop's latest version, or of the one with this number; None when it is not kept."""
    chosen = select(_H.files).where(_H.shop == shop).order_by(_H.number.desc()).limit(1)
    packed = connection.execute(chosen if number is None else chosen.where(_H.number == number)).scalar()
    return None if packed is None else unpack_files(packed)


def read_saved_version(connection: Connection, shop: str) -> str | None:
    """The content of the shop's latest version, or None."""
    latest = select(_H.version).where(_H.shop == shop).order_by(_H.number.desc()).limit(1)
    return connection.execute(latest).scalar()


def read_versions(connection: Connection, shop: str) -> list[ShopVersion]:
    """The shop's versions without their files, newest first."""
    columns = (_H.shop, _H.number, _H.version, _H.author, _H.summary, _H.saved_at)
    rows = connection.execute(select(*columns).where(_H.shop == shop).order_by(_H.number.desc()))
    return [ShopVersion(*row[:-1], codec.decode_time(row[-1])) for row in rows]


def save_shop_files(connection: Connection, shop: str, version: str, packed: bytes, note: VersionNote, at: int) -> None:
    """Keeps these as the next version, unless another process kept the same; drops the oldest beyond MOST_KEPT."""
    if read_saved_version(connection, shop) == version:
        return
    last = connection.execute(select(func.max(_H.number)).where(_H.shop == shop)).scalar() or 0
    row = {"shop": shop, "number": last + 1, "version": version, "files": packed, "saved_at": at}
    row |= {"author": note.author, "summary": note.summary}
    connection.execute(insert_into(connection.dialect, SHOP_HISTORY).on_conflict_do_nothing(), [row])
    connection.execute(SHOP_HISTORY.delete().where(_H.shop == shop, _H.number <= last + 1 - MOST_KEPT))


def delete_shop_files(connection: Connection, shop: str) -> None:
    """Keep nothing of a shop that is gone."""
    connection.execute(SHOP_HISTORY.delete().where(_H.shop == shop))
