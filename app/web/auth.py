"""Authentication of agents: bearer tokens, stored as hashes, with a role and the shops they serve."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.errors import ForbiddenError, NotFoundError, UnauthenticatedError, error_sentence
from app.settings import AGENT_TOKEN_FILE, write_private_file
from handoff.agents import Agent, AgentRole, AgentToken, TokenStore, generate_token, hash_token

bearer = HTTPBearer(auto_error=False, scheme_name="agent", description="客服令牌，由 `xiaoer tokens add` 签发")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]

DEMO_AGENT = "demo"
EVERY_SHOP = "*"
LONGEST_TOKEN = 256


class AgentAuthenticator:
    """A FastAPI dependency that returns the agent of a valid bearer token."""

    def __init__(self, tokens: TokenStore, fixed: Iterable[AgentToken] = ()) -> None:
        self._tokens = tokens
        self._fixed = tuple(fixed)

    async def __call__(self, credentials: Credentials) -> Agent:
        """The calling agent; raises UnauthenticatedError."""
        if credentials is None:
            raise UnauthenticatedError(error_sentence("bearer_missing"))
        return await self.authenticate_token(credentials.credentials)

    async def authenticate_token(self, token: str) -> Agent:
        """The agent of this token; raises UnauthenticatedError for an unknown or revoked one."""
        if not token or len(token) > LONGEST_TOKEN:
            raise UnauthenticatedError(error_sentence("token_invalid"))
        shown = hash_token(token)
        found = self._find_fixed_token(shown) or await self._tokens.find_token(shown)
        if found is None or found.revoked_at is not None or not compare_digest(found.token_hash, shown):
            raise UnauthenticatedError(error_sentence("token_invalid"))
        return found.to_agent()

    def _find_fixed_token(self, shown: str) -> AgentToken | None:
        return next((token for token in self._fixed if compare_digest(token.token_hash, shown)), None)


def require_role(guard: AgentAuthenticator, *roles: AgentRole) -> Callable[[Agent], Agent]:
    """A dependency that admits only agents with these roles."""

    def check_role(agent: Annotated[Agent, Depends(guard)]) -> Agent:
        if agent.role not in roles:
            raise ForbiddenError(error_sentence("wrong_role"))
        return agent

    return check_role


async def issue_token(
    store: TokenStore, agent: str, role: AgentRole, shops: Iterable[str] | None, now: datetime
) -> str:
    """Issues a token; only its hash is stored, so it cannot be shown again."""
    token = generate_token()
    await store.add_token(_make_agent_token(token, agent, role, shops, now))
    return token


async def revoke_tokens(store: TokenStore, who: str, now: datetime) -> Sequence[AgentToken]:
    """Revokes this agent's valid tokens, or the one whose hash has this prefix; NotFoundError if there is none."""
    living = [token for token in await store.list_tokens() if token.revoked_at is None]
    found = [token for token in living if token.agent == who] or [
        token
        for token in living
        if len(who) >= 8 and token.token_hash.startswith(who)  # noqa: PLR2004 - shorter is too easily mistyped
    ]
    if not found:
        raise NotFoundError(error_sentence("no_token_of", who=who))
    for token in found:
        await store.revoke_token(token.token_hash, now)
    return found


async def ensure_demo_token(store: TokenStore, state_dir: Path, now: datetime) -> str:
    """Keeps one token for demos in the state folder, readable by its owner only."""
    place = state_dir / AGENT_TOKEN_FILE
    if place.exists() and await _is_token_valid(store, token := place.read_text(encoding="utf-8").strip()):
        return token
    token = await issue_token(store, DEMO_AGENT, AgentRole.ADMIN, None, now)
    write_private_file(place, token)
    return token


def parse_fixed_tokens(setting: str, now: datetime) -> tuple[AgentToken, ...]:
    """Parses XIAOER_AGENT_TOKENS: `name:role:shops:token`, separated by commas; shops are `*` or ids joined by `|`.

    Raises ValueError, which names a malformed entry's position and never its token.
    """
    entries = [entry.strip() for entry in setting.split(",") if entry.strip()]
    return tuple(_parse_fixed_token(entry, place, now) for place, entry in enumerate(entries, 1))


def _parse_fixed_token(entry: str, place: int, now: datetime) -> AgentToken:
    try:
        agent, role, shops, token = entry.split(":", 3)
        return _make_agent_token(token, agent, AgentRole(role), None if shops == EVERY_SHOP else shops.split("|"), now)
    except ValueError:
        raise ValueError(error_sentence("fixed_token_malformed", place=place)) from None


def _make_agent_token(
    token: str, agent: str, role: AgentRole, shops: Iterable[str] | None, now: datetime
) -> AgentToken:
    return AgentToken(hash_token(token), agent, role, None if shops is None else frozenset(shops), now)


async def _is_token_valid(store: TokenStore, token: str) -> bool:
    found = await store.find_token(hash_token(token))
    return found is not None and found.revoked_at is None
