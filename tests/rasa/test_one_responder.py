"""A call of a Rasa assistant is a turn like every other: the same announcements, metrics and order."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.assembly.components import Components
from app.delivery.ports import OutboxFilter, OutboxItem
from app.domain.message import ConversationKey
from app.main import build_components
from app.settings import Settings
from faq import demo_folder
from tests.rasa.calls import a_call

HAGGLES = ("黑胡桃木长方茶盘大号便宜点", "再便宜点嘛", "再少点我就买了", "有没有优惠券给一张", "最后再便宜点")


@pytest.fixture(scope="module")
def shops_with_callback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shops = tmp_path_factory.mktemp("shops")
    shutil.copytree(demo_folder(), shops / "demo")
    with (shops / "demo" / "shop.yml").open("a", encoding="utf-8") as file:
        file.write("\ncallback:\n  url: https://shop.example/callback\n")
    return shops


@pytest.fixture
async def parts(shops_with_callback: Path, database_url: str, tmp_path: Path) -> AsyncIterator[Components]:
    settings = Settings(shops_dir=shops_with_callback, database_url=database_url, state_dir=tmp_path)
    built = await build_components(settings)
    yield built
    await built.close()


async def call(parts: Components, action: str, text: str, **more: Any) -> dict[str, Any]:
    answer = await parts.rasa_runner.run_action(a_call(action, text, **more), "demo")
    assert answer is not None
    return answer


async def outbox(parts: Components) -> list[OutboxItem]:
    return list((await parts.store.find_outbox_rows(OutboxFilter(), limit=50, cursor=None)).rows)


async def test_a_coupon_granted_through_rasa_is_announced_and_counted(parts: Components) -> None:
    granted: list[dict[str, Any]] = []
    for turns, text in enumerate(HAGGLES, 1):
        answer = await call(parts, "action_bargaining", text, sender="haggler", message_id=f"m-{turns}")
        granted = [made for made in commitments(answer) if made["type"] == "CouponCommitment"]
        if granted:
            break

    (promise,) = [row for row in await outbox(parts) if row.kind == "promise.made"]
    assert granted
    assert promise.payload["data"]["granted"] == granted
    assert promise.payload["data"]["conversation"] == "haggler"
    told = parts.metrics.render_exposition().decode()
    assert f'xiaoer_turns_total{{action="answer",shop="demo"}} {turns}.0' in told
    assert f'xiaoer_messages_total{{channel="rasa",duplicate="false",shop="demo"}} {turns}.0' in told


def commitments(answer: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = answer["responses"][0]["custom"].get("commitments", [])
    return made


async def test_a_handoff_through_rasa_is_told_and_counted_once(parts: Components) -> None:
    first = await call(parts, "action_complaint", "我要投诉你们", sender="upset", message_id="m-1")
    again = await call(parts, "action_complaint", "我要投诉你们", sender="upset", message_id="m-1")

    (opened,) = await outbox(parts)
    told = parts.metrics.render_exposition().decode()
    assert first == again
    assert opened.kind == "handoff.opened"
    assert opened.payload["data"]["id"] == first["responses"][0]["custom"]["handoff"]["id"]
    assert 'xiaoer_handoffs_total{group="supervisor",priority="urgent",reason="complaint"} 1.0' in told
    assert 'duplicate="true",shop="demo"} 1.0' in told


async def test_calls_at_once_in_one_conversation_are_answered_one_after_the_other(parts: Components) -> None:
    calls = [
        call(parts, "action_greeting", f"在吗{number}", sender="hasty", message_id=f"m-{number}") for number in range(6)
    ]

    await asyncio.gather(*calls)

    found = await parts.store.load_conversation(ConversationKey("demo", "rasa", "hasty"))
    assert found is not None
    assert found.version == 6
