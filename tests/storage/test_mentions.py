"""Colleagues named in notes: told once with the note, unread until they look, and gone with the ticket."""

from datetime import timedelta

from app.domain.events import MentionMade, MentionSeen, TicketNoted
from app.domain.ticket import TicketEntry
from app.storage.store import Store
from tests.storage.builders import NOW
from tests.storage.test_events import Recorder, store_with
from tests.storage.test_waiting import SECOND, ticket_of, write

NOTE = TicketEntry("note:n-1", NOW, "lan", TicketNoted.kind, "@青 看下")


async def found(store: Store, agent: str = "qing", *, unread: bool = False) -> tuple[list[str], int]:
    page = await store.mentions.find(agent, None, unread=unread, limit=20, cursor=None)
    return [each.text for each in page.mentions], page.unread


async def test_a_note_tells_each_once_and_stays_unread_until_they_look(database_url: str) -> None:
    recorder = Recorder()
    async with store_with(database_url, recorder) as store:
        await write(store, 0)
        for _ in range(2):  # the first answer was lost on the way
            await store.add_note("t-1", NOTE, ("qing", "zhu"))
        ticket = await ticket_of(store)
        unread = await found(store, unread=True)
        for _ in range(2):
            await store.mentions.mark_seen(ticket, "qing", NOW + SECOND)

        assert unread == (["@青 看下"], 1)
        assert (await found(store), await found(store, unread=True)) == ((["@青 看下"], 0), ([], 0))
        assert await found(store, "zhu") == (["@青 看下"], 1)
        one = await store.mentions.get("t-1~note:n-1~qing")
        assert one is not None
        assert (one.by, one.ticket_id, one.note_id, one.seen_at) == ("lan", "t-1", "note:n-1", NOW + SECOND)
    made = [event.mention.agent for event in recorder.events if isinstance(event, MentionMade)]
    assert (made, [event.mention.agent for event in recorder.events if isinstance(event, MentionSeen)]) == (
        ["qing", "zhu"],
        ["qing"],
    )


async def test_they_are_listed_latest_first_in_pages_and_by_shop(store: Store) -> None:
    await write(store, 0)
    for at in range(3):
        note = TicketEntry(f"note:n-{at}", NOW + at * SECOND, "lan", TicketNoted.kind, f"@青 {at}")
        await store.add_note("t-1", note, ("qing",))

    first = await store.mentions.find("qing", frozenset({"demo"}), unread=True, limit=2, cursor=None)
    last = await store.mentions.find("qing", None, unread=False, limit=2, cursor=first.next_cursor)
    elsewhere = await store.mentions.find("qing", frozenset({"other"}), unread=False, limit=2, cursor=None)

    assert ([each.text for each in (*first.mentions, *last.mentions)], first.unread) == (["@青 2", "@青 1", "@青 0"], 3)
    assert (last.next_cursor, elsewhere.mentions, elsewhere.unread) == (None, (), 0)


async def test_they_go_with_the_buyer_and_with_the_ticket(store: Store) -> None:
    await write(store, 0)
    await store.add_note("t-1", NOTE, ("qing",))
    await store.erase_buyer("demo", "buyer-1")
    erased = await found(store)

    await write(store, 0)
    await store.add_note("t-1", NOTE, ("qing",))
    await store.expire_unclaimed(NOW + timedelta(days=999))

    assert (erased, await found(store)) == (([], 0), ([], 0))
