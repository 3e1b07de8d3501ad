"""What the variants' own names tell of the goods: their colours by number, how many a pack holds, how heavy it is."""

from collections.abc import Mapping, Sequence

from app.domain.catalogue import Product, Sku
from app.language.figures import find_asked_families, find_figures
from app.language.text import spell_out
from app.language.whether import read_whether
from intents._kit.details import find_words_for
from intents._kit.wording import join_names, variant_name


def find_asked_amounts(skus: Sequence[Sku], text: str) -> Mapping[str, str]:
    """By the name the shop gave them, the amounts of the variants still open that a question asks for: 几片, 多少克.

    A value that hangs on another choice is told with it: NB60片、S56片.
    """
    families = find_asked_families(text.lower())
    return {label: _join_values(skus, label) for label in _list_labels(skus) if _holds_amount(skus, label, families)}


def find_named_options(skus: Sequence[Sku], text: str) -> Mapping[str, str]:
    """The same where the question names what is chosen (色号, 口味); a yes or a no is no choice of values."""
    if read_whether(text) is not None:
        return {}
    spoken = spell_out(text)
    named = [label for label in _list_labels(skus) if any(word in spoken for word in _list_words(label))]
    return {label: _join_values(skus, label) for label in named}


def _list_words(label: str) -> tuple[str, ...]:
    """What a choice may be asked for by: its name, other words for it, and 什么味 for 口味."""
    return (label, *find_words_for(label), f"什么{label[0]}", f"什么{label[-1]}")


def _list_labels(skus: Sequence[Sku]) -> list[str]:
    return list(dict.fromkeys(label for sku in skus for label in sku.labels if label))


def _holds_amount(skus: Sequence[Sku], label: str, families: frozenset[str]) -> bool:
    values = [value for sku in skus for own, value in zip(sku.labels, sku.attributes, strict=False) if own == label]
    return bool(families and values) and all(families & _families_in(value) for value in values)


def _families_in(value: str) -> frozenset[str]:
    return frozenset(family for figure in find_figures(value.lower()) for family, _ in figure.keys)


def _join_values(skus: Sequence[Sku], label: str) -> str:
    """The values of one label, each once; with the rest of the variant where that changes, too."""
    rows = [dict(zip(sku.labels, sku.attributes, strict=False)) for sku in skus]
    own = list(dict.fromkeys(row[label] for row in rows if label in row))
    rest = {tuple(value for name, value in row.items() if name != label) for row in rows}
    hangs = len(own) > 1 and len(rest) > 1 and len({*map(tuple, (row.values() for row in rows))}) == len(rest)
    return join_names([sku for sku in skus if variant_name(sku)]) if hangs else "、".join(own)


def is_told_in_title(product: Product, text: str) -> bool:
    """Whether the title tells the amount that a question asks for."""
    families = find_asked_families(text.lower())
    return any(families & {family for family, _ in figure.keys} for figure in find_figures(product.title.lower()))
