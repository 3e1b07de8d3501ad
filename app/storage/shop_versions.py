"""The last good files of each shop, so that a restart or another replica can open it while its folder is broken."""

import base64
import json
import zlib
from collections.abc import Mapping

from sqlalchemy import Connection, select

from app.storage.schema import SHOP_VERSIONS
from app.storage.writing.statements import insert_into

_S = SHOP_VERSIONS.c
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
    return frozenset(connection.execute(select(_S.shop)).scalars())


def read_shop_files(connection: Connection, shop: str) -> Mapping[str, bytes] | None:
    """The shop's last good files by name, or None."""
    packed = connection.execute(select(_S.files).where(_S.shop == shop)).scalar()
    return None if packed is None else unpack_files(packed)


def read_saved_version(connection: Connection, shop: str) -> str | None:
    """The content version that is kept of a shop, or None."""
    return connection.execute(select(_S.version).where(_S.shop == shop)).scalar()


def save_shop_files(connection: Connection, shop: str, version: str, packed: bytes, at: int) -> None:
    """Keep these in the place of the shop's earlier ones."""
    row = {"shop": shop, "version": version, "files": packed, "saved_at": at}
    insert = insert_into(connection.dialect, SHOP_VERSIONS)
    changed = {name: insert.excluded[name] for name in ("version", "files", "saved_at")}
    connection.execute(insert.on_conflict_do_update(index_elements=["shop"], set_=changed), [row])


def delete_shop_files(connection: Connection, shop: str) -> None:
    """Keep nothing of a shop that is gone."""
    connection.execute(SHOP_VERSIONS.delete().where(_S.shop == shop))
