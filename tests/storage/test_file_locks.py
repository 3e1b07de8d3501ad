"""To look at a database file that is open elsewhere in the process takes none of SQLite's locks from it."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from app.storage.database import DatabaseFile

TRY_TO_WRITE = """
import sqlite3, sys
line = sqlite3.connect(sys.argv[1], timeout=0)
try:
    line.execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError:
    sys.exit(3)
"""
LOCKED = 3


def test_a_second_look_at_an_open_file_keeps_its_locks(tmp_path: Path) -> None:
    file = tmp_path / "xiaoer.db"
    line = sqlite3.connect(file, isolation_level=None)
    line.execute("CREATE TABLE kept (word TEXT)")
    line.execute("BEGIN IMMEDIATE")

    DatabaseFile(str(file))

    other = subprocess.run([sys.executable, "-c", TRY_TO_WRITE, str(file)], check=False)  # noqa: S603 - our own script
    assert other.returncode == LOCKED
    line.execute("ROLLBACK")
