"""A process that listens: it prints each notice with the tickets as it reads them then, one JSON object a line."""

import asyncio
import json
import sys

from app.storage.store import Store, open_store
from handoff.ports import TicketFilter


async def hear(url: str) -> None:
    """Until the process is ended."""
    store = await open_store(url)
    with store.feed.subscribe() as subscription:
        store.listen()
        async for notice in subscription:
            told = {"kind": notice.kind, "id": notice.id, "tickets": await states(store)}
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()


async def states(store: Store) -> dict[str, str]:
    """Where each ticket stands."""
    page = await store.find_tickets(TicketFilter(), limit=100, cursor=None)
    return {ticket.id: ticket.state.value for ticket in page.tickets}


if __name__ == "__main__":
    asyncio.run(hear(sys.argv[1]))
