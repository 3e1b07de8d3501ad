"""A size is advised from what the shop wrote, and from nothing else."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.commerce.sizing import Measure, SizeAdvice, advise_size, find_missing_measure, has_sizes
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


@pytest.mark.parametrize(
    ("chart", "said", "sizes", "smallest"),
    [
        ("80-95斤 S，95-110斤 M，110-125斤 L", "100斤", ("M",), "S"),
        ("L 110-125斤，M 95-110斤，S 80-95斤", "70斤", ("S",), "S"),
        ("S 80斤以下，M 80-110斤，L 110斤以上", "60斤", ("S",), "S"),
        ("S 80斤以下，M 80-110斤，L 110斤以上", "180斤", ("L",), "S"),
        ("S 身高155-160cm，80-95斤；M 身高160-165cm，95-110斤", "身高162体重100斤", ("M",), "S"),
        ("身高155-160cm，80-95斤选S；身高160-165cm，95-110斤选M", "身高162体重100斤", ("M",), "S"),
    ],
)
def test_a_chart_is_read_in_any_order(chart: str, said: str, sizes: tuple[str, ...], smallest: str) -> None:
    body = read_body(said)
    advice = advise_size(a_product("S M L", ("尺码建议", chart)), body) if body else None

    assert advice is not None
    assert (advice.sizes, advice.smallest) == (sizes, smallest)


def test_who_is_far_below_the_smallest_size_is_told_none() -> None:
    body = read_body("身高110体重30斤")

    assert body is not None
    advice = advise_size(a_product("S M L 2XL", CHART), body)
    assert advice is not None
    assert advice.below
    assert advice.sizes == ()
    assert advise_size(a_product("110 120 130"), replace(body, height=Decimal(75))) == SizeAdvice(
        (), "110", "130", below=True
    )


def test_a_height_and_a_weight_far_apart_are_both_named() -> None:
    chart = ("尺码表", "M 165-170cm 105-125斤，L 170-175cm 125-140斤，XL 175-180cm 140-155斤")
    body = read_body("身高178体重110斤")

    assert body is not None
    advice = advise_size(a_product("M L XL", chart), body)
    assert advice is not None
    assert (advice.sizes, advice.by_height, advice.by_weight) == (("M", "XL"), "XL", "M")


def test_the_measure_that_a_chart_goes_by_is_missed() -> None:
    height, weight = read_body("身高165"), read_body("100斤")

    assert height is not None
    assert weight is not None
    assert find_missing_measure(a_product("S M L 2XL", ("尺码建议", "S 80-95斤，M 95-110斤")), height) is Measure.WEIGHT
    assert find_missing_measure(a_product("S M L 2XL", CHART), weight) is None
    assert find_missing_measure(a_product("S M L"), height) is None


def test_without_a_chart_nothing_is_advised() -> None:
    body = read_body("身高165体重60公斤")

    assert body is not None
    assert advise_size(a_product("S M L"), body) is None
    assert not has_sizes(a_product("小号 大号"))
