"""The focus stack: which goods a conversation is about, and the colours and sizes chosen of each."""

from decimal import Decimal

import pytest

from app.dialogue.focus import (
    DEEPEST,
    FocusItem,
    FocusStack,
    choose_values,
    find_chosen_sku,
    item_words,
    settle_variant,
    update_focus,
)
from app.dialogue.wanted import WantedGoods, wanted_words
from app.domain.catalogue import Product, Sku
from app.domain.understanding import Entity, EntityKind, IntentScore, Request, Understanding


def a_product(product_id: str, title: str, *variants: tuple[str, ...]) -> Product:
    skus = tuple(
        Sku(f"{product_id}-{number}", product_id, title, each, Decimal(99), None, 5)
        for number, each in enumerate(variants, start=1)
    )
    return Product(product_id, title, (), skus)


COAT = a_product("C1", "羊毛大衣", ("驼色", "S"), ("驼色", "M"), ("黑色", "S"), ("黑色", "XL"))
SCARF = a_product("C2", "羊绒围巾", ("灰色",), ("红色",))
PRODUCTS = {each.product_id: each for each in (COAT, SCARF)}


def attribute(value: str) -> Entity:
    return Entity(EntityKind.ATTRIBUTE, value, value, 0, len(value))


def named(product: Product) -> Entity:
    return Entity(EntityKind.PRODUCT, product.title, product.product_id, 0, len(product.title))


@pytest.mark.parametrize(
    ("earlier", "said", "chosen"),
    [
        ((), ["M"], ("m",)),
        (("M",), ["驼色"], ("驼色", "M")),
        (("驼色", "M"), ["黑色"], ("黑色", "M")),
        (("驼色", "M"), ["S", "XL"], ("驼色",)),
        (("驼色",), ["L"], ("驼色",)),
        (("驼色",), ["XL"], ("驼色", "xl")),
    ],
    ids=["first", "other axis", "same axis", "two of one axis", "no such value", "any case"],
)
def test_a_value_replaces_what_was_chosen_on_its_own_axis(
    earlier: tuple[str, ...], said: list[str], chosen: tuple[str, ...]
) -> None:
    assert choose_values(COAT, earlier, said) == chosen


@pytest.mark.parametrize(
    ("values", "sku"), [(("驼色", "M"), "C1-2"), (("驼色",), None), (("黑色", "M"), None), ((), None)]
)
def test_a_sku_is_chosen_when_one_alone_fits(values: tuple[str, ...], sku: str | None) -> None:
    found = find_chosen_sku(COAT, values)

    assert (found.sku_id if found else None) == sku


def test_a_value_for_an_open_axis_completes_and_another_is_a_thing_beside() -> None:
    stack = FocusStack().push_product(COAT, ["M"]).push_product(COAT, ["驼色"])
    assert stack.items == (FocusItem("C1", ("驼色", "m")),)

    assert stack.push_product(COAT, ["黑色"]).items == (
        FocusItem("C1", ("驼色", "m")),
        FocusItem("C1", ("黑色", "m")),
    )


def test_colours_belong_to_the_goods_named_else_to_those_in_view() -> None:
    stack = update_focus(FocusStack(), [named(SCARF), attribute("红色")], PRODUCTS, "C1")
    stack = update_focus(stack, [attribute("S")], PRODUCTS, "C1")

    assert stack.items == (FocusItem("C2", ("红色",)), FocusItem("C1", ("s",)))
    assert stack.chosen_values("C2") == ("红色",)


def test_two_goods_named_together_are_both_in_focus_in_their_order() -> None:
    stack = update_focus(FocusStack(), [named(SCARF), named(COAT)], PRODUCTS, None)

    assert [each.product_id for each in stack.items] == ["C2", "C1"]


def test_what_was_spoken_of_long_ago_is_forgotten_and_the_slot_keeps_the_rest() -> None:
    stack = FocusStack()
    for number in range(DEEPEST + 2):
        stack = stack.push_product(a_product(f"P{number}", f"商品{number}", ("白",)), ["白"])

    assert [each.product_id for each in stack.items] == [f"P{number}" for number in range(2, DEEPEST + 2)]
    assert FocusStack.load_stack(stack.dump_stack()) == stack
    assert FocusStack.load_stack(None) == FocusStack()


def heard(text: str, *entities: Entity) -> Understanding:
    request = Request(text, (IntentScore("stock", 0.9),), (), entities)
    return Understanding(text, text, entities, (request,))


def test_a_size_after_a_colour_settles_on_the_sku() -> None:
    settled = settle_variant(heard("M的有吗", attribute("M")), COAT, ("驼色",))

    assert [each.value for each in settled.entities if each.kind is EntityKind.SKU] == ["C1-2"]
    assert settled.requests[0].entities == settled.entities


def test_who_asks_which_sizes_there_are_settles_on_none() -> None:
    asked = heard("黑色有哪些码", attribute("黑色"))

    assert settle_variant(asked, COAT, ("XL",)) == asked


def test_a_full_question_calls_goods_by_title_and_what_was_chosen() -> None:
    assert item_words(FocusItem("C1", ("驼色", "M")), PRODUCTS) == "羊毛大衣驼色M"
    assert item_words(FocusItem("C9"), PRODUCTS) == ""


def test_two_seen_one_after_the_other_are_meant_in_their_last_colours() -> None:
    stack = FocusStack((FocusItem("C1", ("驼色",)), FocusItem("C2", ("灰色",)), FocusItem("C1", ("黑色",))))

    told = wanted_words("两样一起多少钱", stack, WantedGoods(), PRODUCTS, of_several=False)

    assert told is not None
    assert ("黑色" in told, "驼色" in told) == (True, False)
