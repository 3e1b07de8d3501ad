"""The demo shop is whole and lifelike on any day."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.commerce.undercut import find_promotions_under_floor
from app.domain.catalogue import OrderState
from app.guard.answers import judge_answer
from app.shop.checker import check_shop
from app.shop.loader import load_shop
from app.shop.shop import Shop
from faq import demo_folder
from intents._framework.registry import load_intents

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = [
    datetime(2026, 1, 1, 9, 0, tzinfo=SHANGHAI),
    datetime(2026, 6, 18, 0, 0, tzinfo=SHANGHAI),
    datetime(2027, 2, 28, 23, 59, tzinfo=SHANGHAI),
    datetime(2028, 2, 29, 12, 0, tzinfo=SHANGHAI),
]
NOW = DAYS[0]


@pytest.fixture(scope="module")
def demo() -> Shop:
    return load_shop(demo_folder(), NOW)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_demo_is_clean_on_any_day_promises_included(day: datetime) -> None:
    report = check_shop(demo_folder(), day, judge_answer, goods_check=find_promotions_under_floor)

    assert (report.errors, report.warnings) == ((), ())


def test_the_demo_has_a_whole_faq(demo: Shop) -> None:
    assert len(demo.faq) >= 60
    assert all(3 <= len(entry.similar_questions) <= 8 for entry in demo.faq)
    assert all(entry.category for entry in demo.faq)
    assert any(entry.products for entry in demo.faq)
    assert any(entry.not_matching for entry in demo.faq)


def test_the_demos_answers_are_warm_whole_sentences(demo: Shop) -> None:
    for entry in demo.faq:
        assert entry.answer.startswith("亲，"), entry.source
        assert entry.answer.endswith(("。", "哦。")), entry.source
        assert len(entry.answer) >= 20, entry.source


def test_the_demo_has_goods_of_every_kind(demo: Shop) -> None:
    skus = [sku for product in demo.products for sku in product.skus]

    assert len(demo.products) >= 30
    assert len(skus) >= 60
    assert all(sku.floor_price is not None and sku.floor_price < sku.price for sku in skus)
    assert all(product.keywords for product in demo.products)
    assert any(sku.stock == 0 and sku.restock_on for sku in skus)
    assert any(sku.stock == 0 and not sku.restock_on and sku.listed for sku in skus)
    assert any(0 < sku.stock <= 5 for sku in skus)
    assert any(sku.presale_ship_on for sku in skus)
    assert any(not sku.listed for sku in skus)


def test_the_demo_has_promotions_running_over_and_to_come(demo: Shop) -> None:
    running = [promotion for promotion in demo.promotions if promotion.begins <= NOW < promotion.ends]

    assert len(demo.promotions) >= 8
    assert any(NOW - timedelta(days=1) <= promotion.ends <= NOW for promotion in demo.promotions)
    assert any(promotion.begins > NOW + timedelta(days=2) for promotion in demo.promotions)
    assert {promotion.stacks for promotion in running} == {True, False}
    assert any(promotion.products for promotion in running)
    assert len({promotion.kind for promotion in running}) == 6


def test_the_demo_has_orders_in_every_state(demo: Shop) -> None:
    states = Counter(order.state for order in demo.orders.values())

    assert len(demo.orders) >= 40
    assert set(states) == set(OrderState)
    assert any(len(order.lines) > 1 for order in demo.orders.values())


def test_the_demo_has_overdue_stuck_and_presale_orders(demo: Shop) -> None:
    shipping = demo.settings.authority.shipping
    assert shipping is not None
    presale = {sku.sku_id for product in demo.products for sku in product.skus if sku.presale_ship_on}
    paid = [order for order in demo.orders.values() if order.state is OrderState.PAID and order.paid_at]
    still = NOW - timedelta(hours=shipping.stuck_hours)

    assert any(order.lines[0].sku_id in presale for order in paid)
    assert any(
        order.paid_at < NOW - timedelta(hours=shipping.within_hours) and order.lines[0].sku_id not in presale
        for order in paid
        if order.paid_at
    )
    assert any(order.paid_at and order.paid_at.astimezone(SHANGHAI).date() == NOW.date() for order in paid)
    assert any(
        order.last_moved_at < still
        for order in demo.orders.values()
        if order.state is OrderState.SHIPPED and order.last_moved_at
    )


def test_a_demo_buyer_has_two_open_orders(demo: Shop) -> None:
    open_states = {OrderState.UNPAID, OrderState.PAID, OrderState.SHIPPED}
    buyers = Counter(order.buyer for order in demo.orders.values() if order.state in open_states)

    assert buyers["buyer-15"] == 2
    assert buyers["buyer-04"] == 1


@pytest.mark.parametrize("name", ["faq.csv", "catalog.csv", "orders.csv"])
def test_the_demos_tables_open_in_excel(name: str) -> None:
    content = (demo_folder() / name).read_bytes()

    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    assert not any(
        cell.startswith(("=", "+", "-", "@"))
        for line in content.decode("utf-8-sig").splitlines()
        for cell in line.split(",")
    )


def test_nothing_of_the_demo_depends_on_the_machines_clock() -> None:
    early, late = (load_shop(demo_folder(), day.astimezone(UTC)) for day in (DAYS[0], DAYS[3]))

    shift = DAYS[3].date() - DAYS[0].date()
    assert late.orders["8800100004"].paid_at == (early.orders["8800100004"].paid_at or NOW) + shift


def test_every_category_of_the_demo_is_an_intent_by_its_chinese_title(demo: Shop) -> None:
    titles = {definition.title for definition in load_intents().values()}

    assert {entry.category for entry in demo.faq} <= titles
