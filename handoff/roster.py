"""Who works at the desk: names, groups, state and capacity of agents, and how much each has in hand."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.domain.handoff import Group
from app.domain.ticket import Ticket
from app.errors import ConflictError, NotFoundError, error_sentence
from handoff.agents import Agent, AgentRole, AgentToken

GONE_AFTER = timedelta(minutes=3)
"""A lost connection keeps its place for so long."""
ROLE_ORDER = tuple(AgentRole)


class AgentStatus(StrEnum):
    """What an agent says of themselves."""

    ONLINE = "online"  # 在线
    AWAY = "away"  # 小休
    OFFLINE = "offline"  # 离线


@dataclass(frozen=True, slots=True)
class DeskProfile:
    """What is kept of an agent.

    Attributes:
        name: for colleagues; empty: their id.
        groups: whose tickets they are given; empty: every group's.
        status: what they chose.
        capacity: how many tickets they have in hand at most before they are given no more; None: no limit.
        seen_at: when a connection of theirs was last open; None: never.
    """

    agent: str
    name: str = ""
    groups: frozenset[Group] = frozenset()
    status: AgentStatus = AgentStatus.OFFLINE
    capacity: int | None = None
    seen_at: datetime | None = None

    def status_at(self, now: datetime) -> AgentStatus:
        """Their state, offline when they are gone."""
        here = self.seen_at is not None and self.seen_at >= now - GONE_AFTER
        return self.status if here else AgentStatus.OFFLINE


@dataclass(frozen=True, slots=True)
class DeskLoad:
    """How many tickets an agent has in hand, without those put aside, and how many of these answer too late."""

    held: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent as colleagues see them, `status` as it is now; `shops=None` means every shop."""

    profile: DeskProfile
    status: AgentStatus
    role: AgentRole
    shops: frozenset[str] | None
    load: DeskLoad = DeskLoad()

    def serves_shop(self, shop: str) -> bool:
        """Whether they serve the shop."""
        return self.shops is None or shop in self.shops

    def is_known_to(self, agent: Agent) -> bool:
        """Whether that agent is the same or serves a shop of theirs."""
        if agent.id == self.profile.agent or agent.shops is None or self.shops is None:
            return True
        return bool(agent.shops & self.shops)


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What to change of a profile; None leaves it. `capacity=0` lifts the limit.

    `release` puts the tickets of somebody who goes offline back into the queue.
    """

    name: str | None = None
    groups: frozenset[Group] | None = None
    status: AgentStatus | None = None
    capacity: int | None = None
    release: bool = False

    def apply(self, profile: DeskProfile) -> DeskProfile:
        """The profile afterwards."""
        return replace(
            profile,
            name=profile.name if self.name is None else self.name,
            groups=profile.groups if self.groups is None else self.groups,
            status=profile.status if self.status is None else self.status,
            capacity=profile.capacity if self.capacity is None else (self.capacity or None),
        )


class OpenTicketsError(ConflictError):
    """Whoever goes offline has tickets in hand; nothing was changed."""

    slug = "open-tickets"
    title = "Tickets still in hand"

    def __init__(self, detail: str, tickets: Sequence[Ticket] = ()) -> None:
        super().__init__(detail)
        self.tickets = tuple(tickets)


class CapacityReachedError(ConflictError):
    """Whoever asks for the next ticket has as many in hand as they may."""

    slug = "capacity-reached"
    title = "Capacity reached"


class RosterStore(Protocol):
    """Keeps profiles; one is made when an agent first connects or is first described."""

    async def find_profile(self, agent: str) -> DeskProfile | None:
        """One, or None."""

    async def list_profiles(self) -> Sequence[DeskProfile]:
        """All."""

    async def save_profile(self, agent: str, change: ProfileChange, now: datetime) -> DeskProfile:
        """Change a profile, or make it."""

    async def mark_present(self, agents: Sequence[str], now: datetime) -> None:
        """These are connected now; one who never was is online."""

    async def count_loads(self, agents: Sequence[str] | None, now: datetime) -> dict[str, DeskLoad]:
        """What agents have in hand; those with nothing are left out."""

    async def list_held(self, agent: str) -> Sequence[Ticket]:
        """The open tickets an agent holds, the first to answer first."""

    async def release_held(self, agent: str, by: str, now: datetime) -> int:
        """Put them all back into the queue; how many."""


class Roster:
    """Reads and changes who is at the desk. `list_tokens` gives those that are valid."""

    def __init__(
        self,
        store: RosterStore,
        list_tokens: Callable[[], Awaitable[Sequence[AgentToken]]],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._list_tokens = list_tokens
        self._clock = clock

    async def list_colleagues(self, agent: Agent) -> list[Colleague]:
        """Everybody who serves a shop of this agent's, by id."""
        known = {profile.agent: profile for profile in await self._store.list_profiles()}
        now = self._clock()
        loads = await self._store.count_loads(None, now)
        found = [
            replace(_describe(known.get(name, DeskProfile(name)), tokens, now), load=loads.get(name, DeskLoad()))
            for name, tokens in sorted((await self._group_tokens()).items())
        ]
        return [each for each in found if each.is_known_to(agent)]

    async def find_colleague(self, agent: Agent, name: str) -> Colleague:
        """One of them; NotFoundError for anybody else."""
        found = await self.find_anybody(name)
        if found is None or not found.is_known_to(agent):
            raise NotFoundError(error_sentence("unknown_agent", agent=name))
        return found

    async def find_anybody(self, name: str) -> Colleague | None:
        """Whoever has a valid token, or None."""
        tokens = (await self._group_tokens()).get(name)
        if not tokens:
            return None
        now = self._clock()
        profile = await self._store.find_profile(name) or DeskProfile(name)
        load = (await self._store.count_loads([name], now)).get(name, DeskLoad())
        return replace(_describe(profile, tokens, now), load=load)

    async def leads_shop(self, name: str, shop: str) -> bool:
        """Whether they may act for others in the shop now, by any of their tokens."""
        agents = [token.to_agent() for token in (await self._group_tokens()).get(name, ())]
        return any(agent.is_lead and agent.serves_shop(shop) for agent in agents)

    async def name_agents(self) -> Mapping[str, str]:
        """The names of all who have one, by id, whether they still work here or not."""
        return {each.agent: each.name for each in await self._store.list_profiles() if each.name}

    async def note_present(self, agents: Collection[str]) -> None:
        """These are connected now."""
        await self._store.mark_present(sorted(agents), self._clock())

    async def change_profile(self, agent: Agent, name: str, change: ProfileChange) -> Colleague:
        """Their own, or for supervisors a colleague's; OpenTicketsError for going offline with tickets in hand."""
        await self.find_colleague(agent, name)
        now = self._clock()
        leaves = change.status is AgentStatus.OFFLINE
        if leaves and not change.release and (held := await self._store.list_held(name)):
            raise OpenTicketsError(error_sentence("open_tickets", count=len(held)), held)
        if name == agent.id:
            await self._store.mark_present([name], now)
        if leaves:
            await self._store.release_held(name, agent.id, now)
        await self._store.save_profile(name, change, now)
        return await self.find_colleague(agent, name)

    async def groups_of(self, agent: Agent) -> frozenset[Group]:
        """Whose tickets the agent is given, empty for every group's; CapacityReachedError when they have enough."""
        profile = await self._store.find_profile(agent.id)
        if profile is None:
            return frozenset()
        if profile.capacity is not None:
            load = (await self._store.count_loads([agent.id], self._clock())).get(agent.id, DeskLoad())
            if load.held >= profile.capacity:
                raise CapacityReachedError(
                    error_sentence("capacity_reached", load=load.held, capacity=profile.capacity)
                )
        return profile.groups

    async def _group_tokens(self) -> dict[str, list[AgentToken]]:
        grouped: dict[str, list[AgentToken]] = {}
        for token in await self._list_tokens():
            grouped.setdefault(token.agent, []).append(token)
        return grouped


def _describe(profile: DeskProfile, tokens: Sequence[AgentToken], now: datetime) -> Colleague:
    """What they may do with any of their tokens."""
    role = max((token.role for token in tokens), key=ROLE_ORDER.index)
    shops: frozenset[str] | None = frozenset()
    for token in tokens:
        shops = None if shops is None or token.shops is None else shops | token.shops
    return Colleague(profile, profile.status_at(now), role, shops)
