"""Hears PostgreSQL's NOTIFY, so that what one process writes wakes the workers and listeners of all."""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import URL

if TYPE_CHECKING:
    import psycopg

_RECONNECT_SECONDS = 1.0
_LOOK_UP_SECONDS = 0.5


class DatabaseListener:
    """A thread with the process's one listening connection.

    `heard` is called in the thread with each notification's payload, by channel. `regained` is called once the
    connection listens, at first and after each loss: whatever was written before that may have been missed. While it is
    lost, workers fall back on looking every second.
    """

    def __init__(self, url: URL, heard: Mapping[str, Callable[[str], None]], regained: Callable[[], None]) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._heard = heard
        self._regained = regained
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
                with self._connect() as connection:
                    self._forward_notifications(connection)
            except psycopg.Error:
                self._closing.wait(_RECONNECT_SECONDS)

    def _connect(self) -> "psycopg.Connection[psycopg.rows.TupleRow]":
        """By default one that a firewall dropped without a word would be trusted for two hours."""
        import psycopg  # noqa: PLC0415  # as above

        return psycopg.connect(
            self._address,
            autocommit=True,
            connect_timeout=3,
            application_name="xiaoer-listener",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )

    def _forward_notifications(self, connection: "psycopg.Connection[psycopg.rows.TupleRow]") -> None:
        for channel in self._heard:
            connection.execute(f"LISTEN {channel}".encode())
        self._regained()
        while not self._closing.is_set():
            for notification in connection.notifies(timeout=_LOOK_UP_SECONDS, stop_after=1):
                self._heard[notification.channel](notification.payload)
