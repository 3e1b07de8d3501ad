"""The template language of examples and lexicon."""

import random

import pytest

from app.understanding.templates import Template, TemplateError
from app.understanding.training.augment import Habits, generate_wordings

LISTS = {"when": ["几时", "啥时"]}


@pytest.mark.parametrize(
    ("line", "all_of_it"),
    [
        ("发货", ["发货"]),
        ("(今天|明天)发", ["今天发", "明天发"]),
        ("发货[呢|啊]", ["发货", "发货呢", "发货啊"]),
        ("(在)?吗", ["吗", "在吗"]),
        ("{when}发", ["几时发", "啥时发"]),
        ("a(b[c]|)", ["ab", "abc", "a"]),
    ],
)
def test_a_template_stands_for_all_its_wordings(line: str, all_of_it: list[str]) -> None:
    assert Template(line, LISTS).expand_all() == all_of_it


@pytest.mark.parametrize("line", ["(今天|明天", "发货]", "{gone}"])
def test_a_broken_template_is_an_error(line: str) -> None:
    with pytest.raises(TemplateError):
        Template(line, LISTS)


def test_a_draw_is_one_of_the_wordings() -> None:
    template = Template("{when}[能]发(货|出)[呀]", LISTS)

    drawn = template.draw_wording(random.Random(1))  # noqa: S311  # a draw, not a secret

    assert drawn in template.expand_all()


def test_a_line_is_varied_the_same_way_every_time() -> None:
    habits = Habits(before=["你好"], after=["呀"], misspelt={"发货": ["发火"]})

    first, second = (list(generate_wordings("什么时候发货", LISTS, habits)) for _ in range(2))

    assert first == second
    assert first[0] == "什么时候发货"
    assert len(set(first)) > 1
