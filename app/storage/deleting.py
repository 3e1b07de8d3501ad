"""Deleting: what a buyer wants forgotten, what is past keeping, what nobody claimed."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Table

from app.errors import NotFoundError, TicketConflictError
from app.storage import codec, retention
from app.storage.schema import TICKETS
from app.storage.transactions import StoreTransactions

_REST_AFTER_DELETING = 5


class DeletingStore(StoreTransactions):
    """Deletes, over the transactions of the store that this is a part of."""

    async def erase_buyer(self, shop: str, buyer: str) -> int:
        """Delete everything of one buyer; returns how many rows went."""
        keys = await self._read_in_thread(lambda c: retention.find_buyer_conversations(c, shop, buyer))
        gone = 0
        for key in keys:
            gone += await self._write_change(partial(retention.erase_conversation, key=key, now=self._clock()))
            self._hot.evict(key)
        return gone

    async def delete_expired(self, before: datetime) -> Mapping[str, int]:
        """Delete what is older and settled, a few hundred rows a transaction; how many rows went, by table."""
        gone: dict[str, int] = {}
        for table, condition in retention.old_rows(codec.encode_time(before)):
            gone[table.name] = gone.get(table.name, 0) + await self._delete_in_chunks(table, condition)
        self._hot.evict_all()
        return {table: rows for table, rows in gone.items() if rows}

    async def expire_unclaimed(self, before: datetime) -> int:
        """End tickets that nobody claimed since before that time; returns how many."""
        condition, ended = retention.unclaimed_before(codec.encode_time(before)), 0
        while keys := (await self._read_in_thread(lambda c: retention.find_rows(c, TICKETS, condition))).keys:
            ended += sum([await self._expire_ticket(ticket_id) for _, ticket_id in keys])
        return ended

    async def _expire_ticket(self, ticket_id: str) -> bool:
        """False when somebody has claimed it meanwhile."""
        now = self._clock()
        try:
            await self._change_ticket(lambda c: self._desk.expire_ticket(c, ticket_id, now))
        except (NotFoundError, TicketConflictError):
            return False
        return True

    async def _delete_in_chunks(self, table: Table, condition: ColumnElement[bool]) -> int:
        gone = 0
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (rows := await self._read_in_thread(lambda c: retention.find_rows(c, table, condition))).keys:
            gone += await self._writer.transact(partial(retention.delete_rows, rows=rows, condition=condition))
            await asyncio.sleep((loop.time() - began) * _REST_AFTER_DELETING)  # turns come first
            began = loop.time()
        return gone
