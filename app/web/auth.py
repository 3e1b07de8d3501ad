"""Authentication of agents: bearer tokens, stored as hashes, with a role and the shops they serve."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hmac import compare_digest
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from app.errors import ForbiddenError, NotFoundError, UnauthenticatedError, error_sentence
from app.settings import AGENT_TOKEN_FILE, write_private_file
from handoff.agents import Agent, AgentRole, AgentToken, TokenStore, generate_token, hash_token
from handoff.sessions import SessionKeeper

bearer = HTTPBearer(auto_error=False, scheme_name="agent", description="客服令牌，由 `xiaoer tokens add` 签发")
SESSION_COOKIE = "__Host-xiaoer"
SAFE_METHODS = frozenset({"GET", "HEAD"})
cookie = APIKeyCookie(
    name=SESSION_COOKIE,
    auto_error=False,
    scheme_name="session",
    description="浏览器登录后的 cookie，见 POST /v1/session",
)
SessionSecret = Annotated[str | None, Depends(cookie)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]

DEMO_AGENT = "demo"
EVERY_SHOP = "*"
LONGEST_TOKEN = 256


class AgentAuthenticator:
    """A FastAPI dependency that returns the agent of a valid bearer token, or of a browser's session."""

    def __init__(
        self, tokens: TokenStore, fixed: Iterable[AgentToken] = (), sessions: SessionKeeper | None = None
    ) -> None:
        self._tokens = tokens
        self._fixed = tuple(fixed)
        self._sessions = sessions

    async def __call__(self, request: Request, credentials: Credentials, session: SessionSecret = None) -> Agent:
        """The calling agent; raises UnauthenticatedError, and ForbiddenError for another site's use of a session."""
        if credentials is None and session and request.method not in SAFE_METHODS:
            require_same_origin(request)
        return await self.authenticate(credentials, session)

    async def authenticate(self, credentials: HTTPAuthorizationCredentials | None, session: str | None) -> Agent:
        """The agent of a token, or else of a session; raises UnauthenticatedError."""
        if credentials is not None:
            return await self.authenticate_token(credentials.credentials)
        if session and self._sessions:
            return await self._authenticate_session(session, self._sessions)
        raise UnauthenticatedError(error_sentence("bearer_missing"))

    async def authenticate_token(self, token: str) -> Agent:
        """The agent of this token; raises UnauthenticatedError for an unknown or revoked one."""
        found = await self.find_valid_token(self.hash_of(token))
        if found is None:
            raise UnauthenticatedError(error_sentence("token_invalid"))
        return found.to_agent()

    def hash_of(self, token: str) -> str:
        """The hash of a token, empty for what cannot be one."""
        return hash_token(token) if 0 < len(token) <= LONGEST_TOKEN else ""

    async def find_valid_token(self, shown: str) -> AgentToken | None:
        """The token with this hash, unless it was revoked."""
        if not shown:
            return None
        found = self._find_fixed_token(shown) or await self._tokens.find_token(shown)
        if found is None or found.revoked_at is not None or not compare_digest(found.token_hash, shown):
            return None
        return found

    async def _authenticate_session(self, secret: str, sessions: SessionKeeper) -> Agent:
        """The agent of this session, with what their token may do now."""
        token_hash = await sessions.find_session(secret) if len(secret) <= LONGEST_TOKEN else None
        found = await self.find_valid_token(token_hash) if token_hash else None
        if found is None:
            raise UnauthenticatedError(error_sentence("session_invalid"))
        return found.to_agent()

    def _find_fixed_token(self, shown: str) -> AgentToken | None:
        return next((token for token in self._fixed if compare_digest(token.token_hash, shown)), None)


def require_same_origin(request: Request) -> None:
    """Refuse what another site's page sends along with our cookie; raises ForbiddenError.

    Browsers say where a request comes from; what says nothing is no browser's, and shows a token.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        own = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", ""))
        own = bool(origin.netloc) and origin.netloc == request.headers.get("host")
    if not own:
        raise ForbiddenError(error_sentence("foreign_origin"))


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
    living = await _list_living_tokens(store)
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


async def issue_sign_in_code(tokens: TokenStore, sessions: SessionKeeper, agent: str) -> str:
    """A code that signs this agent's browser in, once, as their newest valid token; NotFoundError without one."""
    own = [token for token in await _list_living_tokens(tokens) if token.agent == agent]
    if not own:
        raise NotFoundError(error_sentence("no_token_of", who=agent))
    return await sessions.issue_code(own[-1].token_hash)


async def _list_living_tokens(store: TokenStore) -> list[AgentToken]:
    return [token for token in await store.list_tokens() if token.revoked_at is None]


async def list_valid_tokens(store: TokenStore, fixed: Sequence[AgentToken] = ()) -> list[AgentToken]:
    """Every token that opens something now."""
    return [*fixed, *await _list_living_tokens(store)]


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
