"""The people who work the queue: roles, the shops they serve, and the tokens their software shows."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from app.errors import ForbiddenError

TOKEN_PREFIX = "xat_"  # noqa: S105 - marks our tokens for secret scanners; it is not one
TOKEN_BYTES = 32


class AgentRole(StrEnum):
    """What a person may do: each role may do what the one before may."""

    AGENT = "agent"  # works tickets in their shops
    SUPERVISOR = "supervisor"  # also those that others hold
    ADMIN = "admin"  # also sees traces of every shop and manages tokens


@dataclass(frozen=True, slots=True)
class Agent:
    """A person at work; `shops=None` means every shop."""

    id: str
    role: AgentRole
    shops: frozenset[str] | None = None

    def serves_shop(self, shop: str) -> bool:
        """Whether this person works for the shop."""
        return self.shops is None or shop in self.shops

    def visible_shops(self, wanted: frozenset[str] | None) -> frozenset[str] | None:
        """The shops to show when these were asked for, None meaning any; ForbiddenError when one is not theirs."""
        if wanted is None:
            return self.shops
        if foreign := sorted(shop for shop in wanted if not self.serves_shop(shop)):
            raise ForbiddenError(f"您没有店铺 {'、'.join(foreign)} 的权限")
        return wanted

    @property
    def is_lead(self) -> bool:
        """Whether this person may act on what others hold."""
        return self.role is not AgentRole.AGENT


@dataclass(frozen=True, slots=True)
class AgentToken:
    """A token as it is stored: its hash, never itself."""

    token_hash: str
    agent: str
    role: AgentRole
    shops: frozenset[str] | None
    created_at: datetime
    revoked_at: datetime | None = None

    def to_agent(self) -> Agent:
        """Who shows this token."""
        return Agent(self.agent, self.role, self.shops)


class TokenStore(Protocol):
    """Where tokens are kept."""

    async def add_token(self, token: AgentToken) -> None:
        """Keep a new token; ConflictError when its hash is known."""

    async def find_token(self, token_hash: str) -> AgentToken | None:
        """The token with this hash, revoked or not."""

    async def list_tokens(self) -> Sequence[AgentToken]:
        """All of them, oldest first."""

    async def revoke_token(self, token_hash: str, now: datetime) -> bool:
        """Whether there was one to revoke."""


def generate_token() -> str:
    """A fresh token of 256 random bits: shown once, stored only as its hash."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """SHA-256 in hex. The token is random, so a slow hash would protect nothing more."""
    return sha256(token.encode()).hexdigest()
