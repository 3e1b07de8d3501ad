"""A ticket that nobody asked for: opened and claimed in one transaction, once."""

import asyncio
from dataclasses import replace
from pathlib import Path

from app.domain.conversation import Conversation, Owner
from app.domain.events import TicketClaimed, TicketOpened
from app.domain.handoff import TicketState
from app.errors import TicketConflictError
from app.storage.database import DatabaseEngines
from app.storage.migrations import upgrade_schema
from app.storage.reads import select_held_by_bot
from app.storage.store import Store, open_store
from tests.storage.builders import KEY, NOW, a_message, a_ticket, a_turn
from tests.storage.test_events import Recorder
from tests.storage.test_waiting import SECOND

BRIEF = {"summary": ["接过来"], "intent": "stock"}


async def test_of_two_who_take_at_once_one_gets_it_and_may_ask_again(database_url: str) -> None:
    recorder = Recorder()
    store = await open_store(database_url, readers=(recorder,))
    message = a_message()
    found = await store.begin_turn(message)
    assert isinstance(found, Conversation)
    await store.commit(a_turn(message, found))
    held = await store.list_held_by_bot(None, NOW - SECOND, 10)
    tickets = [a_ticket(f"t-{agent}", brief=BRIEF) for agent in ("zhu", "guan")]

    answers = await asyncio.gather(
        *(store.open_for_person(ticket, ticket.id.removeprefix("t-"), NOW) for ticket in tickets),
        return_exceptions=True,
    )

    (taken,) = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert sum(isinstance(answer, TicketConflictError) for answer in answers) == 1
    assert taken.state is TicketState.CLAIMED
    assert taken.claimed_by is not None
    again = await store.open_for_person(a_ticket("t-3", brief=BRIEF), taken.claimed_by, NOW)
    assert again == taken
    conversation = await store.load_conversation(KEY)
    assert conversation is not None
    assert (conversation.owner, conversation.handoff_id) == (Owner.AGENT, taken.id)
    opened = [type(event) for event in recorder.events if isinstance(event, TicketOpened | TicketClaimed)]
    assert opened == [TicketOpened, TicketClaimed]
    assert [(each.key, each.text) for each in held] == [(KEY, "在吗")]
    assert await store.list_held_by_bot(None, NOW - SECOND, 10) == []
    assert await store.list_held_by_bot(frozenset({"other"}), NOW - SECOND, 10) == []
    await store.close()


async def test_the_conversations_of_the_bot_come_the_latest_first(store: Store) -> None:
    for number, name in enumerate(("first", "second", "third")):
        key = replace(KEY, conversation=name)
        message = a_message(f"m-{number}", name, key)
        await store.commit(a_turn(message, Conversation(key), at=NOW + number * SECOND))

    held = await store.list_held_by_bot(frozenset({KEY.shop}), NOW - SECOND, 2)

    assert [each.text for each in held] == ["third", "second"]


def test_what_the_bot_holds_is_found_without_reading_every_conversation(tmp_path: Path) -> None:
    database = DatabaseEngines(f"sqlite:///{tmp_path / 'x.db'}", pool_size=1)
    upgrade_schema(database.writing)
    asked = select_held_by_bot(frozenset({KEY.shop}), NOW, 10).compile(
        database.reading, compile_kwargs={"literal_binds": True}
    )

    with database.reading.connect() as connection:
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
    database.dispose()

    assert [step for step in plan if "conversations" in step and "SCAN" in step] == []
    assert any("turns" in step and "USING" in step for step in plan)
