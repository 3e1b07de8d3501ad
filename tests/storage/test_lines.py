"""Lines stand in our own order, are read page by page without a gap, and keep their ids."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.conversation import Conversation, Owner
from app.domain.message import ConversationKey
from app.domain.ticket import Ticket, TranscriptLine
from app.errors import MalformedError, ReusedIdError
from app.storage.store import Store
from handoff.ports import AgentLine, NewerLinesError
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn, handed_off

OTHER = ConversationKey("demo", "http", "c-2")
SECOND = timedelta(seconds=1)


async def _turn(store: Store, message_id: str, *, at: datetime = NOW, sent_at: datetime | None = None) -> None:
    message = a_message(message_id, f"问{message_id}", sent_at=sent_at or at, received_at=at)
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    await store.commit(a_turn(message, found, at=at + SECOND))


async def _page_through(store: Store, since: str | datetime | None, limit: int) -> list[TranscriptLine]:
    seen: list[TranscriptLine] = []
    while True:
        page = await store.load_line_page(KEY, since, limit)
        seen += page.lines
        since = page.cursor
        if not page.more:
            return seen


def _ids(lines: Sequence[TranscriptLine]) -> list[str]:
    return [line.id for line in lines]


@pytest.mark.parametrize(
    "off", [timedelta(hours=-30), timedelta(seconds=-60), timedelta(seconds=60), timedelta(days=900)]
)
async def test_a_platforms_clock_moves_no_line(store: Store, off: timedelta) -> None:
    for number in range(3):
        at = NOW + number * 10 * SECOND
        await _turn(store, f"m-{number}", at=at, sent_at=at + off * (number % 2))

    lines = await store.load_transcript(a_ticket(), limit=10)

    assert _ids(lines) == ["m-0", "reply-m-0", "m-1", "reply-m-1", "m-2", "reply-m-2"]
    assert [line.at for line in lines] == sorted(line.at for line in lines)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_after_a_cursor_join_without_gap(store: Store, limit: int) -> None:
    await _turn(store, "first")
    start = (await store.load_line_page(KEY, None, 100)).cursor
    for number in range(4):
        await _turn(store, f"m-{number}")  # all of them at one moment

    seen = await _page_through(store, start, limit)

    assert _ids(seen) == [f"{kind}m-{number}" for number in range(4) for kind in ("", "reply-")]


async def test_a_cursor_at_the_end_waits_for_what_comes_by_whatever_clock(store: Store) -> None:
    await _turn(store, "m-1", at=NOW + timedelta(hours=1))
    end = (await store.load_line_page(KEY, None, 100)).cursor
    empty = await store.load_line_page(KEY, end, 100)

    await store.record_platform_line(KEY, AgentLine("p-1", "小李", "我来了"), NOW)

    later = await store.load_line_page(KEY, empty.cursor, 100)
    assert (empty.lines, _ids(later.lines)) == ((), ["p-1"])


async def test_a_page_after_a_lines_time_begins_behind_that_line(store: Store) -> None:
    await _turn(store, "m-1", at=NOW + timedelta(hours=1))
    last = (await store.load_line_page(KEY, None, 100)).lines[-1]
    await store.record_platform_line(KEY, AgentLine("p-1", "小李", "我来了"), NOW)

    page = await store.load_line_page(KEY, last.at, 100)

    assert _ids(page.lines) == ["p-1"]


async def test_a_page_after_any_time_begins_with_the_first_later_line(store: Store) -> None:
    await _turn(store, "m-1", at=NOW)
    await _turn(store, "m-2", at=NOW + timedelta(hours=1))

    page = await store.load_line_page(KEY, NOW + timedelta(minutes=30), 100)
    nothing = await store.load_line_page(KEY, datetime(9999, 12, 31, tzinfo=UTC), 100)

    assert _ids(page.lines) == ["m-2", "reply-m-2"]
    assert nothing.lines == ()


async def test_a_cursor_of_a_conversation_that_was_deleted_begins_again(store: Store) -> None:
    for number in range(5):
        await _turn(store, f"m-{number}")
    end = (await store.load_line_page(KEY, None, 100)).cursor
    await store.erase_buyer("demo", "buyer-1")
    await _turn(store, "again")

    page = await store.load_line_page(KEY, end, 100)

    assert _ids(page.lines) == ["again", "reply-again"]


async def test_a_message_that_waits_is_told_once_its_turn_is_made(store: Store) -> None:
    await _turn(store, "m-1")
    start = (await store.load_line_page(KEY, None, 100)).cursor
    await store.accept_message(a_message("m-2", "后来"))
    waiting = await store.load_line_page(KEY, start, 100)
    transcript = await store.load_transcript(a_ticket(), limit=1)

    await _turn_over_waiting(store)

    told = await store.load_line_page(KEY, waiting.cursor, 100)
    assert (_ids(waiting.lines), _ids(transcript)) == ([], ["m-2"])
    assert _ids(told.lines) == ["m-2", "reply-m-2"]


async def _turn_over_waiting(store: Store) -> None:
    found = await store.load_conversation(KEY)
    (message,) = await store.load_pending_messages(KEY)
    assert found is not None
    await store.commit(a_turn(message, found))


@pytest.mark.parametrize("cursor", ["", "nonsense", "WzEsMl0=", "WzEsMiwzLCJhIl0", "W3RydWUsMSwxLCJhIl0="])
async def test_a_cursor_that_is_not_ours_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(MalformedError):
        await store.load_line_page(KEY, cursor, 10)


async def test_a_line_from_the_platform_keeps_its_id_for_its_conversation(store: Store) -> None:
    line = AgentLine("p-1", "小李", "我来处理")
    await store.record_platform_line(KEY, line, NOW)

    assert not await store.record_platform_line(KEY, line, NOW + SECOND)
    for key, other, done in (
        (OTHER, line, False),
        (KEY, AgentLine("p-1", "小李", "不处理了"), False),
        (KEY, AgentLine("p-1", "小王", "我来处理"), False),
        (KEY, line, True),
    ):
        with pytest.raises(ReusedIdError):
            await store.record_platform_line(key, other, NOW, done=done)


async def test_our_own_line_comes_back_with_or_without_its_words_and_as_nothing_else(store: Store) -> None:
    await _turn(store, "m-1")

    assert not await store.record_platform_line(KEY, AgentLine("reply-m-1", "店小二", " 亲，在的 "), NOW)
    assert not await store.record_platform_line(KEY, AgentLine("reply-m-1", "", ""), NOW)
    for key, text in ((KEY, "我是真人"), (OTHER, "亲，在的")):
        with pytest.raises(ReusedIdError):
            await store.record_platform_line(key, AgentLine("reply-m-1", "", text), NOW)


async def test_an_end_told_with_our_own_line_ends(store: Store) -> None:
    await _turn(store, "m-1")
    await store.record_platform_line(KEY, AgentLine("p-1", "小李", "我来处理"), NOW)

    took = await store.record_platform_line(KEY, AgentLine("reply-m-1", "小李", "亲，在的"), NOW, done=True)

    found = await store.load_conversation(KEY)
    assert took
    assert found is not None
    assert found.owner is Owner.CLOSED


async def test_an_agents_line_comes_back_as_ours(store: Store) -> None:
    message = a_message()
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    await store.commit(handed_off(a_turn(message, found), a_ticket()))
    await store.claim("t-1", "agent-1", NOW)
    await store.add_reply("t-1", "agent-1", AgentLine("t-1:r", "agent-1", "您好"), NOW)

    assert not await store.record_platform_line(KEY, AgentLine("t-1:r", "店铺账号", "您好"), NOW)


async def _claimed(store: Store) -> Ticket:
    """A ticket that agent-1 works, with the buyer's and the bot's line before it."""
    message = a_message()
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    await store.commit(handed_off(a_turn(message, found), a_ticket()))
    return await store.claim("t-1", "agent-1", NOW)


async def test_older_lines_come_page_by_page_without_gap(store: Store) -> None:
    ticket = await _claimed(store)
    for number in range(5):
        await store.add_reply("t-1", "agent-1", AgentLine(f"l-{number}", "agent-1", "在"), NOW)

    pages: list[list[str]] = []
    before: str | None = None
    while not pages or before:
        page = await store.load_older_lines(ticket, before=before, limit=3)
        pages.append(_ids(page.lines))
        before = page.cursor

    assert pages == [["l-2", "l-3", "l-4"], ["reply-m-1", "l-0", "l-1"], ["m-1"]]
    with pytest.raises(MalformedError):
        await store.load_older_lines(ticket, before="nonsense", limit=3)


async def test_a_reply_is_held_back_when_others_wrote_what_its_writer_has_not_seen(store: Store) -> None:
    await _claimed(store)
    await store.add_reply("t-1", "agent-1", AgentLine("own", "agent-1", "您好"), NOW, last_seen="reply-m-1")
    await store.accept_message(a_message("m-2", "人呢"))
    await store.record_platform_line(KEY, AgentLine("p-1", "小李", "我来"), NOW)
    line = AgentLine("l-1", "agent-1", "来了")

    with pytest.raises(NewerLinesError) as held:
        await store.add_reply("t-1", "agent-1", line, NOW, last_seen="reply-m-1")
    with pytest.raises(MalformedError):
        await store.add_reply("t-1", "agent-1", line, NOW, last_seen="nowhere")

    assert _ids(held.value.lines) == ["p-1", "m-2"]
    assert "l-1" not in _ids(await store.load_conversation_lines(KEY, 20))
    await store.add_reply("t-1", "agent-1", line, NOW, last_seen="m-2")
    await store.add_reply("t-1", "agent-1", line, NOW, last_seen="reply-m-1")  # a retry is what it was
