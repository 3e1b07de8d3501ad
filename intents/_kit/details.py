"""The details a shop wrote of its goods (材质, 尺寸), found by the words a buyer asks for them with."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from app.domain.catalogue import Product
from app.language.body import asks_size_chart
from app.language.changes import split_parts
from app.language.size_charts import is_size_chart
from app.language.text import content_letters, letter_pairs
from app.language.wishes import asked_unit


def told_details(product: Product) -> dict[str, str]:
    """What is told of the goods themselves; the size chart is for whoever asks for sizes."""
    return {name: value for name, value in product.details if not is_size_chart(name)}


def find_asked_details(product: Product, text: str) -> dict[str, str]:
    """The product's details whose name, another word for it, or one of whose own words stands in the question.

    Who asks for a measure (多少瓦) means the detail that holds the unit.
    """
    words, spoken, unit = _load_detail_words(), _strip_names(text, product), asked_unit(text)
    details = product.details if asks_size_chart(text) else told_details(product).items()
    named = {
        name: value
        for name, value in details
        if is_size_chart(name)
        or any(word in spoken for word in (name, *words.get(name, ())))
        or any(part in spoken for part in split_parts(value) if len(part) > 1 and part not in product.title)
        or (unit is not None and unit in value.lower() and len(unit) > 1)
    }
    return named or {name: value for name, value in details if _share_meaning(value, spoken)}


def find_related_detail(product: Product, text: str) -> dict[str, str]:
    """The one detail that shares most letters of a meaning with the question; empty where none shares any."""
    telling = content_letters(_strip_names(text, product))
    details = told_details(product)
    shared = {name: len(telling & content_letters(f"{name}{value}")) for name, value in details.items()}
    best = max(shared, key=lambda name: shared[name], default=None)
    return {best: details[best]} if best and shared[best] else {}


def _share_meaning(value: str, text: str) -> bool:
    """Whether two letters that mean something stand together in both: 浴室."""
    telling = content_letters(text)
    return any(set(pair) <= telling for pair in letter_pairs(value) & letter_pairs(text))


def _strip_names(text: str, product: Product) -> str:
    """The question without the product's own names: 电陶炉 asks for nothing of clay."""
    names = sorted({product.title, *product.keywords}, key=len, reverse=True)
    for name in names:
        text = text.replace(name, " ") if len(name) > 1 else text
    return text


def find_measured_details(product: Product, text: str) -> dict[str, str]:
    """The details that hold the unit a measure is asked in: 多少瓦, 几升; empty where none is asked."""
    unit = asked_unit(text)
    if unit is None:
        return {}
    asked = find_asked_details(product, text)
    return asked or {name: value for name, value in told_details(product).items() if unit in value.lower()}


def format_details(details: Mapping[str, str]) -> str:
    """材质：黑胡桃木；尺寸：30cm."""
    return "；".join(f"{name}：{value}" for name, value in details.items())


@cache
def _load_detail_words() -> Mapping[str, tuple[str, ...]]:
    text = Path(__file__).with_name("details.yml").read_text(encoding="utf-8")
    document: dict[str, list[str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return {name: tuple(words) for name, words in document.items()}
