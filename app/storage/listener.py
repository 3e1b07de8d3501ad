"""Hears PostgreSQL's NOTIFY, so that a row written by one process wakes the workers of all."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import URL

from app.storage.outbox import CHANNEL

if TYPE_CHECKING:
    import psycopg

_RECONNECT_SECONDS = 1.0
_LOOK_UP_SECONDS = 0.5


class OutboxListener:
    """A thread with a connection of its own; while it is lost, workers fall back on looking every second."""

    def __init__(self, url: URL, heard: Callable[[], None]) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._heard = heard
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run_thread, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen, unless it does already."""
        if not self._thread.ident:
            self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        if self._thread.ident:
            self._thread.join()

    def _run_thread(self) -> None:
        import psycopg  # noqa: PLC0415  # an extra that SQLite users do not install

        while not self._closing.is_set():
            try:
                with psycopg.connect(self._address, autocommit=True, connect_timeout=3) as connection:
                    self._forward_notifications(connection)
            except psycopg.Error:
                self._closing.wait(_RECONNECT_SECONDS)

    def _forward_notifications(self, connection: "psycopg.Connection[psycopg.rows.TupleRow]") -> None:
        connection.execute(f"LISTEN {CHANNEL}".encode())
        self._heard()  # whatever was written while nobody listened
        while not self._closing.is_set():
            for _ in connection.notifies(timeout=_LOOK_UP_SECONDS, stop_after=1):
                self._heard()
