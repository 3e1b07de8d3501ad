"""Agents: their roles, the shops they serve, and their tokens."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from app.errors import ForbiddenError, error_sentence

TOKEN_PREFIX = "xat_"  # noqa: S105 - marks our tokens for secret scanners; it is not one
TOKEN_BYTES = 32


class AgentRole(StrEnum):
    """The roles of agents, each with the rights of the one before."""

    AGENT = "agent"  # works tickets in their shops
    SUPERVISOR = "supervisor"  # also tickets that others hold
    ADMIN = "admin"  # also sees traces of every shop and manages tokens


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent; `shops=None` means every shop."""

    id: str
    role: AgentRole
    shops: frozenset[str] | None = None

    def serves_shop(self, shop: str) -> bool:
        """Whether the agent serves the shop."""
        return self.shops is None or shop in self.shops

    def visible_shops(self, wanted: frozenset[str] | None) -> frozenset[str] | None:
        """The shops to show for a request (None: any shop); ForbiddenError for one the agent does not serve."""
        if wanted is None:
            return self.shops
        if foreign := sorted(shop for shop in wanted if not self.serves_shop(shop)):
            raise ForbiddenError(error_sentence("foreign_shops", shops="、".join(foreign)))
        return wanted

    @property
    def is_lead(self) -> bool:
        """Whether the agent may act on tickets that others hold."""
        return self.role is not AgentRole.AGENT


@dataclass(frozen=True, slots=True)
class AgentToken:
    """A stored token, by its hash."""

    token_hash: str
    agent: str
    role: AgentRole
    shops: frozenset[str] | None
    created_at: datetime
    revoked_at: datetime | None = None

    def to_agent(self) -> Agent:
        """The agent with this token."""
        return Agent(self.agent, self.role, self.shops)


class TokenStore(Protocol):
    """Stores tokens."""

    async def add_token(self, token: AgentToken) -> None:
        """Adds a token; ConflictError when its hash exists."""

    async def find_token(self, token_hash: str) -> AgentToken | None:
        """The token with this hash, revoked or not."""

    async def list_tokens(self) -> Sequence[AgentToken]:
        """All tokens, oldest first."""

    async def revoke_token(self, token_hash: str, now: datetime) -> bool:
        """Revokes the token; returns whether there was one."""


def generate_token() -> str:
    """A fresh token of 256 random bits: shown once, stored only as its hash."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """SHA-256 in hex. The token is random, so a slow hash would protect nothing more."""
    return sha256(token.encode()).hexdigest()
