"""What the whole path is measured beside: a bare FastAPI echo, and an endpoint that only opens and commits a turn."""

import argparse
import asyncio
import gc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from pydantic_core import from_json

from app.domain.decision import Answer
from app.domain.message import ConversationKey, Message, Sender
from app.domain.reply import OutgoingReply
from app.domain.step import Step
from app.domain.understanding import IntentScore, Understanding
from app.domain.understanding import Request as Asked
from app.domain.written_turn import Turn
from app.storage.ports import ConversationMovedError, StoredAnswer
from app.storage.store import Store, open_store
from app.turns.locks import ConversationLocks


def echo() -> FastAPI:
    """The body, back as it came."""
    app = FastAPI()

    @app.post("/v1/shops/demo/messages")
    async def back(request: Request) -> Any:
        return from_json(await request.body())

    @app.get("/readyz")
    async def ready() -> Mapping[str, str]:
        return {"status": "ok"}

    return app


def commit_only(database: str) -> FastAPI:
    """One durable turn a message, with a state and a trace of the usual size, and nothing else."""
    held: list[Store] = []
    numbers = count()
    turns = ConversationLocks()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        held.append(await open_store(database))
        yield
        await held.pop().close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/v1/shops/demo/messages")
    async def write(request: Request) -> Any:
        body = from_json(await request.body())
        while True:
            async with turns.lock_for(ConversationKey("demo", "bench", body["conversation"])):
                with suppress(ConversationMovedError):  # another process was first
                    return await _turn(held[0], body, f"{next(numbers):012}-{id(app)}")

    @app.get("/readyz")
    async def ready() -> Mapping[str, str]:
        return {"status": "ok"}

    return app


async def _turn(store: Store, body: dict[str, Any], number: str) -> Mapping[str, Any]:
    now = datetime.now(UTC)
    key = ConversationKey("demo", "bench", body["conversation"])
    message = Message(body["id"], key, Sender(body["sender"]["id"]), body["text"], now, now)
    found = await store.begin_turn(message)
    if isinstance(found, StoredAnswer):
        return found.body
    said = OutgoingReply(f"r-{number}", "亲，付款后48小时内发出，您安心等候~")
    answer = {"message_id": message.id, "replies": [{"type": "text", "text": said.text}], "trace_id": number}
    request = Asked(body["text"], (IntentScore("shipping_time", 0.9),) * 5)
    read = Understanding(body["text"], body["text"], (), (request,))
    steps = (Step(request, Answer("shipping_time", 0.9)),)
    return await store.commit(
        Turn((message,), found.version, found, answer, number, now, understanding=read, steps=steps, replies=(said,))
    )


def main() -> None:
    """Serve one of them as the service is served."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("kind", choices=["echo", "commit"])
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--database", default="")
    given = arguments.parse_args()
    app = echo() if given.kind == "echo" else commit_only(given.database)
    gc.collect()
    gc.freeze()  # as the service does
    config = uvicorn.Config(app, port=given.port, log_config=None, access_log=False, server_header=False)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
