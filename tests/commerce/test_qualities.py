"""Who among several goods has more of a quality."""

from decimal import Decimal

import pytest

from app.commerce.qualities import Candidate, Choice, choose_candidates
from app.language.qualities import asks_which, bare_model, count_in_pack, find_asked_quality, find_pointed_quality

LAMP = Candidate("台灯", Decimal(80), {"重量": "约900克", "续航": "8小时", "声音": "风扇声音大"})
TORCH = Candidate("手电", Decimal(120), {"重量": "约0.3公斤", "续航": "20小时", "声音": "静音"})


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("哪个便宜", Choice("台灯", "便宜", asked=True)),
        ("哪个更轻一点", Choice("手电", "轻", asked=True)),
        ("哪款续航长", Choice("手电", "续航久", asked=True)),
        ("哪个安静", Choice("手电", "安静", asked=True)),
    ],
)
def test_the_quality_asked_for_decides(text: str, chosen: Choice) -> None:
    assert choose_candidates([LAMP, TORCH], text) == (chosen,)


def test_who_asks_for_none_is_told_what_speaks_for_each() -> None:
    told = {(each.word, each.name) for each in choose_candidates([LAMP, TORCH], "哪个好")}
    assert told == {("便宜", "台灯"), ("轻", "手电"), ("续航久", "手电")}


def test_what_is_not_known_of_all_is_not_concluded() -> None:
    assert choose_candidates([LAMP, Candidate("蜡烛", Decimal(5))], "哪个轻") == ()
    assert choose_candidates([LAMP, Candidate("吊灯", Decimal(80))], "哪个便宜") == ()
    assert choose_candidates([LAMP, TORCH], "哪个显白") == ()


def test_a_pack_is_held_against_single_pieces() -> None:
    single, pack = Candidate("单只", Decimal(10), {}, 1), Candidate("六只装", Decimal(48), {}, 6)
    assert choose_candidates([single, pack], "单只划算还是六只装") == (Choice("六只装", "划算", asked=True),)


def test_words_of_qualities_are_read() -> None:
    pointed = find_pointed_quality("便宜的那个有货吗")
    assert pointed is not None
    assert pointed[2].word == "便宜"
    assert find_asked_quality("哪个好") is None
    assert asks_which("新手用哪个")
    assert not asks_which("哪个快递")
    assert (bare_model("豆沙101"), bare_model("150ml")) == ("豆沙", "150ml")
    assert (count_in_pack("六片装"), count_in_pack("单片"), count_in_pack("大号")) == (6, 1, None)
