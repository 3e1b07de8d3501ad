"""The same promise through the whole responder: real understanding, the demo shop, adversarial buyers."""

import re
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app.domain.catalogue import Sku
from app.domain.document import encode_dataclass
from app.tenants.registry import OpenShops
from intents._framework.schema import Check
from tests.intents.conftest import Counter
from tests.intents.worlds import HAGGLES, NUMBERS, OTHERS

DIALOGUES = 60
LINES = 6
AMOUNTS = frozenset({"unit_price", "total", "amount", "minimum_spend"})
ARRIVAL = re.compile(r"(?:明天|后天|\d天|\d日)[^，。]{0,6}(?:送到|送达|到您|收到|能到)")


def said_lines(random: Random, sku: Sku) -> tuple[str, ...]:
    """A buyer who names the goods first and then tries everything."""
    templates = [*HAGGLES, *HAGGLES, *(line for lines in OTHERS.values() for line in lines)]
    words = {"q": random.choice((1, 2, 12, 300)), "t": sku.title, "u": "胡桃木笔筒"}
    lines = [random.choice(templates).format(n=random.choice(NUMBERS), **words) for _ in range(LINES)]
    return (f"{sku.title}{sku.attributes[0] if sku.attributes else ''}{lines[0]}", *lines[1:])


@pytest.mark.parametrize("seed", range(DIALOGUES))
async def test_no_reply_of_the_service_goes_beyond_the_shop(counter: Counter, shops: OpenShops, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - dialogues, not secrets
    goods = {sku.sku_id: sku for product in shops.get_shop("demo").shop.products for sku in product.skus if sku.listed}
    sku = random.choice(list(goods.values()))
    check = Check(say="", action="answer")

    for line in said_lines(random, sku):
        turn = await counter.say(f"buyer-{seed}", line, check)

        text = "\n".join(reply.text for reply in turn.replies)
        made = [encode_dataclass(each) for step in turn.steps for each in step.outcome.commitments]
        assert not ARRIVAL.search(text), (line, text)
        assert "底价" not in text, (line, text)
        for price in (document for document in made if document["type"] == "PriceCommitment"):
            assert Decimal(price["total"]) >= (goods[price["sku_id"]].floor_price or 0) * price["quantity"], (
                line,
                text,
            )
        assert sku.floor_price not in amounts_in(text) - public_amounts(goods, made), (line, text)


def amounts_in(text: str) -> set[Decimal]:
    """Every amount in the words."""
    return {Decimal(amount) for amount in re.findall(r"(?<![\d.])(\d+(?:\.\d+)?)元", text)}


def public_amounts(goods: Mapping[str, Sku], made: list[dict[str, Any]]) -> set[Decimal]:
    """Amounts that stand in the words for another reason than being a floor: page prices and what was committed."""
    committed = {Decimal(value) for document in made for name, value in document.items() if name in AMOUNTS and value}
    return {sku.price for sku in goods.values()} | committed
