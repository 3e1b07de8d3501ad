"""Colours, materials and sizes that are asked for, whatever a shop has."""

import pytest

from app.language.looks import OTHER_SIZE, comes_in, find_look_span, find_wanted_looks


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("有白色的吗", ["白色"]),
        ("竹子的有没有", ["竹"]),
        ("墨绿色多少钱", ["墨绿色"]),
        ("有没有玻璃的", ["玻璃"]),
        ("4xl有吗", [OTHER_SIZE]),
        ("黑色掉色吗", []),
        ("放在白色的墙上好看吗", []),
        ("能装红酒吗", []),
    ],
)
def test_looks_are_found_where_they_are_asked_for(text: str, words: list[str]) -> None:
    assert [look.word for look in find_wanted_looks(text)] == words


def test_a_look_is_known_in_longer_names() -> None:
    (look,) = find_wanted_looks("有白色的吗")
    assert comes_in(look, ["米白"])
    assert not comes_in(look, ["炭黑", "原木色"])


def test_a_look_can_be_replaced_in_its_question() -> None:
    span = find_look_span("有蓝色的吗")
    assert span is not None
    assert "有蓝色的吗"[slice(*span)] == "蓝色"
    assert find_look_span("有货吗") is None
