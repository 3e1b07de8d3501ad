"""Allows one serving process per SQLite file: two would contend for its one writer, with stalls of seconds.

Commands that read or write little need no lock; the database queues them.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.commands import local_state, terminal


@contextmanager
def hold_database_lock(database: str) -> Iterator[None]:
    """Hold the lock file beside a SQLite database, or exit when another process does; PostgreSQL is for many."""
    file = find_sqlite_file(database)
    if file is None:
        yield
        return
    lock = file.with_name(file.name + ".lock")
    held = _create_lock_file(lock)
    try:
        _acquire_lock(held, file, lock)
        yield
    finally:
        os.close(held)  # the system releases it too, however the process ends


def find_sqlite_file(database: str) -> Path | None:
    """The file of a SQLite URL; None for PostgreSQL."""
    from app.storage.database import parse_database_url

    url = parse_database_url(database)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database).resolve()


def _create_lock_file(lock: Path) -> int:
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        return os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        terminal.exit_with_error(f"打不开 {lock}：{error.strerror}。请检查数据库所在的文件夹是否可写。")


def _acquire_lock(held: int, file: Path, lock: Path) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        terminal.exit_with_error(_lock_refusal(file, lock))
    except OSError as error:
        terminal.exit_with_error(
            f"锁不住 {lock}：{error.strerror}。SQLite 的数据库请放在本机磁盘上，不要放在网络盘上。"
        )
    os.truncate(held, 0)
    os.write(held, f"{os.getpid()}\n".encode())


def _lock_refusal(file: Path, lock: Path) -> str:
    process = local_state.read_text_file(lock) or "?"
    return (
        f"数据库 {file} 正由另一个 xiaoer serve 使用（进程 {process}，锁文件 {lock}）。\n"
        "SQLite 只供一个服务进程：请先停掉那一个；或用 XIAOER_STATE_DIR 换一个文件夹；"
        "要开多个进程，请用 XIAOER_DATABASE_URL 换成 PostgreSQL。\n"
        f"{file} is being served by process {process}, and SQLite is for one serving process: "
        "stop that one, choose another XIAOER_STATE_DIR, or point XIAOER_DATABASE_URL to PostgreSQL."
    )
