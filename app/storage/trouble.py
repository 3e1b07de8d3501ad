"""Names what is wrong with a database, with the cure; the log gets one line a kind every half minute.

A driver's own words name hosts, users and files, so callers get the `what` of troubles.yml instead.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import structlog
import yaml

from app.errors import StorageUnavailableError

log = structlog.get_logger()
_TROUBLES_FILE = Path(__file__).with_name("troubles.yml")
_UNKNOWN = "unknown"
_LOG_INTERVAL = 30.0
_logged_at: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class DatabaseTrouble:
    """One kind of trouble, as troubles.yml tells it."""

    kind: str
    what: str
    cure: str
    chinese: str
    codes: frozenset[str] = frozenset()
    messages: tuple[str, ...] = ()

    def is_told_by(self, code: str, message: str) -> bool:
        """Whether the code names it or, where there is none, the driver's small-lettered message."""
        return code in self.codes if code else any(part in message for part in self.messages)


@cache
def load_troubles() -> Mapping[str, DatabaseTrouble]:
    """Every kind by its name, in the order in which they are tried."""
    listed: dict[str, dict[str, Any]] = yaml.safe_load(_TROUBLES_FILE.read_text(encoding="utf-8"))
    return {
        kind: DatabaseTrouble(
            kind,
            told["what"],
            told["cure"],
            told["chinese"],
            frozenset(told.get("codes", ())),
            tuple(told.get("messages", ())),
        )
        for kind, told in listed.items()
    }


def diagnose_error(error: BaseException) -> DatabaseTrouble:
    """The trouble behind an error of a driver, of SQLAlchemy or of the file system; `unknown` when nothing names it."""
    troubles = load_troubles()
    for link in _error_chain(error):
        code, message = _error_code(link), str(link).lower()
        found = next((each for each in troubles.values() if each.is_told_by(code, message)), None)
        if found is not None:
            return found
    return troubles[_UNKNOWN]


def names_trouble(error: BaseException) -> bool:
    """Whether the driver's code blames the database (a damaged file, a full disk) and not what was written."""
    code = _error_code(getattr(error, "orig", None) or error)
    return any(code in each.codes for each in load_troubles().values())


def report_trouble(error: BaseException, kind: str = "") -> StorageUnavailableError:
    """What the caller is to raise; the cure goes to the log, the same kind at most twice a minute."""
    trouble = load_troubles()[kind] if kind else diagnose_error(error)
    now = time.monotonic()
    if now - _logged_at.get(trouble.kind, -_LOG_INTERVAL) >= _LOG_INTERVAL:
        _logged_at[trouble.kind] = now
        log.error("database in trouble", kind=trouble.kind, what=trouble.what, cure=trouble.cure, error=_name(error))
    return StorageUnavailableError(f"The database is in trouble: {trouble.what}.", trouble.kind)


def _error_chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes, the driver's own in the place of SQLAlchemy's, whose words hold what was written."""
    while error is not None:
        original = getattr(error, "orig", None)
        yield original if isinstance(original, BaseException) else error
        error = error.__cause__


def _error_code(error: BaseException) -> str:
    """The SQLSTATE or SQLite's own name of the error; empty where the driver knows none."""
    return str(getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or "")


def _name(error: BaseException) -> str:
    original = getattr(error, "orig", None) or error
    return f"{type(original).__name__} {_error_code(original)}".strip()
