"""A bare word for a kind is looked up in the catalogue; a message that holds none costs no look at it."""

from dataclasses import replace
from typing import cast

import pytest

from app.domain.catalogue import Product
from app.domain.fact import FactsUnavailableError
from app.facts.files import FileFacts
from intents._framework.contract import Case
from intents._kit.choices import find_bare_kind_goods
from tests.intents.cases import NOW, PRESALE, TRAY, a_case, a_shop, a_sku
from tests.intents.test_without_facts import BrokenFacts

BAMBOO = Product("T2", "竹制茶盘", ("茶盘",), (a_sku("T2-S", title="竹制茶盘", price="88"),))


def asked_of_kinds(text: str, in_view: str = "") -> Case:
    """A question to a shop of two trays and a table."""
    shop = replace(a_shop(), products=(TRAY, BAMBOO, PRESALE))
    case = a_case("product_question", text, shop, slots={"product": in_view} if in_view else {})
    return replace(case, facts=FileFacts(shop, lambda: NOW))


async def test_the_goods_of_the_kind_are_found_but_where_one_of_them_is_in_view() -> None:
    found = await find_bare_kind_goods(asked_of_kinds("茶盘呢", "P1"))

    assert found is not None
    assert [each.product_id for each in found.value] == ["T1", "T2"]
    assert await find_bare_kind_goods(asked_of_kinds("茶盘呢", "T1")) is None
    assert await find_bare_kind_goods(asked_of_kinds("茶桌呢")) is None


async def test_the_catalogue_is_read_only_for_a_kind() -> None:
    down = BrokenFacts(FactsUnavailableError)
    plain = replace(asked_of_kinds("表面是什么油做的处理"), facts=cast("FileFacts", down))

    assert await find_bare_kind_goods(plain) is None
    with pytest.raises(FactsUnavailableError):
        await find_bare_kind_goods(replace(asked_of_kinds("茶盘呢"), facts=cast("FileFacts", down)))
