"""Sessions of browsers and sign-in codes in the database, by their hashes."""

from datetime import datetime

from sqlalchemy import Connection, and_, select

from app.storage import codec
from app.storage.schema import BROWSER_CREDENTIALS
from handoff.sessions import BrowserCredential, CredentialKind

_C = BROWSER_CREDENTIALS.c


def insert_credential(connection: Connection, credential: BrowserCredential) -> None:
    """Keep a new one; only the hash of its secret ever comes here."""
    row = {
        "secret_hash": credential.secret_hash,
        "kind": credential.kind.value,
        "token_hash": credential.token_hash,
        "created_at": codec.encode_time(credential.created_at),
        "expires_at": codec.encode_time(credential.expires_at),
        "ended_at": codec.encode_optional_time(credential.ended_at),
    }
    connection.execute(BROWSER_CREDENTIALS.insert().values(row))


def select_credential(connection: Connection, secret_hash: str) -> BrowserCredential | None:
    """The one with this hash."""
    query = select(BROWSER_CREDENTIALS).where(_C.secret_hash == secret_hash)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return BrowserCredential(
        secret_hash=row["secret_hash"],
        kind=CredentialKind(row["kind"]),
        token_hash=row["token_hash"],
        created_at=codec.decode_time(row["created_at"]),
        expires_at=codec.decode_time(row["expires_at"]),
        ended_at=codec.decode_optional_time(row["ended_at"]),
    )


def set_expiry(connection: Connection, secret_hash: str, expires_at: datetime) -> None:
    """Let it live until then."""
    this = _C.secret_hash == secret_hash
    connection.execute(BROWSER_CREDENTIALS.update().where(this).values(expires_at=codec.encode_time(expires_at)))


def mark_ended(connection: Connection, secret_hash: str, now: datetime) -> bool:
    """Whether it had not ended before."""
    live = and_(_C.secret_hash == secret_hash, _C.ended_at.is_(None))
    return (
        connection.execute(BROWSER_CREDENTIALS.update().where(live).values(ended_at=codec.encode_time(now))).rowcount
        == 1
    )
