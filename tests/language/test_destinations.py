"""A message that but names where goods would go."""

import pytest

from app.language.destinations import is_destination
from app.language.places import find_places


def spans(text: str) -> list[tuple[int, int]]:
    return [(each.start, each.end) for each in find_places(text)]


@pytest.mark.parametrize(
    "text",
    [
        "能寄拉萨不",
        "寄青海呢 西宁",
        "大理发不发",
        "那发贵阳吧",
        "那不寄我这了,寄我爸那 山西大同",
        "可以送到我老家湖南吗",
    ],
)
def test_a_place_to_send_to_is_a_destination(text: str) -> None:
    assert is_destination(text, spans(text))


@pytest.mark.parametrize("text", ["寄昆明会不会冻坏", "我在昆明", "送昆明的朋友一套", "昆明有店吗", "那发货快吗"])
def test_what_asks_more_or_sends_nothing_is_none(text: str) -> None:
    assert not is_destination(text, spans(text))
