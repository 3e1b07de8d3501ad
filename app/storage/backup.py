"""Backups of an SQLite database: copied while it is served, and put back while it is not."""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from app.errors import XiaoerError, error_sentence
from app.settings import PRIVATE_MODE
from app.storage.migrations import HEAD

DATABASE_NAME = "xiaoer.sqlite3"
MANIFEST_NAME = "manifest.json"
_STAMP = "%Y%m%dT%H%M%S%fZ"
_UNFINISHED = ".unfinished"
_SQLITE_SUFFIXES = ("", "-wal", "-shm")


class BackupError(XiaoerError):
    """A backup cannot be made or put back; the detail is for the shopkeeper."""

    slug = "backup"
    title = "Backup failed"


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup holds: when it was made (ISO 8601, UTC), the schema's revision, bytes and SHA-256 of its file."""

    made_at: str
    schema: str
    size: int
    sha256: str


def make_backup(database: Path, folder: Path, now: datetime) -> Path:
    """Copy the database into a new folder of `folder`, named by the time; returns it.

    SQLite's own backup in one step: it reads one moment of the write-ahead log, and writers go on meanwhile. An
    unfinished copy is never found under a backup's name.
    """
    target = folder / now.strftime(_STAMP)
    unfinished = target.with_name(target.name + _UNFINISHED)
    try:
        unfinished.mkdir(mode=0o700, parents=True)
        copy = unfinished / DATABASE_NAME
        _copy_database(database, copy)
        manifest = BackupManifest(now.isoformat(), _inspect_copy(copy), copy.stat().st_size, _hash_file(copy))
        _write_durably(unfinished / MANIFEST_NAME, json.dumps(asdict(manifest), indent=1).encode())
        unfinished.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(error_sentence("backup_failed", why=error, folder=folder)) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def list_backups(folder: Path) -> list[Path]:
    """Finished backups in a folder, oldest first; the folder itself when it is one."""
    if (folder / MANIFEST_NAME).is_file():
        return [folder]
    return sorted(
        path.parent for path in folder.glob(f"*/{MANIFEST_NAME}") if not path.parent.name.endswith(_UNFINISHED)
    )


def drop_old_backups(folder: Path, keep: int) -> int:
    """Delete all but the newest `keep` backups; returns how many went."""
    old = list_backups(folder)[:-keep] if keep else []
    for backup in old:
        shutil.rmtree(backup)
    return len(old)


def restore_backup(backup: Path, database: Path, now: datetime) -> Path | None:
    """Put a backup in the database's place; returns where the database before it was moved, if there was one.

    The caller holds the lock of the serving process. Raises BackupError, and then nothing has changed.
    """
    source = backup / DATABASE_NAME
    _check_backup(backup, source)
    fresh = database.with_name(f"{database.name}.restoring")
    try:
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy_durably(source, fresh)
        moved = _set_aside(database, now) if database.exists() else None
        fresh.rename(database)
        _sync_folder(database.parent)
    except OSError as error:
        raise BackupError(error_sentence("restore_failed", why=error, folder=database.parent)) from error
    finally:
        fresh.unlink(missing_ok=True)
    return moved


def read_manifest(backup: Path) -> BackupManifest:
    """What a backup says of itself."""
    try:
        return BackupManifest(**json.loads((backup / MANIFEST_NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(error_sentence("no_manifest", backup=backup, manifest=MANIFEST_NAME)) from error


def _check_backup(backup: Path, source: Path) -> None:
    manifest = read_manifest(backup)
    try:
        intact = _hash_file(source) == manifest.sha256
    except OSError as error:
        raise BackupError(error_sentence("no_database", database=DATABASE_NAME, why=error)) from error
    if not intact:
        raise BackupError(error_sentence("backup_damaged", backup=backup))
    if manifest.schema > HEAD:
        raise BackupError(error_sentence("backup_newer", theirs=manifest.schema, ours=HEAD))


def _copy_database(database: Path, copy: Path) -> None:
    with _opened(f"{database.resolve().as_uri()}?mode=rw") as source, closing(sqlite3.connect(copy)) as target:
        copy.chmod(PRIVATE_MODE)
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE").close()  # one file, without a log beside it
    _sync_file(copy)


def _inspect_copy(copy: Path) -> str:
    """The revision of the copy's schema; sqlite3.DatabaseError when the copy is not whole."""
    with _opened(f"{copy.resolve().as_uri()}?mode=ro") as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


@contextmanager
def _opened(uri: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
        yield connection


def _set_aside(database: Path, now: datetime) -> Path:
    moved = database.with_name(f"{database.name}.before-{now.strftime(_STAMP)}")
    for suffix in _SQLITE_SUFFIXES:
        part = database.with_name(database.name + suffix)
        if part.exists():
            part.rename(moved.with_name(moved.name + suffix))
    return moved


def _hash_file(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _copy_durably(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    target.touch(mode=PRIVATE_MODE)
    shutil.copyfile(source, target)
    _sync_file(target)


def _write_durably(file: Path, content: bytes) -> None:
    file.touch(mode=PRIVATE_MODE)
    file.write_bytes(content)
    _sync_file(file)
    _sync_folder(file.parent)


def _sync_file(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
