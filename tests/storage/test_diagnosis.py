"""What is wrong with a database is told in one line, with the cure, and names nobody to a caller."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import structlog
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy.exc import DataError, OperationalError

from app.errors import MalformedError, StorageUnavailableError
from app.storage import trouble
from app.storage.database import translate_error
from app.storage.store import open_store
from app.storage.trouble import diagnose_error, load_troubles, report_trouble


@pytest.fixture(autouse=True)
def nothing_logged_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "_logged_at", {})


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgresql://a:b@127.0.0.1:1/c", "no_server"),
        ("postgresql://a:b@/c?host=/nowhere", "no_server"),
        ("postgresql://a:b@nobody.invalid/c", "unknown_host"),
        ("postgresql://a:p@ss/word@127.0.0.1/c", "unknown_host"),
        ("mysql://a:b@127.0.0.1/c", "bad_address"),
        ("127.0.0.1/c", "bad_address"),
        ("sqlite://", "bad_address"),
        ("sqlite:////proc/none/x.sqlite3", "no_permission"),
    ],
)
async def test_an_address_that_leads_nowhere_is_told_by_its_kind(url: str, kind: str) -> None:
    with pytest.raises(StorageUnavailableError) as caught:
        await open_store(url)

    assert caught.value.kind == kind


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite3").write_bytes(b"a letter to a friend, and not a database at all" * 100)

    with pytest.raises(StorageUnavailableError) as caught:
        await open_store(f"sqlite:///{tmp_path / 'x.sqlite3'}")

    assert caught.value.kind == "damaged"


async def test_a_server_without_the_database_or_the_role_says_which(postgres_url: str) -> None:
    kinds = []
    for url in (postgres_url.replace("/postgres?", "/nothing?"), postgres_url.replace("postgres:@", "nobody:@")):
        with pytest.raises(StorageUnavailableError) as caught:
            await open_store(url)
        kinds.append(caught.value.kind)

    assert kinds == ["no_database", "wrong_password"]


@pytest.fixture
def guarded(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A role of a real server that has to show its password, which PG… variables give; its password."""
    role, password = "guarded", "p@ss: w/o#r%d'\"$\\好"
    with psycopg.connect(postgres_database, autocommit=True) as admin:
        database, sockets, rules = (
            admin.execute(f"SELECT {asked}".encode()).fetchone()[0]  # type: ignore[index]
            for asked in (
                "current_database()",
                "split_part(current_setting('unix_socket_directories'), ',', 1)",
                "current_setting('hba_file')",
            )
        )
        admin.execute(SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(Identifier(role), Literal(password)))
        admin.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(Identifier(database), Identifier(role)))
        admin.execute(SQL("ALTER SCHEMA public OWNER TO {}").format(Identifier(role)))
        known = Path(rules).read_text()
        Path(rules).write_text(f"local all {role} scram-sha-256\n{known}")
        admin.execute("SELECT pg_reload_conf()")
        for name, value in (("HOST", sockets), ("USER", role), ("DATABASE", database), ("PASSWORD", password)):
            monkeypatch.setenv(f"PG{name}", value)
        yield password
        Path(rules).write_text(known)
        admin.execute("SELECT pg_reload_conf()")
        admin.execute(SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(Identifier(database)))
        admin.execute(SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(Identifier(role)))
        admin.execute(SQL("DROP ROLE {}").format(Identifier(role)))


async def test_any_password_works_in_a_variable_of_its_own(guarded: str) -> None:
    store = await open_store("postgresql://")
    await store.ping()
    await store.wait_for_outbox(0.5)
    await store.close()


async def test_any_password_works_in_the_address_with_its_marks_escaped(
    guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"postgresql://guarded:{quote(guarded, safe='')}@/{os.environ['PGDATABASE']}?host={os.environ['PGHOST']}"
    for name in ("HOST", "USER", "DATABASE", "PASSWORD"):
        monkeypatch.delenv(f"PG{name}")

    store = await open_store(address)
    await store.ping()
    await store.close()


async def test_a_wrong_password_is_told_as_one(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", f"not {guarded}")

    with pytest.raises(StorageUnavailableError) as caught:
        await open_store("postgresql://")

    assert caught.value.kind == "wrong_password"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('connection failed: FATAL:  password authentication failed for user "xiaoer"', "wrong_password"),
        ("fe_sendauth: no password supplied", "wrong_password"),
        ("FATAL:  sorry, too many clients already", "too_many_connections"),
        ("FATAL:  the database system is starting up", "no_server"),
        ("server closed the connection unexpectedly", "no_server"),
        ("something nobody has seen", "unknown"),
    ],
)
def test_a_driver_that_gives_no_code_is_understood_by_its_words(said: str, kind: str) -> None:
    error = OperationalError("SELECT 'no space left on device'", {}, psycopg.OperationalError(said))

    assert diagnose_error(error).kind == kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "disk_full"),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute UPDATE"), "read_only"),
        (psycopg.errors.InsufficientPrivilege("permission denied for table turns"), "no_permission"),
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), "busy"),
    ],
)
def test_a_servers_code_names_the_trouble(error: psycopg.Error, kind: str) -> None:
    assert translate_error(OperationalError("UPDATE", {}, error)).kind == kind  # type: ignore[attr-defined]


def test_what_a_buyer_wrote_is_never_taken_for_trouble() -> None:
    refused = psycopg.errors.UntranslatableCharacter("no space left on device")

    error = DataError("INSERT", {"text": "no space left on device"}, refused)

    assert isinstance(translate_error(error), MalformedError)


def test_the_log_has_the_cure_once_and_the_caller_neither_host_nor_user() -> None:
    words = 'connection to "10.1.2.3" failed: FATAL: password authentication failed for user "lan"'
    with structlog.testing.capture_logs() as lines:
        told = [report_trouble(psycopg.OperationalError(words)) for _ in range(3)]

    assert [(line["kind"], line["log_level"]) for line in lines] == [("wrong_password", "error")]
    assert "PGPASSWORD" in lines[0]["cure"]
    assert not any("10.1.2.3" in each.detail or "lan" in each.detail for each in told)


def test_every_kind_has_its_cure_in_both_languages() -> None:
    for each in load_troubles().values():
        assert each.what
        assert each.cure.isascii()
        assert not each.chinese.isascii()


async def test_what_is_stored_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = await open_store(f"sqlite:///{tmp_path / 'state' / 'x.sqlite3'}")
        await store.ping()
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    await store.close()

    assert modes == {"x.sqlite3": 0o600, "x.sqlite3-wal": 0o600, "x.sqlite3-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


async def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "x.sqlite3").close()
    (tmp_path / "x.sqlite3").touch()
    (tmp_path / "x.sqlite3").chmod(0o644)

    store = await open_store(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    await store.close()

    assert stat.S_IMODE((tmp_path / "x.sqlite3").stat().st_mode) == 0o600
