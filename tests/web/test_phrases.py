"""Quick phrases: found by what is typed, filled in for the handoff, each agent's own beside the shop's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.phrase import Phrase
from app.errors import NotFoundError
from app.guard.answers import judge_answer
from app.shop.shop import Shop
from app.storage import phrases as phrase_records
from app.storage.store import open_store
from app.web.phrases import phrases_router
from handoff.queue import HandoffQueue
from handoff.quick_phrases import PhraseBox
from tests.builders import a_shop
from tests.handoff.builders import a_fact, a_message, a_ticket, an_order
from tests.web.house import Web

SHOPS_OWN = (
    Phrase("P1", "发货时间", "亲，付款后{{发货时限}}内发出"),
    Phrase("P2", "查单", "{{买家}}，{{订单号}}我查一下发货"),
    Phrase("P3", "再见", "祝您生活愉快"),
)


@asynccontextmanager
async def calling(tmp_path: Path, agent: str = "xiaowang") -> AsyncIterator[httpx.AsyncClient]:
    """A client of the routes over a real store."""
    store = await open_store(f"sqlite:///{tmp_path / 'xiaoer.db'}")
    ticket = a_ticket(facts=(a_fact(an_order()),))
    web = Web(ticket)

    def get_shop(shop: str) -> Shop:
        if shop != "demo":
            raise NotFoundError(shop)
        return a_shop(phrases=SHOPS_OWN)

    queue = HandoffQueue(web.tickets, web.clock)
    box = PhraseBox(store.phrases, queue, get_shop, lambda entry, shop: judge_answer(entry, shop.settings, (), ()))
    web.app.include_router(phrases_router(box, web.guard))
    async with web.calling(await web.token(agent)) as client:
        yield client
    await store.close()


async def titles(client: httpx.AsyncClient, **asked: str) -> list[str]:
    answer = await client.get("/v1/shops/demo/phrases", params=asked)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["发货时间", "查单", "再见"]),
        ("fhsj", ["发货时间"]),
        ("cd", ["查单"]),
        ("发货", ["发货时间", "查单"]),
        ("愉快", ["再见"]),
        ("nothing", []),
    ],
)
async def test_phrases_are_found_by_title_text_and_initials(tmp_path: Path, typed: str, found: list[str]) -> None:
    async with calling(tmp_path) as client:
        assert await titles(client, q=typed) == found


async def test_names_are_filled_in_for_the_handoff(tmp_path: Path) -> None:
    async with calling(tmp_path) as client:
        answer = await client.get("/v1/shops/demo/phrases", params={"handoff": "t-1"})

    said = [item["said"] for item in answer.json()["items"]]
    assert said[0] == "亲，付款后48小时内发出"
    assert an_order().order_id in said[1]
    assert a_message().sender.name not in said[1]  # the platform gave no name on this ticket
    assert said[1].startswith("您，")


async def test_ones_own_are_kept_changed_and_removed_and_nobody_elses(tmp_path: Path) -> None:
    own: dict[str, Any] = {"title": "发货慢", "text": "亲，催一下"}
    async with calling(tmp_path) as client:
        await client.put("/v1/shops/demo/phrases/mine", json=own)
        kept = await client.put("/v1/shops/demo/phrases/mine", json=own | {"text": "亲，补偿您50元"})
        mine = await titles(client, q="发货")
    async with calling(tmp_path, "other") as client:
        theirs = await titles(client, q="发货")
    async with calling(tmp_path) as client:
        gone = [(await client.delete("/v1/shops/demo/phrases/mine")).status_code for _ in range(2)]
        left = await titles(client, q="发货")

    assert kept.json()["problems"]
    assert (mine[0], theirs, left, gone) == ("发货慢", ["发货时间", "查单"], ["发货时间", "查单"], [204, 204])


async def test_too_many_are_refused_and_another_shops_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrase_records, "MOST_PHRASES", 1)
    own = {"title": "独一份", "text": "亲"}
    async with calling(tmp_path) as client:
        answers = [(await client.put(f"/v1/shops/demo/phrases/p{at}", json=own)).status_code for at in range(2)]
        foreign = await client.get("/v1/shops/other/phrases")
        kept = await titles(client, q="独一份")

    assert (answers, foreign.status_code, kept) == ([200, 409], 403, ["独一份"])
