"""Notes that name colleagues: whom an @ means, and what each person has been named in."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.domain.handoff import Group
from app.domain.mention import Mention
from app.domain.ticket import Ticket
from handoff.agents import Agent
from handoff.roster import Colleague

SIGNS = "@＠"
WORD_SIGNS = "_-"


class Colleagues(Protocol):
    """Who is at the desk."""

    async def list_colleagues(self, agent: Agent) -> Sequence[Colleague]:
        """Everybody who serves a shop of this agent's."""


class GroupTitles(Protocol):
    """What shops call their groups."""

    def group_title(self, shop: str, group: Group) -> str | None:
        """The group's name; None when the shop has no such group."""


@dataclass(frozen=True, slots=True)
class MentionPage:
    """A page of what somebody was named in, the latest first; `unread` counts them all."""

    mentions: tuple[Mention, ...]
    next_cursor: str | None
    unread: int


class MentionStore(Protocol):
    """Keeps them; they are written with their note."""

    async def find(
        self, agent: str, shops: frozenset[str] | None, *, unread: bool, limit: int, cursor: str | None
    ) -> MentionPage:
        """One page of an agent's; MalformedError for a cursor that is not ours."""

    async def mark_seen(self, ticket: Ticket, agent: str, now: datetime) -> None:
        """They saw all that they were named in on this ticket."""


class TicketFinder(Protocol):
    """Finds tickets."""

    async def find_visible(self, agent: Agent, ticket_id: str) -> Ticket:
        """The ticket, when the agent may see it."""


class MentionReader:
    """Reads whom a note names: colleagues of the ticket's shop by id or name, or all who take a group's tickets."""

    def __init__(self, colleagues: Colleagues, groups: GroupTitles) -> None:
        self._colleagues = colleagues
        self._groups = groups

    async def list_named(self, agent: Agent, shop: str, text: str) -> tuple[str, ...]:
        """The ids of those named, without the writer."""
        if not any(sign in text for sign in SIGNS):
            return ()
        serving = [each for each in await self._colleagues.list_colleagues(agent) if each.serves_shop(shop)]
        return tuple(sorted(find_named(text, self._list_names(shop, serving)) - {agent.id}))

    def _list_names(self, shop: str, serving: Sequence[Colleague]) -> dict[str, frozenset[str]]:
        named: dict[str, frozenset[str]] = {}
        for group in Group:
            if title := self._groups.group_title(shop, group):
                members = (each.profile for each in serving)
                takers = frozenset(each.agent for each in members if not each.groups or group in each.groups)
                named |= {title: takers, group.value: takers}
        own = ((name, each.profile.agent) for each in serving for name in (each.profile.agent, each.profile.name))
        people: defaultdict[str, set[str]] = defaultdict(set)
        for name, agent in own:
            if name:
                people[name].add(agent)
        return named | {name: frozenset(agents) for name, agents in people.items()}  # a person is meant before a group


class MentionDesk:
    """What each person was named in."""

    def __init__(self, tickets: TicketFinder, store: MentionStore, clock: Callable[[], datetime]) -> None:
        self._tickets = tickets
        self._store = store
        self._clock = clock

    async def list_own(self, agent: Agent, *, unread: bool, limit: int, cursor: str | None) -> MentionPage:
        """The agent's, in the shops they serve."""
        shops = agent.visible_shops(None)
        return await self._store.find(agent.id, shops, unread=unread, limit=limit, cursor=cursor)

    async def mark_seen(self, agent: Agent, ticket_id: str) -> None:
        """The agent saw what they were named in on this ticket."""
        ticket = await self._tickets.find_visible(agent, ticket_id)
        await self._store.mark_seen(ticket, agent.id, self._clock())


def find_named(text: str, names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Whom the names after an @ mean: the longest name that stands there; anything else after one is plain text.

    Names are not told apart by their case. A name in Latin letters ends with its word, and an @ within such a word, as
    in an address, names nobody.
    """
    told = text.lower()
    lowered: dict[str, frozenset[str]] = {}
    for name, agents in names.items():
        lowered[name.lower()] = lowered.get(name.lower(), frozenset()) | agents
    longest_first = sorted(lowered, key=len, reverse=True)
    found: frozenset[str] = frozenset()
    for place, sign in enumerate(told):
        if sign in SIGNS and not _is_of_word(told[max(place - 1, 0) : place]):
            after = told[place + 1 :]
            found |= next((lowered[name] for name in longest_first if _begins_with(after, name)), frozenset())
    return found


def _begins_with(text: str, name: str) -> bool:
    """Whether the text begins with this name, and not with a longer word in Latin letters."""
    return text.startswith(name) and not (_is_of_word(name[-1]) and _is_of_word(text[len(name) : len(name) + 1]))


def _is_of_word(sign: str) -> bool:
    return sign.isascii() and (sign.isalnum() or (bool(sign) and sign in WORD_SIGNS))
