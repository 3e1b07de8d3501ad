"""The details a shop wrote of its goods (材质, 尺寸), found by the words a buyer asks for them with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from app.commerce.advice import CONTENTS
from app.domain.catalogue import Product
from app.language.body import asks_size_chart
from app.language.changes import split_parts
from app.language.measures import find_quantities
from app.language.size_charts import is_size_chart
from app.language.text import content_letters, latin_words, letter_pairs, spell_out
from app.language.units import MeasureKind
from app.language.whether import Modal, WhetherQuestion, find_bought_apart, judge_apart, judge_written, read_whether
from app.language.wishes import asked_measure, asked_unit

SPOKEN_ONLY: Final = frozenset({"注意", "特点", "说明", "提示", "备注", "其他"})
"""Names that say nothing: 注意：不能放洗碗机 is told without."""
GIVEN: Final = frozenset({"附送", "附赠", "赠送", "赠品", "随货", "送"})
COMES_WITH: Final = CONTENTS | GIVEN | {"配件", "标配", "清单", "内含", "供电", "附", "配", "含"}
"""Names of details that list what is in the goods or comes with them."""
MOST_WEIGHTS: Final = 2
"""More of them, and one alone may be meant."""
_BEARING: Final = "承重"
VARIANT: Final = "规格"
"""What a measure is told under that only a variant's name holds: 50克."""


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """What is written of the goods that answers a yes-or-no question, and whether it is a yes."""

    question: WhetherQuestion
    details: Mapping[str, str]
    is_yes: bool


def told_details(product: Product) -> dict[str, str]:
    """What is told of the goods themselves; the size chart is for whoever asks for sizes."""
    return {name: value for name, value in product.details if not is_size_chart(name)}


def find_asked_details(product: Product, text: str) -> dict[str, str]:
    """The product's details whose name, another word for it, or one of whose own words stands in the question.

    Who asks for a measure (多少瓦) means the detail that holds the unit. Where no word is shared, a detail is meant
    that shares a meaning with the question: two letters of its value, the one letter of its name that tells (甜 of
    甜度), or a measure of the kind asked for (多少水 of 180毫升).
    """
    spoken, unit = _strip_names(text, product), asked_unit(text)
    details = product.details if asks_size_chart(text) else told_details(product).items()
    named = {
        name: value
        for name, value in details
        if is_size_chart(name)
        or any(word in spoken for word in (name, *find_words_for(name)))
        or any(part in spoken for part in split_parts(value) if len(part) > 1 and part not in product.title)
        or not latin_words(spoken).isdisjoint(latin_words(value))
        or (unit is not None and unit in value.lower() and len(unit) > 1)
    }
    near = named or {name: value for name, value in details if _share_meaning(name, value, spoken)}
    return near or _find_variant_details(product, text) or _find_weights(product, spoken)


def _find_variant_details(product: Product, text: str) -> dict[str, str]:
    """The details written of one variant, under its name, where that is spoken of: 折叠锁 of 折叠锁多重."""
    names = {*product.keywords, *(value for sku in product.listed_skus for value in sku.attributes)}
    spoken = [name for name in names if len(name) > 1 and name in text]
    told = told_details(product)
    return {name: told[name] for name in told if name in names and any(word in name for word in spoken)}


def _find_weights(product: Product, text: str) -> dict[str, str]:
    """The few details that hold a weight, where one is asked for, whatever it is a weight of: 量程 of 最多称多重."""
    if asked_measure(text) is not MeasureKind.WEIGHT:
        return {}
    held = {
        name: value
        for name, value in told_details(product).items()
        if _BEARING not in name and any(each.kind is MeasureKind.WEIGHT for each in find_quantities(value))
    }
    return held if len(held) <= MOST_WEIGHTS else {}


def judge_details(product: Product, text: str) -> WrittenAnswer | None:
    """The answer to a yes-or-no question by what is written; None where nothing is, or it says both."""
    spoken = _strip_names(text, product)
    question = _read_content_question(product, text) or read_whether(spoken)
    if question is None:
        return None
    found = {
        name: answer
        for name, value in told_details(product).items()
        if (answer := judge_written(question, name, value, contents=name in COMES_WITH)) is not None
    }
    if len(set(found.values())) != 1:
        return None
    details = told_details(product)
    return WrittenAnswer(question, {name: details[name] for name in found}, next(iter(found.values())))


def _read_content_question(product: Product, text: str) -> WhetherQuestion | None:
    """Whether there is something in the goods which they are called by, too: 带裱花袋吗, of a set of them."""
    question = read_whether(spell_out(text))
    if question is None or question.modal is not Modal.HAVE or question.matter not in product.keywords:
        return None
    listed = (value for name, value in product.details if name in COMES_WITH)
    return question if any(question.matter in value for value in listed) else None


def judge_bought_apart(product: Product, text: str) -> WrittenAnswer | None:
    """Whether a thing has to be bought beside the goods, by what is written to come along; None where nothing is."""
    thing = find_bought_apart(text)
    if thing is None or thing in {product.title, *product.keywords}:
        return None
    told = {
        name: answer
        for name, value in told_details(product).items()
        if (answer := _judge_apart_by(name, value, thing)) is not None
    }
    if len(set(told.values())) != 1:
        return None
    details = told_details(product)
    asked = WhetherQuestion(Modal.NEED, "", thing)
    return WrittenAnswer(asked, {name: details[name] for name in told}, next(iter(told.values())))


def _judge_apart_by(name: str, value: str, thing: str) -> bool | None:
    """By a list of what comes along, or by a detail of that thing alone: 含床垫：不含."""
    if name in COMES_WITH:
        return judge_apart(thing, value)
    comes = judge_written(WhetherQuestion(Modal.HAVE, "", thing), name, value) if thing in name else None
    return None if comes is None else not comes


def find_given_details(product: Product) -> dict[str, str]:
    """What is written to be given along with the goods: 附送：琴包."""
    return {name: value for name, value in told_details(product).items() if name in GIVEN}


def find_holding_variants(product: Product, text: str) -> tuple[str, list[str]] | None:
    """What is asked to come along (壶 of 带壶吗) and the variants whose names hold it; None where all or none do."""
    question = read_whether(_strip_names(text, product))
    names = list(dict.fromkeys("".join(sku.attributes) for sku in product.listed_skus))
    if question is None or question.modal is not Modal.HAVE or question.subject:
        return None
    holding = [name for name in names if question.matter in name]
    return (question.matter, holding) if 0 < len(holding) < len(names) else None


def is_told_elsewhere(product: Product, text: str, row: str) -> bool:
    """Whether a detail names what is asked (口袋), or answers it with yes or no, and a row's wordings name it not."""
    spoken, answer = _strip_names(text, product), judge_details(product, text)
    if any(name in spoken and name not in row for name in told_details(product)):
        return True
    asked = answer and f"{answer.question.subject}{answer.question.matter}"
    telling = content_letters(asked or "") | latin_words(asked or "")
    return bool(telling) and telling.isdisjoint(content_letters(row) | latin_words(row))


def find_related_detail(product: Product, text: str) -> dict[str, str]:
    """The one detail that shares most letters of a meaning with the question, two at least; empty where none does.

    One letter is enough of what the goods are made of: 木屑 is of 黑胡桃木, and 游泳 of no 游戏模式.
    """
    telling = content_letters(_strip_names(text, product))
    details = told_details(product)
    shared = {name: len(telling & content_letters(f"{name}{value}")) for name, value in details.items()}
    related = {name: count for name, count in shared.items() if count > 1 or (count and name in CONTENTS)}
    best = max(related, key=lambda name: related[name], default=None)
    return {best: details[best]} if best else {}


def find_measured_details(product: Product, text: str) -> dict[str, str]:
    """The details that hold the unit a measure is asked in: 多少瓦, 几升; empty where none is asked."""
    unit = asked_unit(text)
    if unit is None:
        return {}
    asked = find_asked_details(product, text)
    held = {name: value for name, value in told_details(product).items() if unit in value.lower()}
    return asked or held or _find_variants_measured(product, unit)


def _find_variants_measured(product: Product, unit: str) -> dict[str, str]:
    """The variants' own names, where they tell the measure: 50克."""
    names = dict.fromkeys(value for sku in product.listed_skus for value in sku.attributes)
    told = [name for name in names if unit in name.lower()]
    return {VARIANT: "、".join(told)} if told else {}


def format_details(details: Mapping[str, str]) -> str:
    """材质：黑胡桃木；尺寸：30cm; a name that tells nothing, or that its value begins with, is left out."""
    return "；".join(
        value if name in SPOKEN_ONLY or value.startswith(name) else f"{name}：{value}"
        for name, value in details.items()
    )


def _share_meaning(name: str, value: str, text: str) -> bool:
    telling = content_letters(text)
    if any(set(pair) <= telling for pair in letter_pairs(value) & letter_pairs(text)):
        return True
    own = content_letters(name) - _GENERIC
    if len(own) == 1 and own <= telling:
        return True
    kind = asked_measure(text)
    held = kind is not None and any(each.kind is kind for each in find_quantities(value))
    return held and not telling.isdisjoint(content_letters(f"{name}{value}"))


_GENERIC: Final = frozenset("度量性能型式类号期数间方法材质面料配特点尺寸规格容包装色重")
"""Letters of a detail's name that say what kind of thing it tells, and not of what."""


def _strip_names(text: str, product: Product) -> str:
    """The question without the product's own names: 电陶炉 asks for nothing of clay."""
    names = sorted({product.title, *product.keywords}, key=len, reverse=True)
    for name in names:
        text = text.replace(name, " ") if len(name) > 1 else text
    return spell_out(text.lower())


@cache
def find_words_for(name: str) -> tuple[str, ...]:
    """The other words a buyer may ask for a detail of this name with."""
    return tuple(
        dict.fromkeys(
            spell_out(word)
            for names, words in _load_detail_words()
            if any(known in name for known in names)
            for word in words
        )
    )


@cache
def _load_detail_words() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    text = Path(__file__).with_name("details.yml").read_text(encoding="utf-8")
    document: list[dict[str, list[str]]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return tuple((tuple(each["names"]), tuple(each["words"])) for each in document)
