"""The state of a shop, for the people who keep its files."""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.domain.events import Serving
from app.domain.shop_version import ShopVersion
from app.errors import NotFoundError, ShopUnavailableError
from app.shop.report import FolderProblem, FolderReport, Severity
from app.tenants.registry import LearningShop, LearningStage, OpenShop, OpenShops, ShopFault
from app.web.shops import ShopDesk, ShopState
from tests.shop.builders import NOW

BAD_ROW = FolderProblem(Severity.ERROR, "faq.xlsx", "没有填写，请补上。", 12, "答案", "售后", "D", leaves_out=True)


def an_open_shop(shop_id: str) -> OpenShop:
    return cast("OpenShop", SimpleNamespace(shop=SimpleNamespace(shop_id=shop_id, version="v2", loaded_at=NOW)))


def a_desk(shops: OpenShops, problems: Sequence[FolderProblem] = ()) -> ShopDesk:
    async def list_versions(shop: str) -> Sequence[ShopVersion]:
        return [ShopVersion(shop, 2, "v2", "mei", "问答 新增 1", NOW)]

    return ShopDesk(shops, {"tea": FolderReport(tuple(problems), {"问答": 3})}.get, list_versions)


async def test_a_shop_in_order_tells_its_version_its_counts_and_who_changed_it() -> None:
    status = await a_desk(OpenShops({"tea": an_open_shop("tea")})).describe_shop("tea")

    assert (status.state, status.version, status.counts) == (ShopState.OPEN, "v2", {"问答": 3})
    assert [(each.number, each.author, each.summary) for each in status.versions] == [(2, "mei", "问答 新增 1")]


async def test_a_row_left_out_is_told_at_its_cell() -> None:
    shops = OpenShops({"tea": an_open_shop("tea")})
    shops.mark_fault(ShopFault("tea", (BAD_ROW,), NOW, Serving.THE_REST))

    status = await a_desk(shops, [BAD_ROW]).describe_shop("tea")

    assert (status.state, status.errors, status.since) == (ShopState.THE_REST, 1, NOW)
    told = status.problems[0]
    assert (told.sheet, told.row, told.column, told.left_out) == ("售后", 12, "D", True)


@pytest.mark.parametrize(("is_open", "state"), [(False, ShopState.LEARNING), (True, ShopState.OPEN)])
async def test_a_version_on_its_way_is_told_beside_what_answers(is_open: bool, state: ShopState) -> None:
    shops = OpenShops({"tea": an_open_shop("tea")} if is_open else {})
    shops.mark_learning(LearningShop("tea", LearningStage.LEARNING, NOW - timedelta(seconds=3), 50_000))

    status = await a_desk(shops).describe_shop("tea")

    assert status.state is state
    assert status.learning is not None
    assert (status.learning.stage, status.learning.entries) == (LearningStage.LEARNING, 50_000)


async def test_a_broken_shop_without_a_good_version_is_closed() -> None:
    shops = OpenShops({})
    shops.mark_fault(ShopFault("tea", (), NOW, Serving.NOTHING))

    assert (await a_desk(shops).describe_shop("tea")).state is ShopState.CLOSED


async def test_a_shop_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        await a_desk(OpenShops({})).describe_shop("tea")


def test_while_nothing_is_open_a_shop_being_learned_is_unavailable_not_unknown() -> None:
    shops: Any = OpenShops({})
    shops.mark_learning(LearningShop("tea", LearningStage.READING, NOW))

    assert shops.known_ids == ("tea",)
    with pytest.raises(ShopUnavailableError, match="still being learned"):
        shops.get_shop("tea")
