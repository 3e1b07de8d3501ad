"""Which variant an exchange is for: what is named, and the next size up or down."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from app.domain.catalogue import Product, Sku
from intents._kit.exchange import choose_variant

COLOURED = [(colour, size) for colour in ("白色", "卡其色") for size in ("S", "M", "L")]
DESCENDING = [("XL",), ("L",), ("M",)]


def a_product(variants: Sequence[tuple[str, ...]]) -> Product:
    skus = (Sku("-".join(each), "P", "衬衫", each, Decimal(99), None, 3) for each in variants)
    return Product("P", "衬衫", (), tuple(skus))


@pytest.mark.parametrize(
    ("variants", "bought", "said", "step", "wanted"),
    [
        (COLOURED, "白色-L", ["卡其色"], -1, "卡其色-M"),
        (COLOURED, "白色-L", ["卡其色"], 0, "卡其色-L"),
        (COLOURED, "白色-L", ["M"], -1, "白色-M"),
        (COLOURED, "白色-L", ["L"], -1, "白色-M"),
        (COLOURED, "白色-L", [], 1, None),
        (DESCENDING, "M", [], 1, "L"),
        (DESCENDING, "L", [], -1, "M"),
        ([("S",), ("M",)], "M", [], 1, None),
        ([("S",), ("M",)], "M", [], -1, "S"),
        ([("S",), ("M",)], "M", [], 0, "S"),
        ([("29",), ("30",)], "29", [], 1, "30"),
    ],
)
def test_the_wanted_variant_is_found(
    variants: Sequence[tuple[str, ...]], bought: str, said: list[str], step: int, wanted: str | None
) -> None:
    product = a_product(variants)
    owned = next(sku for sku in product.skus if sku.sku_id == bought)

    found = choose_variant(product, owned, said, step)

    assert (found.sku_id if found else None) == wanted
