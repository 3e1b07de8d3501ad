"""The goods wanted at once: taken, counted, exchanged, left out, and kept as a slot."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from app.dialogue.focus import FocusItem, FocusStack
from app.dialogue.variants import pick_values
from app.dialogue.wanted import Told, WantedGoods, WantedLine, is_settled, note_wanted
from app.domain.catalogue import Product, Sku
from app.understanding.entities.finder import EntityFinder
from app.understanding.entities.goods import GoodsFinder


def a_product(product_id: str, title: str, *variants: tuple[Sequence[str], int], names: Sequence[str] = ()) -> Product:
    skus = tuple(
        Sku(f"{product_id}-{number}", product_id, title, tuple(values), Decimal(price), None, 5)
        for number, (values, price) in enumerate(variants, start=1)
    )
    return Product(product_id, title, tuple(names), skus)


KETTLE = a_product(
    "K", "琺琅烧水壶", (("红色", "1升"), 80), (("红色", "2升"), 100), (("白色", "1升"), 80), names=["烧水壶"]
)
APRON = a_product("A", "帆布围裙", (("短款",), 30), (("长款",), 45), names=["围裙"])
SPONGE = a_product("S", "洗碗海绵", (("6片装",), 12), names=["海绵"])
PRODUCTS = {each.product_id: each for each in (KETTLE, APRON, SPONGE)}
FINDER = EntityFinder({}, GoodsFinder(tuple(PRODUCTS.values())))


def after(
    *texts: str, view: str | None = None, spoken_of: Sequence[FocusItem] = (), asks: bool = False
) -> list[tuple[str, tuple[str, ...], int]]:
    lines: tuple[WantedLine, ...] = ()
    for text in texts:
        told = Told(text, FINDER.find_entities(text, product_id=view), asks=asks)
        lines = note_wanted(WantedGoods(lines, "m"), FocusStack(tuple(spoken_of)), told, PRODUCTS, view)
    return [(each.product_id, each.values, each.pieces) for each in lines]


@pytest.mark.parametrize(
    ("texts", "lines"),
    [
        (["烧水壶拿一个 围裙来两条长款的"], [("K", (), 1), ("A", ("长款",), 2)]),
        (["烧水壶加两条围裙一共多少"], [("K", (), 1), ("A", (), 2)]),
        (["烧水壶和围裙", "再来一块海绵"], [("K", (), 1), ("A", (), 1), ("S", (), 1)]),
        (["烧水壶和围裙", "围裙要三条"], [("K", (), 1), ("A", (), 3)]),
        (["烧水壶和围裙", "再加两条围裙"], [("K", (), 1), ("A", (), 3)]),
        (["烧水壶和围裙", "围裙先不要了"], [("K", (), 1)]),
        (["烧水壶和围裙", "不要围裙了"], [("K", (), 1)]),
        (["烧水壶和围裙", "围裙换成海绵"], [("K", (), 1), ("S", (), 1)]),
        (["烧水壶和围裙", "围裙不要了 换成海绵"], [("K", (), 1), ("S", (), 1)]),
        (["烧水壶和围裙", "那个先不要了"], [("K", (), 1)]),
        (["烧水壶和围裙", "围裙要不要洗"], [("K", (), 1), ("A", (), 1)]),
        (["烧水壶和围裙各来两个"], [("K", (), 2), ("A", (), 2)]),
        (["围裙短款和长款一起拍"], [("A", ("短款",), 1), ("A", ("长款",), 1)]),
        (["烧水壶和围裙哪个好"], []),
        (["围裙多少钱一条"], []),
        (["围裙收到了 不想要了"], []),
    ],
)
def test_what_is_done_with_goods_changes_the_lines(
    texts: list[str], lines: list[tuple[str, tuple[str, ...], int]]
) -> None:
    assert after(*texts) == lines


def test_what_is_added_first_is_added_to_what_was_spoken_of() -> None:
    spoken_of = [FocusItem("A", ("长款",))]

    assert after("再配个烧水壶", spoken_of=spoken_of) == [("A", ("长款",), 1), ("K", (), 1)]


def test_goods_in_view_are_taken_without_a_name() -> None:
    assert after("就长款的吧", view="A") == [("A", ("长款",), 1)]
    assert after("长款的有吗", view="A", asks=True) == []


def test_a_choice_named_later_settles_an_open_line() -> None:
    assert after("烧水壶和围裙", "长款", view="A") == [("K", (), 1), ("A", ("长款",), 1)]


@pytest.mark.parametrize(
    ("words", "earlier", "values"),
    [
        ("白的", (), ("白色",)),
        ("2升", (), ("2升",)),
        ("100那个", (), ("红色", "2升")),
        ("贵的那个", (), ("红色", "2升")),
        ("便宜点的", ("红色",), ("红色", "1升")),
        ("大的", ("红色",), ("红色", "2升")),
        ("便宜点的", (), ()),
        ("120升", (), ()),
        ("好看吗", (), ()),
    ],
)
def test_a_few_words_mean_one_variant_or_none(words: str, earlier: tuple[str, ...], values: tuple[str, ...]) -> None:
    assert pick_values(KETTLE, words, earlier) == values


def test_a_line_is_settled_once_its_price_is() -> None:
    assert is_settled(WantedLine("K", ("1升",)), KETTLE)
    assert not is_settled(WantedLine("K"), KETTLE)


def test_the_slot_keeps_the_lines_and_the_message_that_made_them() -> None:
    goods = WantedGoods((WantedLine("K", ("红色",), 2),), "m7")

    assert WantedGoods.load_goods(goods.dump_goods()) == goods
    assert WantedGoods().dump_goods() is None
    assert WantedGoods.load_goods(None) == WantedGoods()


RED, WHITE = ("红色", "1升"), ("白色", "1升")


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (["水壶红色1升一个白色1升两个"], [("K", RED, 1), ("K", WHITE, 2)]),
        (["水壶红的白的各来一个 1升的"], [("K", RED, 1), ("K", WHITE, 1)]),
    ],
)
def test_variants_are_told_before_their_numbers_and_a_size_behind_all(
    said: list[str], lines: list[tuple[str, tuple[str, ...], int]]
) -> None:
    assert [
        (product, tuple(map(str.lower, values)), count) for product, values, count in after(*said, view="K")
    ] == lines


def test_pieces_said_before_are_shared_out() -> None:
    told = Told("红的白的各一半", FINDER.find_entities("红的白的各一半", product_id="K"), asks=False, counted=5)
    lines = note_wanted(WantedGoods((), ""), FocusStack((FocusItem("K", ("1升",)),)), told, PRODUCTS, "K")

    assert [(each.values, each.pieces) for each in lines] == [(RED, 3), (WHITE, 2)]


def test_another_variant_is_put_beside_the_one_spoken_of() -> None:
    spoken_of = [FocusItem("K", RED)]

    assert after("再来个白的", view="K", spoken_of=spoken_of) == [("K", RED, 1), ("K", WHITE, 1)]
    assert after("就白的吧", view="K", spoken_of=spoken_of) == [("K", WHITE, 1)]


def test_two_variants_counted_again_are_not_added_to_those_before() -> None:
    counted = "红色1升两个白色1升两个"

    assert after(counted, counted, view="K") == [("K", RED, 2), ("K", WHITE, 2)]


def test_two_parts_that_others_share_tell_one_variant() -> None:
    lily = a_product("L", "香水百合", (("粉色3枝",), 30), (("粉色5枝",), 45), (("白色5枝",), 45))

    assert pick_values(lily, "粉色五枝的") == ("粉色5枝",)
    assert pick_values(lily, "粉色的") == ()


def test_a_number_alone_counts_the_goods_in_view_anew() -> None:
    assert after("围裙长款拿四条", "那就3条吧", view="A") == [("A", ("长款",), 3)]
