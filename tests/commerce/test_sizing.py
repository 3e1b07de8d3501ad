"""A size is advised from what the shop wrote, and from nothing else."""

from decimal import Decimal

import pytest

from app.commerce.sizing import advise_size, has_sizes
from app.domain.catalogue import Product, Sku
from app.language.body import read_body


def a_product(sizes: str, *details: tuple[str, str]) -> Product:
    skus = (Sku(f"P-{size}", "P", "风衣", ("卡其", size), Decimal(100), None, 3) for size in sizes.split())
    return Product("P", "风衣", (), tuple(skus), details)


CHART = ("尺码建议", "S 80-95斤，M 95-110斤，L 身高165-175cm 110-125斤，2XL 140-160斤")


@pytest.mark.parametrize(
    ("said", "sizes"),
    [
        ("100斤", ("M",)),
        ("95斤", ("S", "M")),
        ("70斤", ("S",)),
        ("130斤", ("2XL",)),
        ("60公斤", ("L",)),
        ("200斤", ()),
    ],
)
def test_the_chart_tells_the_size(said: str, sizes: tuple[str, ...]) -> None:
    body = read_body(said)
    advice = advise_size(a_product("S M L 2XL", CHART), body) if body else None

    assert advice is not None
    assert advice.sizes == sizes
    assert advice.largest == "2XL"


def test_the_taller_and_the_heavier_measure_decides() -> None:
    chart = ("尺码表", "M 身高160-165cm 体重90-100斤；L 身高165-170cm 体重100-115斤")
    body = read_body("身高168体重95斤")

    assert body is not None
    advice = advise_size(a_product("M L", chart), body)
    assert advice is not None
    assert advice.sizes == ("L",)


def test_sizes_that_are_heights_are_taken_from_the_next_on() -> None:
    body = read_body("身高118")

    assert body is not None
    advice = advise_size(a_product("110 120 130"), body)
    assert advice is not None
    assert advice.sizes == ("120",)


def test_without_a_chart_nothing_is_advised() -> None:
    body = read_body("身高165体重60公斤")

    assert body is not None
    assert advise_size(a_product("S M L"), body) is None
    assert not has_sizes(a_product("小号 大号"))
