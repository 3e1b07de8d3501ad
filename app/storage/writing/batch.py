"""Many turns and arrivals in one transaction.

Nearly always nobody contests anything: then the rows are written without a look, and what was written is counted. When
the count is not what it should be, the batch is taken back and done again with a look: who is first, who has moved,
who has money left.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Dialect

from app.delivery.ports import DeliveryReceipt
from app.domain.written_turn import Turn
from app.storage.event_readers import EventReaders
from app.storage.outbox import NOTIFY, DeliveryStatement
from app.storage.ports import ConversationMovedError
from app.storage.schema import (
    BUDGETS,
    CONVERSATIONS,
    DELIVERIES,
    MESSAGES,
    OUTBOX,
    REPLIES,
    TICKET_HISTORY,
    TICKETS,
    TURNS,
    URGES,
)
from app.storage.writing.contention import BatchPlan, collect_versions
from app.storage.writing.locks import lock_items
from app.storage.writing.rows import (
    Arrival,
    Item,
    arrival_rows,
    budget_keys,
    conversation_keys,
    delivery_keys,
    delivery_rows,
    follow_up_values,
    fresh_row,
    list_spends,
    message_keys,
    message_rows,
    outbox_rows,
    primary_key,
    rating_history_rows,
    rating_values,
    reply_rows,
    state_row,
    ticket_row,
    turn_row,
    urge_rows,
    wait_values,
)
from app.storage.writing.statements import (
    BulkInsert,
    Driver,
    NamedStatement,
    Row,
    WriteResult,
    borrow_driver,
    build_row_insert,
    start_pipeline,
)
from app.storage.writing.upserts import (
    add_spent,
    answer_pending,
    bump_version,
    count_urge,
    note_rating,
    note_wait,
    open_follow_up,
    refresh_ticket,
    replace_when_next,
    select_answers,
    select_budgets,
    select_deliveries,
    select_versions,
)
from app.storage.writing.writer import ContestedError

CheckedWrite = tuple[WriteResult, int]  # what a statement wrote, and how many rows it should have


class BatchWriter:
    """The compiled statements of the hot path, and the order in which they run."""

    def __init__(self, dialect: Dialect, readers: EventReaders) -> None:
        self._dialect = dialect
        self._readers = readers
        self._locks = dialect.name == "postgresql"
        self._versions = select_versions(dialect)
        self._answers = select_answers(dialect)
        self._known = select_deliveries(dialect)
        self._deliveries = BulkInsert(dialect, DELIVERIES, lambda insert: insert.on_conflict_do_nothing())
        self._conversations = BulkInsert(dialect, CONVERSATIONS, replace_when_next)
        self._arrived = BulkInsert(dialect, CONVERSATIONS, bump_version)
        self._messages = BulkInsert(dialect, MESSAGES, answer_pending)
        self._turns = BulkInsert(dialect, TURNS)
        self._replies = BulkInsert(dialect, REPLIES, lambda insert: insert.on_conflict_do_nothing())
        self._tickets = BulkInsert(dialect, TICKETS, refresh_ticket)
        self._waits = note_wait(dialect)
        self._ratings = note_rating(dialect)
        self._follow_ups = NamedStatement(dialect, open_follow_up(dialect))
        self._history = BulkInsert(dialect, TICKET_HISTORY, lambda insert: insert.on_conflict_do_nothing())
        self._urges = BulkInsert(dialect, URGES, count_urge)
        self._outbox = BulkInsert(dialect, OUTBOX, lambda insert: insert.on_conflict_do_nothing())
        self._settling = DeliveryStatement(dialect)
        self._budgets = select_budgets(dialect)
        self._spend = build_row_insert(dialect, BUDGETS, add_spent)

    def write_uncontested(self, connection: Connection, items: Sequence[Item]) -> list[Any]:
        """Write without a look; ContestedError when somebody was first or a look is needed."""
        with borrow_driver(connection) as driver:
            return self.write_on_loop(driver, items)

    def write_on_loop(self, driver: Driver, items: Sequence[Item]) -> list[Any]:
        """The same over the driver's own connection."""
        if any(isinstance(item, DeliveryReceipt) or (isinstance(item, Turn) and list_spends(item)) for item in items):
            raise ContestedError
        sorting = BatchPlan(versions=collect_versions(items), answers={}, spent={}, delivered={})
        outcomes = [self._decide_item(sorting, item) for item in items]
        with start_pipeline(self._dialect, driver):
            if self._locks:
                lock_items(driver, items)
            counted = [*self._write_turns(driver, sorting.turns), *self._write_arrivals(driver, sorting.arrivals)]
            self._write_consequences(driver, sorting)
        if any(done.rowcount != expected for done, expected in counted):
            raise ContestedError
        return outcomes

    def write_batch(self, connection: Connection, items: Sequence[Item]) -> list[Any]:
        """Look, then write what can be written; one outcome an item, in order."""
        delivered = [item for item in items if isinstance(item, DeliveryReceipt)]
        if delivered:
            self._settling.mark_sent(connection, delivered)
        if len(delivered) == len(items):
            return [None] * len(items)
        with borrow_driver(connection) as driver:
            return self._write_checked(driver, items)

    def _write_checked(self, driver: Driver, items: Sequence[Item]) -> list[Any]:
        if self._locks:
            lock_items(driver, items)
        sorting = BatchPlan(
            versions={row[:3]: row[3] for row in self._versions.run_batches(driver, conversation_keys(items))},
            answers={row[:3]: row[3:] for row in self._answers.run_batches(driver, message_keys(items))},
            spent={row[:2]: row[2] for row in self._budgets.run_batches(driver, budget_keys(items))},
            delivered={row[:3]: row[3] for row in self._known.run_batches(driver, delivery_keys(items))},
        )
        outcomes = [self._decide_item(sorting, item) for item in items]
        self._charge_budgets(driver, sorting)
        with start_pipeline(self._dialect, driver):
            turns = self._write_turns(driver, sorting.turns)
        # A delivery may have been noted when its message arrived; a conversation or a message may not be there.
        if any(done.rowcount != expected for done, expected in turns[:2]):
            raise ConversationMovedError
        self._write_arrivals(driver, sorting.arrivals)
        self._write_consequences(driver, sorting)
        return outcomes

    def _decide_item(self, sorting: "BatchPlan", item: Item) -> Any:
        if isinstance(item, DeliveryReceipt):
            return None
        repeated = sorting.find_repeat(item)
        if repeated:
            return repeated
        if isinstance(item, Arrival):
            return sorting.plan_arrival(item)
        outcome = sorting.check_turn(item)
        if outcome is None:
            outcome = sorting.reserve_budgets(item)
        if outcome is None:
            sorting.plan_turn(item)
            return item.body
        return outcome

    def _charge_budgets(self, driver: Driver, sorting: "BatchPlan") -> None:
        """Add what was spent; a total that is not the one we decided on means that somebody spent without our locks."""
        rows = sorted((*key, amount) for key, amount in sorting.taken.items())
        totals = {row[:2]: row[2] for row in self._spend.run_batches(driver, rows)}
        if any(totals[key] != sorting.spent[key] for key in sorting.taken):
            raise ConversationMovedError

    def _write_turns(self, driver: Driver, turns: Sequence[Turn]) -> list[CheckedWrite]:
        """Write their rows; conversations, messages and deliveries with how many there should be."""
        if not turns:
            return []
        states = [state_row(turn) for turn in turns]
        deliveries = delivery_rows(message for turn in turns for message in turn.messages)
        counted = [
            _insert_sorted(driver, self._conversations, states),
            _insert_sorted(driver, self._messages, message_rows(turns)),
            *([_insert_sorted(driver, self._deliveries, deliveries)] if deliveries else []),
        ]
        self._write_turn_rows(driver, turns)
        return counted

    def _write_turn_rows(self, driver: Driver, turns: Sequence[Turn]) -> None:
        for statement, rows in (
            (self._turns, [turn_row(turn) for turn in turns]),
            (self._replies, [row for turn in turns for row in reply_rows(turn)]),
            (self._tickets, [ticket_row(turn.ticket) for turn in turns if turn.ticket]),
        ):
            if rows:
                statement.insert_batch(driver, rows)
        for turn in turns:
            if turn.wait:
                self._waits.run(driver, wait_values(turn, turn.wait))
            for rating in rating_values(turn):
                self._ratings.run(driver, rating)
            for reminder in follow_up_values(turn):
                self._follow_ups.run(driver, reminder)
            if told := list(rating_history_rows(turn)):
                self._history.insert_batch(driver, told)
        for urge in (row for turn in turns for row in urge_rows(turn)):
            self._urges.insert_batch(driver, [urge])  # one by one: two may press for the same order

    def _write_consequences(self, driver: Driver, sorting: "BatchPlan") -> None:
        """What follows from the batch: rows to send, and what the readers of events write."""
        written: list[Turn | Arrival] = [*sorting.arrivals, *sorting.turns]
        rows = [row for each in written if each.outbox for row in outbox_rows(each, self._readers.shift)]
        if rows:
            self._outbox.insert_batch(driver, rows)
            if self._locks:
                driver.execute(NOTIFY)
        self._readers.write_events(driver, [event for each in written for event in each.events])

    def _write_arrivals(self, driver: Driver, arrived: Sequence[Arrival]) -> list[CheckedWrite]:
        if not arrived:
            return []
        arrivals = [arrival.message for arrival in arrived]
        deliveries = delivery_rows(arrivals)
        counted = [
            _insert_sorted(driver, self._messages, arrival_rows(arrivals)),
            *([_insert_sorted(driver, self._deliveries, deliveries)] if deliveries else []),
        ]
        moved = {message.key: message for message in arrivals}
        self._arrived.insert_batch(driver, [fresh_row(moved[key]) for key in sorted(moved)])
        return counted


def _insert_sorted(driver: Driver, statement: BulkInsert, rows: Sequence[Row]) -> CheckedWrite:
    """In the order of their keys, so that two batches never wait for each other's rows in a circle."""
    return statement.insert_batch(driver, sorted(rows, key=primary_key)), len(rows)
