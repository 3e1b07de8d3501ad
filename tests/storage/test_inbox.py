"""Messages kept before they are answered: nothing lost, nothing answered twice, and people's words respected."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func

from app.domain.conversation import Conversation, Owner
from app.domain.message import ConversationKey
from app.domain.outbox import OutboxRow
from app.errors import StorageUnavailableError
from app.storage.database import DatabaseEngines, read_with_retry
from app.storage.migrations import upgrade_schema
from app.storage.ports import AcceptedMessage, ConversationMovedError, StoredAnswer
from app.storage.retention import find_rows
from app.storage.schema import BUDGETS
from app.storage.store import Store, open_store
from handoff.ports import AgentLine
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn, handed_off


async def _opened(store: Store, message_id: str = "m-1") -> Conversation:
    found = await store.begin_turn(a_message(message_id))
    assert isinstance(found, Conversation)
    return found


async def test_an_accepted_message_waits_through_a_restart(database_url: str) -> None:
    first = await open_store(database_url)
    await first.accept_message(a_message())
    await first.close()
    second = await open_store(database_url)

    waiting = await second.find_waiting(NOW + timedelta(seconds=1), limit=10)

    assert waiting == (KEY,)
    assert await second.load_pending_messages(KEY) == (a_message(),)
    await second.close()


async def test_a_message_that_came_before_is_accepted_once(store: Store) -> None:
    results = await asyncio.gather(*(store.accept_message(a_message()) for _ in range(10)))

    assert sum(result.new for result in results) == 1
    assert len(await store.load_pending_messages(KEY)) == 1


async def test_an_answered_message_is_accepted_with_its_answer(store: Store) -> None:
    turn = a_turn(a_message(), await _opened(store))
    await store.commit(turn)

    assert await store.accept_message(a_message()) == AcceptedMessage(new=False, answer=StoredAnswer(turn.body))


async def test_waiting_messages_stand_in_the_order_they_were_sent(store: Store) -> None:
    late = a_message("m-2", sent_at=NOW + timedelta(seconds=2))
    early = a_message("m-1", sent_at=NOW + timedelta(seconds=1), received_at=NOW + timedelta(seconds=9))
    await store.accept_message(late)
    await store.accept_message(early)

    assert await store.load_pending_messages(KEY) == (early, late)


async def test_a_turn_over_a_burst_answers_all_of_it(store: Store) -> None:
    for number in (1, 2, 3):
        await store.accept_message(a_message(f"m-{number}"))
    messages = await store.load_pending_messages(KEY)

    await store.commit(replace(a_turn(messages[-1], await _opened(store, "m-9")), messages=messages))

    assert await store.load_pending_messages(KEY) == ()
    assert await store.find_waiting(NOW + timedelta(days=1), limit=10) == ()
    assert isinstance((await store.accept_message(messages[0])).answer, StoredAnswer)


async def test_a_message_that_arrives_while_the_turn_is_made_sends_it_back(store: Store) -> None:
    await store.accept_message(a_message("m-1"))
    before = await _opened(store)
    await store.accept_message(a_message("m-2"))

    with pytest.raises(ConversationMovedError):
        await store.commit(a_turn(a_message("m-1"), before))

    assert len(await store.load_pending_messages(KEY)) == 2


async def test_a_turn_that_holds_one_answered_message_is_made_again_without_it(store: Store) -> None:
    first, second = a_message("m-1"), a_message("m-2")
    await store.commit(a_turn(first, await _opened(store)))
    burst = replace(a_turn(second, await _opened(store, "m-2")), messages=(first, second))

    with pytest.raises(ConversationMovedError):
        await store.commit(burst)


async def test_a_person_who_answers_on_the_platform_wins_over_the_turn(store: Store) -> None:
    await store.commit(a_turn(a_message(), await _opened(store)))
    before = await _opened(store, "m-2")
    line = AgentLine("typed-1", "小李", "我来处理")

    took = await store.record_platform_line(KEY, line, NOW)

    with pytest.raises(ConversationMovedError):
        await store.commit(a_turn(a_message("m-2"), before))
    assert took
    assert (await _opened(store, "m-2")).owner is Owner.AGENT
    assert not await store.record_platform_line(KEY, line, NOW)


async def test_our_own_echo_changes_nothing(store: Store) -> None:
    await store.commit(a_turn(a_message(), await _opened(store)))

    took = await store.record_platform_line(KEY, AgentLine("reply-m-1", "", "亲，在的"), NOW)

    assert not took
    assert (await _opened(store, "m-2")).owner is Owner.BOT


async def test_a_person_may_be_the_first_to_write(store: Store) -> None:
    await store.record_platform_line(KEY, AgentLine("typed-1", "小李", "您好"), NOW)

    assert (await _opened(store)).owner is Owner.AGENT


async def test_a_message_kept_by_a_clock_that_ran_ahead_is_found_all_the_same(store: Store) -> None:
    await store.accept_message(a_message(received_at=NOW + timedelta(days=1)))

    assert await store.find_waiting(NOW, limit=10) == (KEY,)


async def test_turns_are_written_whatever_the_clock_does(store: Store) -> None:
    for number, jump in enumerate((0, 86_400, -86_400)):
        message = a_message(f"m-{number}")
        await store.commit(a_turn(message, await _opened(store, message.id), at=NOW + timedelta(seconds=jump)))

    stored = await store.load_conversation(KEY)
    assert stored is not None
    assert stored.version == 3


async def test_forgetting_a_buyer_leaves_no_row_of_theirs_and_all_of_the_others(store: Store) -> None:
    outbox = (OutboxRow("o-1", "reply", "https://shop.example", {"text": "亲"}),)
    delivered = a_message(delivery_id="d-1")
    turn = handed_off(a_turn(delivered, await _opened(store)), a_ticket())
    await store.commit(replace(turn, outbox=outbox))
    other = ConversationKey("demo", "http", "c-2")
    theirs = a_message("m-2", key=other, sender=replace(a_message().sender, id="buyer-2"))
    await store.commit(a_turn(theirs, Conversation(other, buyer="buyer-2")))

    gone = await store.erase_buyer("demo", "buyer-1")

    assert gone == 7
    assert await store.load_conversation(KEY) is None
    assert await store.get_ticket("t-1") is None
    assert await store.get_trace("trace-m-1") is None
    assert (await store.outbox_depth()).pending == 0
    assert isinstance(await store.begin_turn(theirs), StoredAnswer)
    assert (await store.accept_message(a_message("m-3", delivery_id="d-1"))).new


async def test_a_message_is_kept_as_long_as_its_turn_so_that_both_can_be_forgotten(store: Store) -> None:
    turn = a_turn(a_message(), await _opened(store), at=NOW + timedelta(seconds=2))
    await store.commit(turn)

    await store.delete_expired(NOW + timedelta(seconds=1))

    await store.erase_buyer("demo", "buyer-1")
    assert await store.get_trace(turn.trace_id) is None


async def test_retention_removes_what_is_old_and_keeps_what_is_open(store: Store) -> None:
    old, fresh, waiting = (ConversationKey("demo", "http", name) for name in ("old", "fresh", "waiting"))
    later = NOW + timedelta(days=100)
    await store.commit(a_turn(a_message("m-old", key=old), Conversation(old)))
    await store.commit(handed_off(a_turn(a_message("m-w", key=waiting), Conversation(waiting)), a_ticket(key=waiting)))
    await store.commit(a_turn(a_message("m-new", key=fresh, received_at=later), Conversation(fresh), at=later))
    await store.accept_message(a_message("m-pending", key=waiting))

    await store.delete_expired(NOW + timedelta(days=50))

    assert await store.load_conversation(old) is None
    assert await store.load_conversation(fresh) is not None
    assert await store.load_conversation(waiting) is not None
    assert await store.get_ticket("t-1") is not None
    assert [message.id for message in await store.load_pending_messages(waiting)] == ["m-pending"]


def test_looking_for_what_is_old_may_take_longer_than_a_turn_would_wait(postgres_database: str) -> None:
    database = DatabaseEngines(postgres_database, pool_size=1)
    upgrade_schema(database.writing)
    with database.reading.connect() as connection:
        connection.exec_driver_sql("SET statement_timeout = 50")
        connection.exec_driver_sql("INSERT INTO budgets VALUES ('demo', 'day', 0)")

        found = find_rows(connection, BUDGETS, func.pg_sleep(0.2).is_not(None))

        patience = connection.exec_driver_sql("SHOW statement_timeout").scalar()
    assert found.keys == (("demo", "day"),)
    assert patience == "5s"
    database.dispose()


def test_a_connection_lost_while_looking_is_told_as_the_database_being_away(postgres_database: str) -> None:
    database = DatabaseEngines(postgres_database, pool_size=1)
    upgrade_schema(database.writing)
    with database.reading.connect() as connection:
        connection.exec_driver_sql("INSERT INTO budgets VALUES ('demo', 'day', 0)")
    lost = func.pg_terminate_backend(func.pg_backend_pid())

    with pytest.raises(StorageUnavailableError):
        read_with_retry(lambda c: find_rows(c, BUDGETS, lost), database.reading)

    database.dispose()
