"""Who is asked how they were served, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.message import ConversationKey
from app.errors import NotFoundError
from handoff.ratings import Inviter, InvitingShop, invitation_text
from tests.handoff.builders import MORNING, a_ticket

MINUTE = timedelta(minutes=1)
SHOP = InvitingShop("demo", 2 * MINUTE, "满意吗", timedelta(hours=24), ZoneInfo("Asia/Shanghai"))


class Store:
    """Remembers what it was asked."""

    def __init__(self, *tickets) -> None:
        self.tickets = tickets
        self.looked: list[tuple[datetime, datetime, datetime]] = []
        self.invited: list[tuple[str, str, datetime]] = []

    async def find_uninvited(self, shop, since, until, not_since):
        self.looked.append((since, until, not_since))
        return self.tickets

    async def invite(self, ticket_id, invitation, now):
        self.invited.append((ticket_id, invitation.text, invitation.until))
        return True


class Rules:
    """These shops ask."""

    def __init__(self, *shops: InvitingShop) -> None:
        self.shops = shops

    def list_inviting(self):
        return self.shops


def an_inviter(store: Store, *shops: InvitingShop) -> Inviter:
    def reaches(key: ConversationKey) -> bool:
        return key.conversation != "c-mute"

    return Inviter(store, Rules(*shops), lambda: "i-1", reaches)


async def test_who_can_be_reached_is_asked_after_the_delay():
    store = Store(a_ticket("t-1"), a_ticket("mute"))

    asked = await an_inviter(store, SHOP).invite_due(MORNING)

    assert asked == 1
    assert store.invited == [("t-1", "满意吗", MORNING + timedelta(hours=24))]
    since, until, _ = store.looked[0]
    assert until == MORNING - 2 * MINUTE
    assert since < until


@pytest.mark.parametrize("error", [NotFoundError("gone"), ValueError("a fault of ours")])
async def test_one_who_cannot_be_asked_keeps_nobody_else_from_being_asked(error):
    class Failing(Store):
        async def invite(self, ticket_id, invitation, now):
            if ticket_id == "t-1":
                raise error
            return await super().invite(ticket_id, invitation, now)

    store = Failing(a_ticket("t-1"), a_ticket("t-2"))

    assert await an_inviter(store, SHOP).invite_due(MORNING) == 1
    assert [ticket for ticket, _, _ in store.invited] == ["t-2"]


async def test_a_day_begins_at_the_shops_own_midnight():
    store = Store()

    await an_inviter(store, SHOP).invite_due(MORNING)

    assert store.looked[0][2].astimezone(UTC) == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)


async def test_a_shop_that_does_not_ask_costs_no_look():
    store = Store(a_ticket("t-1"))

    assert await an_inviter(store).invite_due(MORNING) == 0
    assert store.looked == []


def test_a_shop_has_its_own_words_or_ours():
    assert invitation_text("{address}，打个分吧", "您") == "您，打个分吧"
    assert "1–5" in invitation_text("", "亲")
