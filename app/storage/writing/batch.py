"""Many turns and arrivals in one transaction.

Nearly always nobody contests anything: then the rows are written without a look, and what was written is counted. When
the count is not what it should be, the batch is taken back and done again with a look: who is first, who has moved,
who has money left.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Dialect, literal_column, text

from app.delivery.ports import DeliveryReceipt
from app.domain.conversation import Conversation
from app.domain.message import ConversationKey, Message
from app.domain.outbox import OutboxRow
from app.domain.outcome import RecordUrge, Spend
from app.domain.ticket import Ticket
from app.storage import codec
from app.storage.outbox import NOTIFY, DeliveryStatement
from app.storage.ports import (
    AcceptedMessage,
    BudgetExhaustedError,
    ConversationMovedError,
    RepeatedDeliveryError,
    StoredAnswer,
    Turn,
)
from app.storage.schema import BUDGETS, CONVERSATIONS, DELIVERIES, MESSAGES, OUTBOX, REPLIES, TICKETS, TURNS, URGES
from app.storage.writing.statements import (
    BatchStatement,
    BulkInsert,
    Driver,
    Row,
    WriteResult,
    borrow_driver,
    build_key_select,
    build_row_insert,
    start_pipeline,
)
from app.storage.writing.writer import ContestedError

KeyRow = tuple[str, str, str]
BudgetRow = tuple[str, str]
CheckedWrite = tuple[WriteResult, int]  # what a statement wrote, and how many rows it should have

URGENCY = {"urgent": 0, "high": 1, "normal": 2}
PENDING = "pending"
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message to keep until its turn comes."""

    message: Message


Item = Turn | Arrival | DeliveryReceipt


def key_row(key: ConversationKey) -> KeyRow:
    """The key as the first columns of every table."""
    return (key.shop, key.channel, key.conversation)


def message_key(message: Message) -> KeyRow:
    """What makes a message unique."""
    return (message.key.shop, message.key.channel, message.id)


def lock_number(*parts: str) -> int:
    """A stable 64-bit number for PostgreSQL's advisory locks; two keys on one number only wait for each other."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def conversation_row(conversation: Conversation, version: int, at: int) -> Row:
    """A row of `conversations`, in the order of its columns; the version column rules over the one in the state."""
    return (
        *key_row(conversation.key),
        version,
        conversation.owner.value,
        conversation.buyer,
        codec.encode_conversation(conversation),
        at,
    )


def ticket_row(ticket: Ticket) -> Row:
    """A row of `tickets`, in the order of its columns."""
    key = ticket.key
    return (
        key.shop,
        ticket.id,
        key.channel,
        key.conversation,
        ticket.reason.value,
        ticket.group.value,
        ticket.priority.value,
        URGENCY[ticket.priority.value],
        ticket.state.value,
        codec.encode_time(ticket.created_at),
        codec.encode_time(ticket.first_response_due),
        codec.encode_time(ticket.resolve_due),
        codec.encode_time(ticket.close_due),
        ticket.claimed_by,
        codec.encode_optional_time(ticket.claimed_at),
        codec.encode_optional_time(ticket.first_response_at),
        codec.encode_optional_time(ticket.resolved_at),
        "",
        codec.encode_json(ticket.brief),
    )


def outbox_row(key: ConversationKey, row: OutboxRow, at: int) -> Row:
    """A row of `outbox`, in the order of its columns."""
    payload = codec.encode_json(row.payload)
    conversation = (key.channel, key.conversation)
    return (key.shop, row.id, *conversation, row.kind, row.destination, payload, PENDING, 0, at, at, None, None)


class BatchWriter:
    """The compiled statements of the hot path, and the order in which they run."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._locks = dialect.name == "postgresql"
        self._versions = _select_versions(dialect)
        self._answers = _select_answers(dialect)
        self._known = _select_deliveries(dialect)
        self._deliveries = BulkInsert(dialect, DELIVERIES, lambda insert: insert.on_conflict_do_nothing())
        self._conversations = BulkInsert(dialect, CONVERSATIONS, _replace_when_next)
        self._arrived = BulkInsert(dialect, CONVERSATIONS, _bump_version)
        self._messages = BulkInsert(dialect, MESSAGES, _answer_pending)
        self._turns = BulkInsert(dialect, TURNS)
        self._replies = BulkInsert(dialect, REPLIES, lambda insert: insert.on_conflict_do_nothing())
        self._tickets = BulkInsert(dialect, TICKETS, _refresh_ticket)
        self._urges = BulkInsert(dialect, URGES, _count_urge)
        self._outbox = BulkInsert(dialect, OUTBOX, lambda insert: insert.on_conflict_do_nothing())
        self._settling = DeliveryStatement(dialect)
        self._budgets = _select_budgets(dialect)
        self._spend = build_row_insert(dialect, BUDGETS, _add_spent)

    def write_uncontested(self, connection: Connection, items: Sequence[Item]) -> list[Any]:
        """Write without a look; ContestedError when somebody was first or a look is needed."""
        with borrow_driver(connection) as driver:
            return self.write_on_loop(driver, items)

    def write_on_loop(self, driver: Driver, items: Sequence[Item]) -> list[Any]:
        """The same over the driver's own connection."""
        if any(isinstance(item, DeliveryReceipt) or (isinstance(item, Turn) and _list_spends(item)) for item in items):
            raise ContestedError
        sorting = _BatchPlan(versions=_collect_versions(items), answers={}, spent={}, delivered={})
        outcomes = [self._decide_item(sorting, item) for item in items]
        with start_pipeline(self._dialect, driver):
            if self._locks:
                _lock_items(driver, items)
            counted = [*self._write_turns(driver, sorting.turns), *self._write_arrivals(driver, sorting.arrivals)]
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
            _lock_items(driver, items)
        sorting = _BatchPlan(
            versions={row[:3]: row[3] for row in self._versions.run_batches(driver, _conversation_keys(items))},
            answers={row[:3]: row[3:] for row in self._answers.run_batches(driver, _message_keys(items))},
            spent={row[:2]: row[2] for row in self._budgets.run_batches(driver, _budget_keys(items))},
            delivered={row[:3]: row[3] for row in self._known.run_batches(driver, _delivery_keys(items))},
        )
        outcomes = [self._decide_item(sorting, item) for item in items]
        self._charge_budgets(driver, sorting)
        with start_pipeline(self._dialect, driver):
            turns = self._write_turns(driver, sorting.turns)
        # A delivery may have been noted when its message arrived; a conversation or a message may not be there.
        if any(done.rowcount != expected for done, expected in turns[:2]):
            raise ConversationMovedError
        self._write_arrivals(driver, sorting.arrivals)
        return outcomes

    def _decide_item(self, sorting: "_BatchPlan", item: Item) -> Any:
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

    def _charge_budgets(self, driver: Driver, sorting: "_BatchPlan") -> None:
        """Add what was spent; a total that is not the one we decided on means that somebody spent without our locks."""
        rows = sorted((*key, amount) for key, amount in sorting.taken.items())
        totals = {row[:2]: row[2] for row in self._spend.run_batches(driver, rows)}
        if any(totals[key] != sorting.spent[key] for key in sorting.taken):
            raise ConversationMovedError

    def _write_turns(self, driver: Driver, turns: Sequence[Turn]) -> list[CheckedWrite]:
        """Write their rows; conversations, messages and deliveries with how many there should be."""
        if not turns:
            return []
        states = [_state_row(turn) for turn in turns]
        deliveries = _delivery_rows(message for turn in turns for message in turn.messages)
        counted = [
            _insert_sorted(driver, self._conversations, states),
            _insert_sorted(driver, self._messages, _message_rows(turns)),
            *([_insert_sorted(driver, self._deliveries, deliveries)] if deliveries else []),
        ]
        self._write_turn_rows(driver, turns)
        return counted

    def _write_turn_rows(self, driver: Driver, turns: Sequence[Turn]) -> None:
        for statement, rows in (
            (self._turns, [_turn_row(turn) for turn in turns]),
            (self._replies, [row for turn in turns for row in _reply_rows(turn)]),
            (self._tickets, [ticket_row(turn.ticket) for turn in turns if turn.ticket]),
            (self._outbox, [row for turn in turns for row in _outbox_rows(turn)]),
        ):
            if rows:
                statement.insert_batch(driver, rows)
        if self._locks and any(turn.outbox for turn in turns):
            driver.execute(NOTIFY)
        for urge in (row for turn in turns for row in _urge_rows(turn)):
            self._urges.insert_batch(driver, [urge])  # one by one: two may press for the same order

    def _write_arrivals(self, driver: Driver, arrivals: Sequence[Message]) -> list[CheckedWrite]:
        if not arrivals:
            return []
        deliveries = _delivery_rows(arrivals)
        counted = [
            _insert_sorted(
                driver, self._messages, [codec.encode_message(message, PENDING, None) for message in arrivals]
            ),
            *([_insert_sorted(driver, self._deliveries, deliveries)] if deliveries else []),
        ]
        moved = {message.key: message for message in arrivals}
        self._arrived.insert_batch(driver, [_fresh_row(moved[key]) for key in sorted(moved)])
        return counted


class _BatchPlan:
    """What the batch found in the database, and what it has decided so far."""

    def __init__(
        self,
        versions: dict[KeyRow, int],
        answers: dict[KeyRow, tuple[Any, ...]],
        spent: dict[BudgetRow, int],
        delivered: dict[KeyRow, str],
    ) -> None:
        self.versions = versions
        self.answers = answers
        self.delivered = delivered
        self.spent = spent
        self.taken: dict[BudgetRow, int] = {}
        self.turns: list[Turn] = []
        self.arrivals: list[Message] = []
        self._bodies: dict[KeyRow, Any] = {}
        self._written: set[ConversationKey] = set()

    def find_repeat(self, item: "Turn | Arrival") -> RepeatedDeliveryError | None:
        """The error when a delivery came before with another message id; a new delivery is noted."""
        for message in _item_messages(item):
            if message.delivery_id is None:
                continue
            first = self.delivered.setdefault(_delivery_key(message), message.id)
            if first != message.id:
                return RepeatedDeliveryError(first)
        return None

    def find_stored_body(self, message: Message) -> Any:
        """What a message was answered with, or None."""
        key = message_key(message)
        if key in self._bodies:
            return self._bodies[key]
        found = self.answers.get(key)
        return codec.decode_json(found[1]) if found and found[1] is not None else None

    def check_turn(self, turn: Turn) -> Any:
        """A stored body, ConversationMovedError, or None when the turn can be written."""
        bodies = [self.find_stored_body(message) for message in turn.messages]
        if bodies and all(body is not None for body in bodies):
            return bodies[-1]
        key = turn.conversation.key
        moved = key in self._written or self.versions.get(key_row(key), 0) != turn.expected_version
        return ConversationMovedError() if moved or any(body is not None for body in bodies) else None

    def reserve_budgets(self, turn: Turn) -> BudgetExhaustedError | None:
        """Take all that the turn spends, or nothing and the budget that has not enough left."""
        totals: dict[BudgetRow, int] = {}
        for spending in _list_spends(turn):
            key = (turn.conversation.key.shop, spending.budget)
            totals[key] = totals.get(key, self.spent.get(key, 0)) + codec.encode_money(spending.amount)
            if totals[key] > codec.encode_money(spending.limit):
                return BudgetExhaustedError(spending.budget)
        for key, total in totals.items():
            self.taken[key] = self.taken.get(key, 0) + total - self.spent.get(key, 0)
            self.spent[key] = total
        return None

    def plan_turn(self, turn: Turn) -> None:
        """The turn will be written."""
        self.turns.append(turn)
        self._written.add(turn.conversation.key)
        self._bodies.update((message_key(message), turn.body) for message in turn.messages)

    def plan_arrival(self, arrival: Arrival) -> AcceptedMessage:
        """The message will be kept, unless it is here already."""
        key = message_key(arrival.message)
        body = self.find_stored_body(arrival.message)
        if body is not None:
            return AcceptedMessage(new=False, answer=StoredAnswer(body))
        if key in self.answers:
            return AcceptedMessage(new=False)
        self.answers[key] = (PENDING, None)
        self.arrivals.append(arrival.message)
        return AcceptedMessage(new=True)


def _collect_versions(items: Iterable[Item]) -> dict[KeyRow, int]:
    """The versions as those believe them who came first."""
    versions: dict[KeyRow, int] = {}
    for item in items:
        if isinstance(item, Turn):
            versions.setdefault(key_row(item.conversation.key), item.expected_version)
    return versions


def _insert_sorted(driver: Driver, statement: BulkInsert, rows: Sequence[Row]) -> CheckedWrite:
    """In the order of their keys, so that two batches never wait for each other's rows in a circle."""
    return statement.insert_batch(driver, sorted(rows, key=_primary_key)), len(rows)


def _state_row(turn: Turn) -> Row:
    return conversation_row(turn.conversation, turn.expected_version + 1, codec.encode_time(turn.at))


def _fresh_row(first: Message) -> Row:
    fresh = Conversation(first.key, version=1, buyer=first.sender.id)
    return conversation_row(fresh, 1, codec.encode_time(first.received_at))


def _turn_row(turn: Turn) -> Row:
    key = turn.conversation.key
    documents = (codec.encode_json(turn.body), codec.encode_json(turn.trace))
    return (key.shop, turn.trace_id, key.channel, key.conversation, codec.encode_time(turn.at), *documents)


def _message_rows(turns: Iterable[Turn]) -> list[Row]:
    return [codec.encode_message(message, ANSWERED, turn.trace_id) for turn in turns for message in turn.messages]


def _reply_rows(turn: Turn) -> Iterable[Row]:
    key, at = turn.conversation.key, codec.encode_time(turn.at)
    for reply in turn.replies:
        yield (key.shop, key.channel, reply.id, key.conversation, "bot", None, reply.text, at)


def _urge_rows(turn: Turn) -> Iterable[Row]:
    key, at = turn.conversation.key, codec.encode_time(turn.at)
    for urge in turn.effects:
        if isinstance(urge, RecordUrge):
            what = (uuid4().hex, urge.order_id, urge.sku_id, urge.why)
            who = (key.channel, key.conversation, turn.conversation.buyer)
            yield (key.shop, *what, *who, "open", 1, at, at, None, None)


def _outbox_rows(turn: Turn) -> Iterable[Row]:
    for place, row in enumerate(turn.outbox):
        yield outbox_row(turn.conversation.key, row, codec.encode_time(turn.at) + place)


def _primary_key(row: Row) -> tuple[Any, ...]:
    return row[:3]


def _conversation_keys(items: Iterable[Item]) -> list[Row]:
    return [key_row(item.conversation.key) for item in items if isinstance(item, Turn)]


def _message_keys(items: Iterable[Item]) -> list[Row]:
    return [message_key(message) for item in items for message in _item_messages(item)]


def _list_spends(turn: Turn) -> list[Spend]:
    return [effect for effect in turn.effects if isinstance(effect, Spend)]


def _budget_keys(items: Iterable[Item]) -> list[Row]:
    turns = [item for item in items if isinstance(item, Turn)]
    return sorted({(turn.conversation.key.shop, spending.budget) for turn in turns for spending in _list_spends(turn)})


def _delivery_key(message: Message) -> KeyRow:
    return (message.key.shop, message.key.channel, message.delivery_id or "")


def _delivery_keys(items: Iterable[Item]) -> list[Row]:
    return [_delivery_key(message) for item in items for message in _item_messages(item) if message.delivery_id]


def _delivery_rows(messages: Iterable[Message]) -> list[Row]:
    return [
        (*_delivery_key(message), message.id, message.key.conversation, codec.encode_time(message.received_at))
        for message in messages
        if message.delivery_id
    ]


def _item_messages(item: Item) -> tuple[Message, ...]:
    if isinstance(item, Turn):
        return item.messages
    return (item.message,) if isinstance(item, Arrival) else ()


def _lock_items(driver: Driver, items: Iterable[Item]) -> None:
    """Everybody takes all their locks first and in one order, so nobody waits in a circle."""
    numbers: set[int] = set()
    for item in items:
        if isinstance(item, Arrival):
            numbers.add(lock_number(*key_row(item.message.key)))
        if isinstance(item, Turn):
            key = item.conversation.key
            numbers.add(lock_number(*key_row(key)))
            numbers.update(lock_number(*budget) for budget in _budget_keys([item]))
        numbers.update(lock_number(*key) for key in _delivery_keys([item]))
    driver.execute(_TAKE_LOCKS, (sorted(numbers),), prepare=True)


def take_locks(connection: Connection, numbers: Iterable[int]) -> None:
    """Take PostgreSQL's advisory locks of this transaction, lowest first."""
    connection.exec_driver_sql(_TAKE_LOCKS, (sorted(numbers),))


_TAKE_LOCKS = "SELECT count(pg_advisory_xact_lock(n)) FROM unnest(%s::bigint[]) AS n"


def _select_versions(dialect: Dialect) -> BatchStatement:
    c = CONVERSATIONS.c
    keys = [c.shop, c.channel, c.conversation]
    return build_key_select(dialect, keys, [*keys, c.version])


def _select_answers(dialect: Dialect) -> BatchStatement:
    m, t = MESSAGES.c, TURNS.c
    keys = [m.shop, m.channel, m.message_id]
    return build_key_select(dialect, keys, [*keys, m.state, t.body], _join_turn())


def _select_budgets(dialect: Dialect) -> BatchStatement:
    b = BUDGETS.c
    return build_key_select(dialect, [b.shop, b.budget], [b.shop, b.budget, b.spent])


def _select_deliveries(dialect: Dialect) -> BatchStatement:
    d = DELIVERIES.c
    keys = [d.shop, d.channel, d.delivery_id]
    return build_key_select(dialect, keys, [*keys, d.message_id])


def _join_turn() -> tuple[Any, Any]:
    return TURNS, (TURNS.c.shop == MESSAGES.c.shop) & (TURNS.c.trace_id == MESSAGES.c.trace_id)


def _replace_when_next(insert: Any) -> Any:
    """Only over the version before: the fence that holds even where no lock was taken."""
    new = insert.excluded
    changed = {name: new[name] for name in ("version", "owner", "buyer", "state", "updated_at")}
    before = CONVERSATIONS.c.version == new.version - literal_column("1")
    return insert.on_conflict_do_update(index_elements=_primary_key_names(CONVERSATIONS), set_=changed, where=before)


def _add_spent(insert: Any) -> Any:
    added = {"spent": BUDGETS.c.spent + insert.excluded.spent}
    b = BUDGETS.c
    return insert.on_conflict_do_update(index_elements=_primary_key_names(BUDGETS), set_=added).returning(
        b.shop, b.budget, b.spent
    )


def _bump_version(insert: Any) -> Any:
    moved = {"version": CONVERSATIONS.c.version + literal_column("1"), "updated_at": insert.excluded.updated_at}
    return insert.on_conflict_do_update(index_elements=_primary_key_names(CONVERSATIONS), set_=moved)


def _answer_pending(insert: Any) -> Any:
    answered = {"state": insert.excluded.state, "trace_id": insert.excluded.trace_id}
    waits = (MESSAGES.c.state == literal_column(f"'{PENDING}'")) & (
        insert.excluded.state == literal_column(f"'{ANSWERED}'")
    )
    return insert.on_conflict_do_update(index_elements=_primary_key_names(MESSAGES), set_=answered, where=waits)


def _refresh_ticket(insert: Any) -> Any:
    """The brief grows; who has claimed it is not the bot's to write."""
    names = ("reason", "group_name", "priority", "urgency", "first_response_due", "resolve_due", "close_due", "brief")
    changed = {name: insert.excluded[name] for name in names}
    return insert.on_conflict_do_update(index_elements=_primary_key_names(TICKETS), set_=changed)


def _count_urge(insert: Any) -> Any:
    again = {
        "times": URGES.c.times + literal_column("1"),
        "last_at": insert.excluded.last_at,
        "why": insert.excluded.why,
    }
    is_open = text("state = 'open'")
    return insert.on_conflict_do_update(index_elements=["shop", "order_id"], index_where=is_open, set_=again)


def _primary_key_names(table: Any) -> list[str]:
    return [column.name for column in table.primary_key]
