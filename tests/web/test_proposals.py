"""Proposed FAQ rows: kept once and without personal data, found by the shopkeeper, closed by who may."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.guard.answers import judge_answer
from app.storage import proposals as proposal_records
from app.storage.store import open_store
from app.web.proposals import proposals_router
from handoff.agents import AgentRole
from handoff.proposals import ProposalBox
from tests.builders import a_shop
from tests.handoff.builders import a_ticket
from tests.web.house import Web

ROW: dict[str, Any] = {"id": "p-1", "question": "茶盘能刻字吗，我电话13812345678", "answer": "亲，可以刻字"}
PATH = "/v1/shops/demo/proposals"


@asynccontextmanager
async def calling(
    tmp_path: Path, agent: str = "xiaowang", role: AgentRole = AgentRole.AGENT
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the routes over a real store."""
    store = await open_store(f"sqlite:///{tmp_path / 'xiaoer.db'}")
    web = Web(a_ticket())
    box = ProposalBox(
        store.proposals,
        lambda _shop: a_shop(),
        lambda entry, shop: judge_answer(entry, shop.settings, (), ()),
        web.clock,
    )
    web.app.include_router(proposals_router(box, web.guard))
    async with web.calling(await web.token(agent, role)) as client:
        yield client
    await store.close()


async def listed(client: httpx.AsyncClient) -> list[str]:
    return [each["id"] for each in (await client.get(PATH)).json()["items"]]


async def test_a_proposal_is_kept_once_and_without_personal_data(tmp_path: Path) -> None:
    async with calling(tmp_path) as client:
        first = await client.post(PATH, json=ROW)
        again = await client.post(PATH, json=ROW)
        other = await client.post(PATH, json=ROW | {"answer": "亲，不可以"})
        found = (await client.get(PATH)).json()["items"]

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert len(found) == 1
    assert "13812345678" not in found[0]["question"]
    assert found[0]["question"].startswith("茶盘能刻字吗")
    assert found[0]["agent"] == "xiaowang"


async def test_an_answer_is_kept_whole_but_for_what_is_a_buyers_own(tmp_path: Path) -> None:
    answer = "亲，2026-12-01 起发货，客服电话 400-800-1234。" + "可以刻字。" * 250

    async with calling(tmp_path) as client:
        whole = await client.post(PATH, json=ROW | {"answer": answer})
        own = await client.post(PATH, json=ROW | {"id": "p-2", "answer": "亲，打13812345678"})

    assert whole.json()["answer"] == answer
    assert "1381234" not in own.json()["answer"]


async def test_what_the_shop_has_not_authorised_is_told_at_once(tmp_path: Path) -> None:
    async with calling(tmp_path) as client:
        kept = await client.post(PATH, json=ROW | {"answer": "亲，都补偿您50元"})

    assert kept.status_code == 200
    assert kept.json()["problems"]


async def test_its_author_and_supervisors_close_it(tmp_path: Path) -> None:
    async with calling(tmp_path) as client:
        for name in ("p-1", "p-2"):
            await client.post(PATH, json=ROW | {"id": name})
    async with calling(tmp_path, "other") as client:
        foreign = await client.post(f"{PATH}/p-1/close")
        unknown = await client.post(f"{PATH}/p-9/close")
    async with calling(tmp_path) as client:
        own = await client.post(f"{PATH}/p-1/close")
        left = await listed(client)
    async with calling(tmp_path, "zhu", AgentRole.SUPERVISOR) as client:
        closed = [(await client.post(f"{PATH}/p-2/close")).json()["closed_by"] for _ in range(2)]
        none = await listed(client)

    assert (foreign.status_code, unknown.status_code, own.status_code) == (403, 404, 200)
    assert (left, closed, none) == (["p-2"], ["zhu", "zhu"], [])


async def test_another_shops_are_not_shown_and_too_many_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposal_records, "MOST_OPEN", 1)
    async with calling(tmp_path) as client:
        answers = [(await client.post(PATH, json=ROW | {"id": name})).status_code for name in ("p-1", "p-2")]
        foreign = await client.get("/v1/shops/other/proposals")
        kept = await listed(client)

    assert (answers, foreign.status_code, kept) == ([200, 409], 403, ["p-1"])
