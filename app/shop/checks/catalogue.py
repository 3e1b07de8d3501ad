"""Checks the catalogue against itself: variants of one name, prices out of line, names that two goods share."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import median

from app.domain.catalogue import Product, Sku
from app.language.measures import find_quantities
from app.language.numbers import find_numbers
from app.language.size_charts import find_size_chart, find_unread_sizes, list_worn_sizes
from app.shop.contents import FolderContents
from app.shop.report import ProblemCollector, Severity

_SLIP = Decimal(8)
"""A price this many times its siblings' has a digit too many or too few, unless the variants say why."""
_LOW_FLOOR = Decimal("0.3")
_PLAIN = re.compile(r"\s+")


def check_catalogue(contents: FolderContents, problems: ProblemCollector) -> None:
    """Reports variants, prices and names that confuse buyers."""
    for product in contents.products:
        _check_variants(product, contents, problems)
        _check_prices(product, contents, problems)
        _check_size_chart(product, contents, problems)
    _check_aliases(contents, problems)


def _check_variants(product: Product, contents: FolderContents, problems: ProblemCollector) -> None:
    seen: dict[tuple[str, ...], Sku] = {}
    for sku in product.skus:
        name = tuple(_PLAIN.sub("", part).lower() for part in sku.attributes)
        first = seen.setdefault(name, sku)
        if first is sku:
            continue
        row = contents.sku_places[first.sku_id].row
        called = f"规格“{' '.join(sku.attributes)}”" if sku.attributes else "没有写规格，"
        told = (
            f"{called}和第 {row} 行是同一个商品的同一个规格。买家问价格和库存时，机器人分不清是哪一行。"
            "请把规格写得不一样，或删掉一行。"
        )
        column = "attributes" if sku.attributes else "sku_id"
        problems.report_problem(
            Severity.WARNING, contents.sku_places[sku.sku_id].locate_cell(column), told, "same_variant"
        )


def _check_prices(product: Product, contents: FolderContents, problems: ProblemCollector) -> None:
    for sku, other in _odd_prices(product.skus):
        ratio = max(sku.price, other) / min(sku.price, other)
        told = (
            f"价格 {sku.price} 元和同商品其他规格（{other} 元）差 {ratio:.0f} 倍，像是小数点或零写错了。"
            "机器人会照这个价格报给买家。请核对；确实是这个价，规格里写明数量（例如 10 包）。"
        )
        problems.report_problem(
            Severity.WARNING, contents.sku_places[sku.sku_id].locate_cell("price"), told, "odd_price"
        )
    for sku in product.skus:
        if sku.floor_price and sku.price and sku.floor_price < sku.price * _LOW_FLOOR:
            told = (
                f"底价 {sku.floor_price} 元不到价格 {sku.price} 元的三成，像是其中一个写错了。"
                "议价时机器人最低能让到底价。请核对。"
            )
            column = contents.sku_places[sku.sku_id].locate_cell("floor_price")
            problems.report_problem(Severity.WARNING, column, told, "odd_price")


def _check_size_chart(product: Product, contents: FolderContents, problems: ProblemCollector) -> None:
    written, sizes = (
        find_size_chart(product.details),
        list_worn_sizes(each for sku in product.skus for each in sku.attributes),
    )
    unread = find_unread_sizes(written, sizes) if written and sizes else ()
    if unread == ():
        return
    which = f"{'、'.join(unread)} 码的范围" if unread else "任何一个尺码的范围"
    told = (
        f"“{product.title}”的尺码建议里读不出{which}，买家报身高体重时机器人答不了。"
        "请每个尺码后面写带单位的范围，例如 S 80-95斤，M 95-110斤，XL 125斤以上。"
    )
    place = contents.sku_places[product.skus[0].sku_id].locate_cell("details")
    problems.report_problem(Severity.WARNING, place, told, "unread_size_chart")


def _odd_prices(skus: Sequence[Sku]) -> Iterator[tuple[Sku, Decimal]]:
    """SKUs far from the others' middle price, with that price."""
    for sku in skus:
        others = [other for other in skus if other is not sku and other.price]
        if not sku.price or not others:
            continue
        middle = Decimal(median(other.price for other in others))
        far = sku.price >= middle * _SLIP or sku.price * _SLIP <= middle
        first_of_two = len(skus) > 2 or sku is skus[-1]  # noqa: PLR2004  of two prices one is told of, not both
        if far and first_of_two and not any(_is_explained(sku, other) for other in others):
            yield sku, middle


def _is_explained(sku: Sku, other: Sku) -> bool:
    """Whether the variants' own numbers differ as much: 1 包 and 10 包, 50g and 1kg."""
    mine, theirs = _amounts(sku), _amounts(other)
    return any(
        max(one, two) >= min(one, two) * _SLIP / 2 for one in mine for two in theirs if one and two and one != two
    )


def _amounts(sku: Sku) -> list[Decimal]:
    text = " ".join(sku.attributes)
    return [each.in_base[1] for each in find_quantities(text)] or [each.high for each in find_numbers(text)]


def _check_aliases(contents: FolderContents, problems: ProblemCollector) -> None:
    owners: defaultdict[str, list[Product]] = defaultdict(list)
    for product in contents.products:
        if not product.listed_skus:
            continue
        for name in {product.title.lower(), *(word.lower() for word in product.keywords)}:
            owners[name].append(product)
    for name, products in owners.items():
        if len(products) > 1:
            _report_alias(name, products, contents, problems)


def _report_alias(name: str, products: Sequence[Product], contents: FolderContents, problems: ProblemCollector) -> None:
    first, second = products[0], products[1]
    place = contents.sku_places[second.skus[0].sku_id]
    is_title = name == second.title.lower()
    told = (
        f"“{name}”同时是“{first.title}”（{first.product_id}）和“{second.title}”（{second.product_id}）的"
        f"{'标题' if is_title else '别名'}。买家这样叫时，机器人不知道是哪一个，只能反问。"
        "请只留给买家最常指的那一个，另一个换更细的叫法。"
    )
    column = "title" if is_title else "keywords"
    problems.report_problem(Severity.WARNING, place.locate_cell(column), told, "shared_alias")
