"""Many variants are named by what they combine."""

from itertools import product

from intents._kit.wording import join_names, join_variants
from tests.builders import a_sku


def test_all_combinations_are_told_by_their_parts() -> None:
    skus = [a_sku(f"T1-{at}", attributes=pair) for at, pair in enumerate(product(("黑色", "白色"), ("S", "M", "L")))]

    assert join_variants(skus) == "黑色、白色的S、M、L"
    assert join_variants(skus[:-1]) == join_names(skus[:-1]) == "黑色S、黑色M、黑色L、白色S、白色M"


def test_a_few_or_those_of_one_attribute_are_named_each() -> None:
    few = [a_sku(f"T1-{at}", attributes=pair) for at, pair in enumerate(product(("黑色", "白色"), ("S", "M")))]
    sizes = [a_sku(f"T2-{size}", attributes=(size,)) for size in ("小号", "中号", "大号")]

    assert join_variants(few) == "黑色S、黑色M、白色S、白色M"
    assert join_variants(sizes) == "小号、中号、大号"
