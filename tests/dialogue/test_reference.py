"""Words that point at goods of the conversation, and goods added to those of the question before."""

import pytest

from app.dialogue.focus import FocusItem, FocusStack
from app.dialogue.reference import join_goods, point_at_goods
from app.domain.catalogue import Product
from app.domain.understanding import Entity, EntityKind, IntentScore, Request, Understanding

PRODUCTS = {
    "C1": Product("C1", "羊毛大衣", (), ()),
    "C2": Product("C2", "羊绒围巾", (), ()),
}
BOTH = FocusStack((FocusItem("C1", ("驼色",)), FocusItem("C2")))
TWO_COATS = FocusStack((FocusItem("C1", ("驼色",)), FocusItem("C1", ("黑色",))))


@pytest.mark.parametrize(
    ("text", "stack", "full"),
    [
        ("那两个一起多少钱", BOTH, "羊毛大衣驼色和羊绒围巾一起多少钱"),
        ("那两个一起多少钱", TWO_COATS, "羊毛大衣驼色和黑色一起多少钱"),
        ("前面那款还有吗", BOTH, "羊毛大衣驼色还有吗"),
        ("前面那款还有吗", TWO_COATS, None),
        ("那两个一起多少钱", FocusStack((FocusItem("C1"),)), None),
        ("还有吗", BOTH, None),
    ],
    ids=["two goods", "two of one", "the one before", "no other goods", "only one known", "points at nothing"],
)
def test_goods_are_put_where_a_message_points_at_them(text: str, stack: FocusStack, full: str | None) -> None:
    assert point_at_goods(text, stack, PRODUCTS) == full


def heard(text: str, *entities: Entity) -> Understanding:
    request = Request(text, (IntentScore("price_question", 0.9),), (), entities)
    return Understanding(text, text, entities, (request,))


COAT = Entity(EntityKind.PRODUCT, "大衣", "C1", 0, 2)
SCARF = Entity(EntityKind.PRODUCT, "围巾", "C2", 0, 2)


def test_goods_stand_behind_those_of_the_question_before() -> None:
    assert join_goods("围巾一起", heard("围巾一起", SCARF), heard("大衣多少钱", COAT), "") == "大衣和围巾一起"


def test_without_such_a_question_they_stand_behind_what_is_spoken_of() -> None:
    assert join_goods("围巾一起", heard("围巾一起", SCARF), None, "羊毛大衣") == "羊毛大衣和围巾一起"


def test_a_number_of_pieces_on_one_side_makes_the_other_one_piece() -> None:
    three = Entity(EntityKind.QUANTITY, "3件", 3, 2, 4)

    assert (
        join_goods("围巾一起", heard("围巾一起", SCARF), heard("大衣3件多少钱", COAT, three), "")
        == "大衣3件和一件围巾一起"
    )
    assert (
        join_goods(
            "围巾2条", heard("围巾2条", SCARF, Entity(EntityKind.QUANTITY, "2条", 2, 2, 4)), heard("大衣", COAT), ""
        )
        == "大衣一件和围巾2条"
    )
