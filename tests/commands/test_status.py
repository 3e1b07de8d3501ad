"""`xiaoer status` as typed: how a shop stands in the running service."""

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.commands.status import ANSWERING
from app.domain.events import Serving
from app.tenants.registry import LearningShop, LearningStage, OpenShops, ShopFault
from app.web.shops import ShopDesk, ShopState
from tests.commands.service import service
from tests.shop.builders import NOW
from tests.web.test_shop_status import BAD_ROW, a_desk, an_open_shop


async def ask(desk: ShopDesk) -> Result:
    body = (await desk.describe_shop("tea")).model_dump_json().encode()
    with service((200, body)) as url:
        return CliRunner().invoke(app, ["status", "tea", "--url", url, "--token", "xat_1"])


async def test_a_shop_in_order_tells_what_answers() -> None:
    told = await ask(a_desk(OpenShops({"tea": an_open_shop("tea")})))

    assert told.exit_code == 0
    assert "tea：正常，用的是现在的文件。" in told.stdout
    assert "v2" in told.stdout
    assert "问答 3" in told.stdout
    assert "错误 0，提醒 0。" in told.stdout


async def test_a_row_left_out_is_told_at_its_cell() -> None:
    shops = OpenShops({"tea": an_open_shop("tea")})
    shops.mark_fault(ShopFault("tea", (BAD_ROW,), NOW, Serving.THE_REST))

    told = await ask(a_desk(shops, [BAD_ROW]))

    assert told.exit_code == 1
    assert "跳过有错误的几条，其余照常" in told.stdout
    for word in ("faq.xlsx", "售后", "第 12 行", "D", "答案", "没有填写，请补上。", "错误 1", "起。"):
        assert word in told.stdout


async def test_a_shop_that_is_still_learning_says_how_far_it_is() -> None:
    shops = OpenShops({})
    shops.mark_learning(LearningShop("tea", LearningStage.LEARNING, NOW, 50_000))

    told = await ask(a_desk(shops))

    assert "正在学习，还没有开门" in told.stdout
    assert "新版本：学问答，问答 50000 条。" in told.stdout


def test_without_a_service_it_says_how_to_start_one() -> None:
    told = CliRunner().invoke(app, ["status", "tea", "--url", "http://127.0.0.1:9", "--token", "xat_1"])

    assert told.exit_code == 1
    assert "make run" in told.stderr


@pytest.mark.parametrize("state", ShopState)
def test_every_state_has_its_words(state: ShopState) -> None:
    assert ANSWERING[state]
