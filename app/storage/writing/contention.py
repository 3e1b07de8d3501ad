"""Sorts the turns of one batch: which go first, and what each expects to find."""

from collections.abc import Iterable
from typing import Any

from app.domain.message import ConversationKey, Message
from app.domain.written_turn import Turn
from app.errors import ReusedIdError
from app.storage import codec
from app.storage.ports import (
    AcceptedMessage,
    BudgetExhaustedError,
    ConversationMovedError,
    RepeatedDeliveryError,
    StoredAnswer,
)
from app.storage.writing.rows import (
    Arrival,
    BudgetRow,
    Item,
    KeyRow,
    delivery_key,
    item_messages,
    key_row,
    list_spends,
    message_key,
)


class BatchPlan:
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
        self.arrivals: list[Arrival] = []
        self._written: set[ConversationKey] = set()

    def find_repeat(self, item: "Turn | Arrival") -> RepeatedDeliveryError | None:
        """The error when a delivery came before with another message id; a new delivery is noted."""
        for message in item_messages(item):
            if message.delivery_id is None:
                continue
            first = self.delivered.setdefault(delivery_key(message), message.id)
            if first != message.id:
                return RepeatedDeliveryError(first)
        return None

    def find_stored_body(self, message: Message) -> Any:
        """What a message was answered with, or None; ReusedIdError, not raised, when its id was another message's."""
        found = self.answers.get(message_key(message))
        if found is None:
            return None
        body, *content = found
        reused = codec.check_same_message(message, content)
        return reused or (codec.decode_json(body) if isinstance(body, str) else body)

    def check_turn(self, turn: Turn) -> Any:
        """A stored body, ReusedIdError, ConversationMovedError, or None when the turn can be written."""
        bodies = [self.find_stored_body(message) for message in turn.messages]
        if bodies and all(body is not None for body in bodies):
            return bodies[-1]
        if reused := [body for body in bodies if isinstance(body, ReusedIdError)]:
            return reused[0]
        key = turn.conversation.key
        moved = key in self._written or self.versions.get(key_row(key), 0) != turn.expected_version
        return ConversationMovedError() if moved or any(body is not None for body in bodies) else None

    def reserve_budgets(self, turn: Turn) -> BudgetExhaustedError | None:
        """Take all that the turn spends, or nothing and the budget that has not enough left."""
        totals: dict[BudgetRow, int] = {}
        for spending in list_spends(turn):
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
        self.answers.update(
            (message_key(message), (turn.body, *codec.encode_identity(message))) for message in turn.messages
        )

    def plan_arrival(self, arrival: Arrival) -> AcceptedMessage | ReusedIdError:
        """The message will be kept, unless it is here already."""
        key = message_key(arrival.message)
        body = self.find_stored_body(arrival.message)
        if isinstance(body, ReusedIdError):
            return body
        if body is not None:
            return AcceptedMessage(new=False, answer=StoredAnswer(body))
        if key in self.answers:
            return AcceptedMessage(new=False)
        self.answers[key] = (None, *codec.encode_identity(arrival.message))
        self.arrivals.append(arrival)
        return AcceptedMessage(new=True)


def collect_versions(items: Iterable[Item]) -> dict[KeyRow, int]:
    """The versions as those believe them who came first."""
    versions: dict[KeyRow, int] = {}
    for item in items:
        if isinstance(item, Turn):
            versions.setdefault(key_row(item.conversation.key), item.expected_version)
    return versions
