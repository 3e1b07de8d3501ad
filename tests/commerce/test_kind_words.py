"""What several goods are called by, and where a text says it."""

from app.commerce.kind_words import KindWords
from app.domain.catalogue import Product

SAUCEPAN = Product("P1", "麦饭石奶锅", ("小锅",), (), (("手柄", "榉木柄"),))
STOCKPOT = Product("P2", "不锈钢汤锅", (), ())
SCARF = Product("P3", "羊绒围巾两条装", ("围巾",), (), (("包装", "送锅铲"),))
WORDS = KindWords((SAUCEPAN, STOCKPOT, SCARF))


def kinds(text: str, *taken: tuple[int, int]) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.word, each.product_ids) for each in WORDS.find_kinds(text, taken)]


def test_what_two_names_end_in_is_a_kind() -> None:
    assert kinds("锅子糊底吗") == [("锅子", ("P1", "P2"))]


def test_the_end_of_one_name_alone_is_none() -> None:
    assert kinds("奶锅糊底吗") == []
    assert kinds("围巾起球吗") == []


def test_goods_that_are_named_there_are_no_kind() -> None:
    assert kinds("锅子糊底吗", (0, 2)) == []


def test_how_goods_are_packed_is_no_kind() -> None:
    packed = KindWords((SCARF, Product("P4", "纯棉毛巾两条装", (), ())))

    assert list(packed.find_kinds("两条装多少钱", ())) == []


def test_a_kind_calls_goods_of_it_and_goods_that_such_a_thing_is_written_of() -> None:
    kind = next(WORDS.find_kinds("锅子", ()))

    assert kind.calls(STOCKPOT)
    assert kind.calls(SCARF)
    assert not kind.calls(Product("P5", "竹砧板", (), ()))
