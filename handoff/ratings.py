"""Ratings (满意度): who was served is asked how, once a ticket and a day, and what they say is kept on the ticket."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from app.domain.message import ConversationKey
from app.domain.ticket import Ticket
from app.errors import NotFoundError, StorageUnavailableError
from handoff.phrases import handoff_phrases

log = structlog.get_logger()
LATEST_INVITATION = timedelta(hours=1)
"""Whom nobody could ask by then, because a person or a question of ours was in the way, is not asked any more."""


@dataclass(frozen=True, slots=True)
class InvitingShop:
    """A shop that asks its buyers.

    Attributes:
        delay: after a ticket has ended.
        text: what is asked.
        open_for: how long an answer is understood.
        zone: by whose midnights a day is counted.
    """

    shop: str
    delay: timedelta
    text: str
    open_for: timedelta
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Invitation:
    """The line that asks, and until when an answer is understood; `not_since`: no other was asked since then."""

    line_id: str
    text: str
    until: datetime
    not_since: datetime


class InvitingRules(Protocol):
    """What shops say about asking."""

    def list_inviting(self) -> Sequence[InvitingShop]:
        """The open shops that ask."""


class RatingStore(Protocol):
    """Keeps who was asked and what they said; each change is one transaction."""

    async def find_uninvited(
        self, shop: str, since: datetime, until: datetime, not_since: datetime
    ) -> Sequence[Ticket]:
        """Tickets that a person answered and resolved in that time, whose buyers nobody asked since `not_since`."""

    async def invite(self, ticket_id: str, invitation: Invitation, now: datetime) -> bool:
        """Ask; False where the ticket or the conversation has moved on, or the buyer was asked already."""

    async def rate(
        self, ticket_id: str, score: int, words: str, by: str, now: datetime, *, follow_up: str = ""
    ) -> Ticket:
        """Keep what a platform tells; the last it tells holds. `follow_up`: what its holder is reminded of."""


class Inviter:
    """Asks, some time after a ticket has ended, while the bot or nobody has the conversation."""

    def __init__(
        self,
        store: RatingStore,
        rules: InvitingRules,
        new_id: Callable[[], str],
        reaches_buyer: Callable[[ConversationKey], bool],
    ) -> None:
        self._store = store
        self._rules = rules
        self._new_id = new_id
        self._reaches_buyer = reaches_buyer

    async def invite_due(self, now: datetime) -> int:
        """Ask everybody whose time has come; how many were asked."""
        return sum([await self._invite_of_shop(shop, now) for shop in self._rules.list_inviting()])

    async def _invite_of_shop(self, shop: InvitingShop, now: datetime) -> int:
        today = now.astimezone(shop.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        until = now - shop.delay
        found = await self._store.find_uninvited(shop.shop, until - LATEST_INVITATION, until, today)
        asked = 0
        for ticket in (each for each in found if self._reaches_buyer(each.key)):
            invitation = Invitation(self._new_id(), shop.text, now + shop.open_for, today)
            try:
                asked += await self._store.invite(ticket.id, invitation, now)
            except StorageUnavailableError:
                raise
            except NotFoundError:
                continue  # it was deleted meanwhile
            except Exception:
                log.exception("a buyer could not be asked for a rating", ticket=ticket.id)  # the others are
        return asked


def describe_follow_up(score: int, words: str, highest: int) -> str:
    """What somebody has to come back to after such a rating; empty for a score above the highest that has it."""
    if score > highest:
        return ""
    said = handoff_phrases().csat["follow_up" if words else "follow_up_bare"]
    return said.format(score=score, words=words)


def invitation_text(own: str, address: str) -> str:
    """What a shop asks: its own words or ours."""
    return (own or handoff_phrases().csat["invitation"]).replace("{address}", address)
