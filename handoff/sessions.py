"""Sign-in from a browser: sessions opened with a token, or with a code that works once."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from handoff.agents import TOKEN_BYTES, hash_token

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
CODE_KEPT = timedelta(minutes=5)
RENEW_EVERY = timedelta(hours=1)
"""A session in use is written again this often, not at each request."""


class CredentialKind(StrEnum):
    """What a secret is for."""

    SESSION = "session"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class BrowserCredential:
    """A session or a sign-in code, by its hash; what it may do is what its token may, as long as the token is valid."""

    secret_hash: str
    kind: CredentialKind
    token_hash: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class SessionStore(Protocol):
    """Stores sessions and sign-in codes."""

    async def add_credential(self, credential: BrowserCredential) -> None:
        """Adds one."""

    async def find_credential(self, secret_hash: str) -> BrowserCredential | None:
        """The one with this hash, ended or not."""

    async def extend_credential(self, secret_hash: str, expires_at: datetime) -> None:
        """Lets it live until then."""

    async def end_credential(self, secret_hash: str, now: datetime) -> bool:
        """Ends it; whether it had not ended before: of two at once one is told so."""


class SessionKeeper:
    """Opens, finds and ends sessions."""

    def __init__(self, store: SessionStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def open_session(self, token_hash: str) -> str:
        """The secret of a new session."""
        return await self._issue(CredentialKind.SESSION, token_hash, IDLE)

    async def issue_code(self, token_hash: str) -> str:
        """A code that signs in once, within five minutes."""
        return await self._issue(CredentialKind.CODE, token_hash, CODE_KEPT)

    async def find_session(self, secret: str) -> str | None:
        """The hash of the token whose session this is, while it is valid; its use prolongs it, for a week at most."""
        found = await self._find_valid(secret, CredentialKind.SESSION)
        if found is None:
            return None
        until = min(self._clock() + IDLE, found.created_at + LONGEST)
        if until - found.expires_at >= RENEW_EVERY:
            await self._store.extend_credential(found.secret_hash, until)
        return found.token_hash

    async def redeem_code(self, code: str) -> str | None:
        """The hash of the token whose code this is, once."""
        found = await self._find_valid(code, CredentialKind.CODE)
        if found is None or not await self._store.end_credential(found.secret_hash, self._clock()):
            return None
        return found.token_hash

    async def end_session(self, secret: str) -> None:
        """Sign out."""
        await self._store.end_credential(hash_token(secret), self._clock())

    async def _issue(self, kind: CredentialKind, token_hash: str, kept: timedelta) -> str:
        secret, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        await self._store.add_credential(BrowserCredential(hash_token(secret), kind, token_hash, now, now + kept))
        return secret

    async def _find_valid(self, secret: str, kind: CredentialKind) -> BrowserCredential | None:
        found = await self._store.find_credential(hash_token(secret))
        if found is None or found.kind is not kind or found.ended_at is not None or found.expires_at <= self._clock():
            return None
        return found
