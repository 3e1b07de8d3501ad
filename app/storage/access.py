"""Urges, and who may come in: tokens of agents, sessions of browsers."""

from collections.abc import Sequence
from datetime import datetime

from app.storage import agents, sessions
from app.storage.transactions import StoreTransactions
from handoff.agents import AgentToken
from handoff.sessions import BrowserCredential
from handoff.urges import Urge, UrgeFilter, UrgePage


class AccessStore(StoreTransactions):
    """UrgeStore and TokenStore, over the transactions of the store that this is a part of."""

    async def find_urges(self, wanted: UrgeFilter, *, limit: int, cursor: str | None) -> UrgePage:
        """One page of urges; MalformedError for a cursor that is not ours."""
        return await self._read_in_thread(lambda c: agents.read_urge_page(c, wanted, limit, cursor))

    async def get_urge(self, urge_id: str) -> Urge | None:
        """One urge, or None."""
        return await self._read_in_thread(lambda c: agents.select_urge(c, urge_id))

    async def close_urge(self, urge_id: str, agent: str, now: datetime) -> Urge:
        """Open to closed; NotFoundError when unknown, ConflictError when closed before."""
        return await self._write_change(lambda c: agents.mark_urge_closed(c, urge_id, agent, now))

    async def add_token(self, token: AgentToken) -> None:
        """Keep a new token; ConflictError when its hash is known."""
        await self._writer.transact(lambda c: agents.insert_token(c, token))

    async def find_token(self, token_hash: str) -> AgentToken | None:
        """The token with this hash, revoked or not."""
        return await self._read_in_thread(lambda c: agents.select_token(c, token_hash))

    async def list_tokens(self) -> Sequence[AgentToken]:
        """All of them, oldest first."""
        return await self._read_in_thread(agents.select_tokens)

    async def revoke_token(self, token_hash: str, now: datetime) -> bool:
        """Whether there was one to revoke."""
        return await self._writer.transact(lambda c: agents.mark_token_revoked(c, token_hash, now))

    async def add_credential(self, credential: BrowserCredential) -> None:
        """Keep a browser's session or a sign-in code."""
        await self._writer.transact(lambda c: sessions.insert_credential(c, credential))

    async def find_credential(self, secret_hash: str) -> BrowserCredential | None:
        """The one with this hash, ended or not."""
        return await self._read_in_thread(lambda c: sessions.select_credential(c, secret_hash))

    async def extend_credential(self, secret_hash: str, expires_at: datetime) -> None:
        """Let it live until then."""
        await self._writer.transact(lambda c: sessions.set_expiry(c, secret_hash, expires_at))

    async def end_credential(self, secret_hash: str, now: datetime) -> bool:
        """End it; whether it had not ended before: of two at once one is told so."""
        return await self._writer.transact(lambda c: sessions.mark_ended(c, secret_hash, now))
