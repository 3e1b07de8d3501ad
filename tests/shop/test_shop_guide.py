"""The shopkeeper's guide names every file, key and column, and its examples hold."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import faq as shops
from app.shop import faq_columns, goods, orders
from app.shop.checker import check_shop
from app.shop.promotions import PromotionText
from app.shop.schema import ShopSettings
from app.shop.sheet import Column
from tests.shop.builders import SHOP

GUIDE = (Path(shops.__file__).parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)


def keys_of(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for inner in models_in(field.annotation):
            yield from keys_of(inner)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


@pytest.mark.parametrize("key", sorted({*keys_of(ShopSettings), *keys_of(PromotionText)}))
def test_the_guide_names_every_key(key: str) -> None:
    assert re.search(rf"(?<![a-z_]){key}(?![a-z_])", GUIDE)


@pytest.mark.parametrize(
    "column", [*faq_columns.COLUMNS, *goods.COLUMNS, *orders.COLUMNS], ids=lambda column: column.name
)
def test_the_guide_names_every_column_in_chinese_and_english(column: Column) -> None:
    assert f"| {column.title}（{column.name}） |" in GUIDE


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_guides_examples_pass_the_check(a_shop: Callable[..., Path], now: datetime, example: str) -> None:
    own = example.partition(":")[0]
    file = f"{own}.yml" if own in {"promotions", "checks"} else "shop.yml"
    text = SHOP + example if file == "shop.yml" else example

    assert check_shop(a_shop({file: text}), now).problems == ()
